# SPDX-License-Identifier: Apache-2.0
"""What each role sees."""
import unittest

from agent import WORKERS, Agent
from browser import BrowserTest, expect

ACTIONS = ["Reload…", "Scale…", "Restart…", "Pause", "Send a message…", "Disconnect…", "Kill…", "Cancel…"]


class RoleTests(BrowserTest):
    def test_a_token_that_may_read_sees_no_buttons_and_causes_no_403(self):
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.open(f"{agent.url}#token={agent.new_token('read', 'looker')}")
            expect(page.locator("#caller")).to_have_text("token:looker, read")
            expect(page.locator("#phase")).to_have_text("Stable")
            expect(page.locator("#possible")).to_contain_text("may only read")
            expect(page.locator("#logs")).to_be_hidden()
            self.row(page, 0).click()
            expect(page.get_by_role("dialog")).to_contain_text("pid")
            for action in ACTIONS:
                expect(page.get_by_role("button", name=action, exact=True)).to_have_count(0)
            page.keyboard.press("Escape")
            agent.post(f"/v1/workers/{agent.workers()[0]['id']}:kill", {"signal": "SIGKILL"})
            expect(self.event(page, "SIGKILL")).to_be_visible()
            expect(page.locator("#phase-sentence")).to_contain_text("1 of 1 worker ready")
            self.assertEqual([each for each in self.answers if each[0] in (401, 403)], [])

    def test_a_token_that_may_operate_sees_them(self):
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.open(f"{agent.url}#token={agent.new_token('operate', 'worker')}")
            expect(page.locator("#phase")).to_have_text("Stable")
            for action in ["Reload…", "Scale…"]:
                expect(page.get_by_role("button", name=action)).to_be_visible()
            expect(page.locator("#logs")).to_be_visible()
            self.row(page, 0).click()
            for action in ["Restart…", "Pause", "Send a message…", "Disconnect…", "Kill…"]:
                expect(page.get_by_role("dialog").get_by_role("button", name=action)).to_be_visible()
            self.assertEqual([each for each in self.answers if each[0] in (401, 403)], [])


if __name__ == "__main__":
    unittest.main()
