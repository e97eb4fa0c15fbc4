# SPDX-License-Identifier: Apache-2.0
"""With the keyboard alone, and for a screen reader."""
import unittest

from agent import WORKERS, Agent
from browser import BrowserTest, expect

FOCUSED = """(() => {
  const focused = document.activeElement;
  return focused.matches('button, input, select, textarea, a') ? focused.getAttribute('aria-label') ?? focused.textContent : '';
})()"""


class KeyboardTests(BrowserTest):
    def tab_to(self, page, words):
        """Presses Tab until the focus is on something of this name."""
        for _ in range(60):
            if words in page.evaluate(FOCUSED):
                return
            page.keyboard.press("Tab")
        self.fail(f"Tab does not come to {words}")

    def test_a_worker_is_killed_without_a_mouse(self):
        with Agent("--workers", 3, WORKERS / "server.js") as agent:
            page = self.open(agent.url)
            expect(page.get_by_label("Token", exact=True)).to_be_focused()
            self.expected_problems = ("401",)
            page.keyboard.type(agent.token)
            page.keyboard.press("Enter")
            expect(page.locator("#phase-sentence")).to_contain_text("3 of 3 workers ready")
            victim = next(worker for worker in agent.workers() if worker["instance"] == 2)
            self.tab_to(page, "Instance 0")
            page.keyboard.press("End")
            expect(self.row(page, 2).get_by_role("button")).to_be_focused()
            page.keyboard.press("ArrowUp")
            expect(self.row(page, 1).get_by_role("button")).to_be_focused()
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
            expect(page.get_by_role("dialog", name="Instance 2")).to_be_visible()
            self.tab_to(page, "Kill…")
            page.keyboard.press("Enter")
            question = page.get_by_role("dialog", name="Kill")
            expect(question.get_by_label("Signal")).to_be_focused()
            page.keyboard.press("Escape")
            expect(question).to_have_count(0)
            self.tab_to(page, "Kill…")
            page.keyboard.press("Enter")
            page.keyboard.type("SIGK")
            expect(question.get_by_label("Signal")).to_have_value("SIGKILL")
            self.tab_to(page, "Send the signal")
            page.keyboard.press("Enter")
            expect(self.event(page, "SIGKILL")).to_contain_text(f"exit worker {victim['id']}")
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_have_count(0)
            expect(self.row(page, 2).get_by_role("button")).to_be_focused()

    def test_everything_has_a_name_and_the_state_is_announced(self):
        with Agent("--workers", 2, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            expect(page.locator("#phase")).to_have_text("Stable")
            nameless = page.eval_on_selector_all(
                "button, input:not([hidden]), select, textarea, dialog, section, progress",
                """elements => elements.filter((each) => !(each.getAttribute('aria-label') || each.getAttribute('aria-labelledby')
                    || each.labels?.length || each.textContent.trim())).map((each) => each.outerHTML)""")
            self.assertEqual(nameless, [])
            self.assertEqual(page.get_by_role("heading", level=1).count(), 1)
            self.assertEqual(page.get_by_role("status").filter(has_text="Stable").count(), 1)
            table = page.get_by_role("table", name="Instances")
            self.assertEqual(table.get_attribute("aria-rowcount"), "3")
            self.assertEqual(table.get_by_role("row").count(), 3)


if __name__ == "__main__":
    unittest.main()
