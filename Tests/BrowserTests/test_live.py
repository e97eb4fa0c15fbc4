# SPDX-License-Identifier: Apache-2.0
"""What happens is shown without a reload."""
import os
import re
import signal
import unittest

from agent import WORKERS, Agent
from browser import HIDE, MARK, BrowserTest, expect


class LiveTests(BrowserTest):
    def test_a_worker_dies_and_the_page_shows_it(self):
        with Agent("--workers", 2, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            page.evaluate(MARK)
            expect(page.locator("#phase-sentence")).to_contain_text("2 of 2 workers ready")
            victim = next(worker for worker in agent.workers() if worker["instance"] == 1)
            expect(self.row(page, 1)).to_contain_text(str(victim["pid"]))
            os.kill(victim["pid"], signal.SIGKILL)
            expect(self.event(page, "SIGKILL")).to_contain_text(f"exit worker {victim['id']}")
            expect(self.row(page, 1)).not_to_contain_text(str(victim["pid"]))
            expect(self.row(page, 1)).to_contain_text("ready")
            expect(page.locator("#phase-sentence")).to_contain_text("2 of 2 workers ready")
            expect(page.locator("#exits")).to_contain_text("1 exit in the last 24 hours, 1 of them failures")
            expect(page.locator("#fails")).to_contain_text(f"instance 1: worker {victim['id']} ended by SIGKILL")
            self.assertTrue(page.evaluate("window.isStillThere"))

    def test_a_worker_that_fails_again_and_again_is_explained(self):
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            agent.post("/v1/cluster:setupPrimary", {"exec": "/bin/sh", "args": ["-c", "echo 'Error: no database' >&2; exit 3"]})
            agent.post("/v1/cluster:scale", {"workers": 0})
            expect(page.locator("#phase-sentence")).to_contain_text("No worker is wanted")
            agent.post("/v1/cluster:scale", {"workers": 1})
            expect(page.locator("#phase")).to_have_text("Failing")
            expect(page.locator("#fails")).to_contain_text("ended with code 3: Error: no database")
            expect(page.locator("#being-done")).to_contain_text("Instance 0 is tried again")
            expect(page).to_have_title(re.compile("^Failing 0/1 · "))

    def test_the_agent_goes_away_and_comes_back(self):
        self.expected_problems = ("ERR_", "503")
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            page.evaluate(MARK)
            expect(self.event(page, "after its fork")).to_be_visible()
            before = self.seqs(page)
            agent.stop()
            expect(page.locator("#phase")).to_have_text("Not reachable")
            expect(page.locator("#link")).to_contain_text("trying again")
            agent.start()
            expect(page.locator("#link")).to_have_text("Live")
            expect(page.locator("#phase")).to_have_text("Stable")
            expect(self.event(page, "after a stop")).to_contain_text("agentStart")
            newest = agent.get("/v1/events?order=desc&pageSize=1&type=ready")["events"][0]["seq"]
            expect(page.locator(f'#events [data-key="{newest}"]')).to_be_attached()
            after = self.seqs(page)
            self.assertEqual(after, list(range(after[0], after[-1] + 1)), "there is a gap, or a repeat")
            self.assertLessEqual(after[0], before[-1], "the events meanwhile are missing")
            self.assertTrue(page.evaluate("window.isStillThere"))

    def test_a_page_that_nobody_sees_asks_for_nothing(self):
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            expect(page.locator("#watchers")).to_contain_text("token:admin")
            self.assertEqual(len(agent.get("/v1/watchers")["watchers"]), 1)
            page.evaluate(HIDE, True)
            self.wait_until(page, lambda: not agent.get("/v1/watchers")["watchers"])
            # What was asked before is answered meanwhile.
            page.wait_for_timeout(1000)
            seen = max(self.seqs(page))
            asked = len(self.answers)
            agent.post(f"/v1/workers/{agent.workers()[0]['id']}:kill")
            newest = self.wait_until(page, lambda: agent.get(f"/v1/events?afterSeq={seen}&type=exit")["events"])
            self.assertEqual(len(self.answers), asked)
            page.evaluate(HIDE, False)
            expect(page.locator(f'#events [data-key="{newest[0]["seq"]}"]')).to_be_attached()

    @staticmethod
    def seqs(page):
        keys = page.eval_on_selector_all("#events [data-key]", "rows => rows.map((row) => Number(row.dataset.key))")
        return sorted(keys)


if __name__ == "__main__":
    unittest.main()
