# SPDX-License-Identifier: Apache-2.0
"""Whatever workers print or name is text."""
import pathlib
import shutil
import tempfile
import unittest

from agent import WORKERS, Agent
from browser import BrowserTest, expect

IMAGE = "<img src=x onerror=window.hacked=1>"


class HostileTests(BrowserTest):
    def check_no_markup(self, page):
        self.assertFalse(page.evaluate("'hacked' in window"))
        self.assertEqual(page.locator("img, #logs script, #events script").count(), 0)

    def test_what_a_worker_prints_is_text(self):
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            page.locator("#logs").scroll_into_view_if_needed()
            lines = page.locator("#logs .lines li")
            worker = agent.workers()[0]["id"]
            agent.post(f"/v1/workers/{worker}:send", {"message": {"out": "".join([
                f"markup {IMAGE}<script>window.hacked=1</script>\n",
                "colours \u001b[1;31mred\u001b[0m plain\n",
                "cursor \u001b[2J\u001b]0;title\u0007\n",
                "bidi \u202eabc\u2066 zero\u200bwidth\n",
            ])}})
            expect(lines.filter(has_text="markup")).to_contain_text(f"{IMAGE}<script>window.hacked=1</script>")
            expect(lines.filter(has_text="colours")).to_contain_text("colours red plain")
            expect(lines.filter(has_text="cursor")).to_contain_text(r"cursor \u{1b}[2J\u{1b}]0;title\u{7}")
            expect(lines.filter(has_text="bidi")).to_contain_text(r"bidi \u{202e}abc\u{2066} zero\u{200b}width")
            self.check_no_markup(page)

    def test_a_line_of_a_megabyte_is_cut_and_shown_whole_on_demand(self):
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            page.locator("#logs").scroll_into_view_if_needed()
            worker = agent.workers()[0]["id"]
            agent.post(f"/v1/workers/{worker}:send", {"message": {"out": "x" * 700_000}})
            agent.post(f"/v1/workers/{worker}:send", {"message": {"out": "y" * 348_576 + "\nafter it\n"}})
            expect(page.locator("#logs .lines")).to_contain_text("after it")
            longest = page.eval_on_selector_all(
                "#logs .lines .text", "texts => Math.max(...texts.map((text) => text.textContent.length))")
            self.assertLessEqual(longest, 2000)
            page.get_by_role("button", name="more characters").first.click()
            expect(page.get_by_role("dialog", name="One line")).to_contain_text("x" * 3000)
            self.assertTrue(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    def test_names_and_errors_are_text(self):
        folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        script = folder / f"{IMAGE}\u202e.sh"
        script.write_text(f"#!/bin/sh\nprintf 'Error: {IMAGE} \\033[31mred\\n' >&2\nexit 1\n")
        script.chmod(0o755)
        with Agent("--workers", 1, script) as agent:
            page = self.sign_in(agent)
            expect(page.locator("#fails")).to_contain_text(f"Error: {IMAGE} red")
            expect(page.locator("#settings")).to_contain_text(IMAGE + r"\u{202e}.sh")
            expect(page.locator("#agent-program")).to_contain_text(IMAGE)
            self.event(page, "code 1").click()
            sheet = page.get_by_role("dialog")
            expect(sheet).to_contain_text(f"Error: {IMAGE} red")
            self.check_no_markup(page)


if __name__ == "__main__":
    unittest.main()
