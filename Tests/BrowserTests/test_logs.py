# SPDX-License-Identifier: Apache-2.0
"""What workers print."""
import unittest

from agent import WORKERS, Agent
from browser import BrowserTest, expect

AT_END = "list => list.scrollTop + list.clientHeight >= list.scrollHeight - 8"


class LogTests(BrowserTest):
    def print(self, agent, text, worker=0):
        agent.post(f"/v1/workers/{agent.workers()[worker]['id']}:send", {"message": {"out": text}})

    def test_lines_are_followed_and_scrolling_up_pauses(self):
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            lines = page.locator("#logs .lines")
            page.locator("#logs").scroll_into_view_if_needed()
            expect(lines).to_contain_text("it listens")
            self.print(agent, "".join(f"line {number}\n" for number in range(100)))
            expect(lines).to_contain_text("line 99")
            self.assertTrue(lines.evaluate(AT_END))
            lines.hover()
            page.mouse.wheel(0, -500)
            expect(page.get_by_role("button", name="Follow")).to_be_visible()
            self.print(agent, "while paused\n")
            page.get_by_role("button", name="Follow").click()
            expect(lines).to_contain_text("while paused")
            self.assertTrue(lines.evaluate(AT_END))
            self.assertEqual(lines.locator("li", has_text="line 42").count(), 1, "no line comes twice")

    def test_lines_are_filtered_by_text_stream_and_instance(self):
        with Agent("--workers", 2, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            lines = page.locator("#logs .lines li")
            page.locator("#logs").scroll_into_view_if_needed()
            self.print(agent, "an apple\na pear\n")
            self.print(agent, "an orange\n", worker=1)
            expect(lines.filter(has_text="an orange")).to_have_count(1)
            page.get_by_label("Contains").fill("an ")
            page.get_by_label("Contains").press("Enter")
            expect(lines).to_have_count(2)
            self.print(agent, "a plum\nan onion\n")
            expect(lines.filter(has_text="an onion")).to_have_count(1)
            expect(lines).to_have_count(3)
            page.locator("#log-instance").fill("1")
            page.locator("#log-instance").press("Enter")
            expect(lines).to_have_count(1)
            page.get_by_label("Contains").fill("")
            page.get_by_label("Stream").select_option("stderr")
            expect(lines).to_have_count(0)

    def test_more_lines_than_anybody_reads_are_left_out_and_said_to_be(self):
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            page.locator("#logs").scroll_into_view_if_needed()
            lines = page.locator("#logs .lines")
            expect(lines).to_contain_text("it listens")
            self.print(agent, "".join(f"flood {number}\n" for number in range(30_000)))
            expect(lines).to_contain_text("flood 29999")
            expect(lines).to_contain_text("lines are left out here")
            self.assertLessEqual(lines.locator("li").count(), 500)


if __name__ == "__main__":
    unittest.main()
