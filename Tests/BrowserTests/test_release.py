# SPDX-License-Identifier: Apache-2.0
"""Releases and other actions, by mouse."""
import unittest

from agent import ROOT, WORKERS, Agent
from browser import BrowserTest, expect

RELEASE = ROOT / "Tests/EndToEndTests/Workers/release.js"


class ReleaseTests(BrowserTest):
    def test_a_good_and_a_bad_release(self):
        with Agent("--workers", 2, RELEASE, "good") as agent:
            page = self.sign_in(agent)
            expect(page.locator("#phase")).to_have_text("Stable")
            page.get_by_role("button", name="Reload…").click()
            page.get_by_role("dialog").get_by_role("button", name="Reload").click()
            expect(page.get_by_role("dialog")).to_have_count(0)
            newest = page.locator("#operations li").first
            expect(newest).to_contain_text("under way")
            expect(newest).to_contain_text("succeeded")
            expect(page.locator("#notes")).to_contain_text("Reload succeeded, by token:admin")
            served = [worker["id"] for worker in agent.workers()]

            agent.post("/v1/cluster:setupPrimary", {"args": ["crash"]})
            page.get_by_role("button", name="Reload…").click()
            page.get_by_role("dialog").get_by_role("button", name="Reload").click()
            expect(page.locator("#operations li").first).to_contain_text("aborted")
            expect(page.locator("#operations li").first).to_contain_text("ended with code 1: Error: no database")
            expect(page.locator("#notes")).to_contain_text("the old workers serve on")
            expect(page.locator("#changed")).to_contain_text("Reload aborted: the old workers serve on")
            expect(page.locator("#phase-sentence")).to_contain_text("2 of 2 workers ready")
            self.assertEqual([worker["id"] for worker in agent.workers()], served)


class ActionTests(BrowserTest):
    def test_scale_changes_the_number_of_workers(self):
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            page.get_by_role("button", name="Scale…").click()
            page.get_by_role("dialog").get_by_label("Workers").fill("3")
            page.get_by_role("dialog").get_by_role("button", name="Scale").click()
            expect(page.locator("#phase-sentence")).to_contain_text("3 of 3 workers ready")
            expect(self.row(page, 2)).to_contain_text("ready")

    def test_a_refusal_shows_its_reason_and_its_request(self):
        self.expected_problems = ("400",)
        with Agent("--workers", 1, WORKERS / "server.js", environment={"CLUSTER_AGENT_MAX_WORKERS": "2"}) as agent:
            page = self.sign_in(agent)
            page.get_by_role("button", name="Scale…").click()
            page.get_by_role("dialog").get_by_label("Workers").fill("9")
            page.get_by_role("dialog").get_by_role("button", name="Scale").click()
            problem = page.get_by_role("dialog").get_by_role("alert")
            expect(problem).to_contain_text("INVALID_FIELD, request ")
            asked = next(event for event in agent.get("/v1/events?type=command&order=desc")["events"])
            expect(problem).to_contain_text(asked["requestId"])

    def test_an_instance_is_paused_resumed_restarted_and_told_something(self):
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            worker = agent.workers()[0]["id"]
            self.row(page, 0).click()
            sheet = page.get_by_role("dialog", name="Instance 0")
            expect(sheet).to_contain_text("Memory")
            sheet.get_by_role("button", name="Pause").click()
            expect(sheet).to_contain_text("paused")
            sheet.get_by_role("button", name="Resume").click()
            expect(sheet).to_contain_text("ready")
            sheet.get_by_role("button", name="Send a message…").click()
            question = page.get_by_role("dialog", name="Send a message")
            question.get_by_label("Message").fill("no json")
            question.get_by_role("button", name="Send").click()
            expect(question.get_by_role("alert")).to_contain_text("That is not JSON")
            question.get_by_label("Message").fill('{"out": "told by the page\\n"}')
            question.get_by_role("button", name="Send").click()
            expect(question).to_have_count(0)
            expect(page.locator("#logs .lines")).to_contain_text("told by the page")
            sheet.get_by_role("button", name="Restart…").click()
            page.get_by_role("dialog", name="Restart").get_by_role("button", name="Restart").click()
            expect(page.locator("#operations li").first).to_contain_text("succeeded")
            expect(sheet).not_to_contain_text(f"{worker}, pid")

    def test_a_disconnect_asks_and_then_wants_one_worker_fewer(self):
        with Agent("--workers", 2, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            self.row(page, 1).click()
            page.get_by_role("dialog").get_by_role("button", name="Disconnect…").click()
            question = page.get_by_role("dialog", name="Disconnect")
            expect(question).to_contain_text("One worker fewer is wanted then")
            question.get_by_role("button", name="Disconnect").click()
            expect(page.locator("#phase-sentence")).to_contain_text("1 of 1 worker ready")


if __name__ == "__main__":
    unittest.main()
