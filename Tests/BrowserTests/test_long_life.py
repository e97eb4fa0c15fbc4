# SPDX-License-Identifier: Apache-2.0
"""A page that stays open for days: tokens expire, agents are upgraded, hours pass, proxies fail."""
import time
import unittest

from agent import WORKERS, Agent
from browser import MARK, BrowserTest, expect

STORED = "sessionStorage.getItem('cluster.token')"


class LongLifeTests(BrowserTest):
    def test_a_token_that_expires_leads_back_to_the_form(self):
        self.expected_problems = ("401",)
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 12))
            token = agent.new_token("read", "guest", "--expires", end)
            page = self.open(f"{agent.url}#token={token}")
            expect(page.locator("#link")).to_have_text("Live")
            expect(page.locator("#sign-in-problem")).to_contain_text("not valid")
            self.assertIsNone(page.evaluate(STORED))

    def test_an_agent_of_another_release_brings_its_own_page(self):
        self.expected_problems = ("ERR_", "503")
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            page.evaluate(MARK)
            agent.stop()
            expect(page.locator("#phase")).to_have_text("Not reachable")

            def answer(route):
                reply = route.fetch()
                route.fulfill(response=reply, json={**reply.json(), "version": "99.0.0"})
            page.route("**/v1/version", answer)
            with page.expect_navigation():
                agent.start()
            self.assertIsNone(page.evaluate("window.isStillThere"))
            expect(page.locator("#link")).to_have_text("Live")
            expect(page.locator("#phase")).to_have_text("Stable")

    def test_an_hour_without_an_event_moves_the_bars(self):
        self.expected_problems = ("ERR_",)
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.sign_in(agent, clock=True)
            first = page.locator("#exits .bars-feet span").first
            expect(first).not_to_be_empty()
            before = int(first.inner_text().split(":")[0])
            # Its clock is the agent's, which would tell the right time.
            agent.stop()
            expect(page.locator("#phase")).to_have_text("Not reachable")
            expect(page.locator("#exits")).to_contain_text("1 exit in the last 24 hours")
            page.clock.fast_forward("01:00:00")
            expect(first).to_have_text(f"{(before + 1) % 24:02}:00")

    def test_an_agent_that_cannot_answer_yet_is_asked_again(self):
        self.expected_problems = ("503",)
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            calls = []

            def answer(route):
                calls.append(route)
                if len(calls) == 1:
                    route.fulfill(status=503, body="<h1>Service Unavailable</h1>")
                else:
                    route.continue_()
            page = self.open("about:blank")
            page.route("**/v1/caller", answer)
            page.goto(agent.link)
            expect(page.locator("#sign-in-problem")).to_contain_text("503")
            expect(page.locator("#link")).to_have_text("Live")

    def test_the_form_signs_in_once_however_often_it_is_sent(self):
        self.expected_problems = ("401",)
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.open(agent.url)
            page.get_by_label("Token", exact=True).fill(agent.token)
            page.evaluate("for (const _ of 'twice!') document.getElementById('sign-in-form').requestSubmit()")
            expect(page.locator("#link")).to_have_text("Live")
            expect(page.locator("#instances .table")).to_have_count(1)

    def test_a_proxy_that_hides_the_readiness_does_not_stop_the_page(self):
        self.expected_problems = ("404",)
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.open("about:blank")
            page.route("**/readyz", lambda route: route.fulfill(status=404, body="<h1>Not Found</h1>"))
            page.goto(agent.link)
            expect(page.locator("#phase")).to_have_text("Stable")

    def test_events_that_could_not_be_stored_are_told_apart(self):
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            def answer(route):
                event = {"seq": None, "time": "2026-01-01T00:00:00.000Z", "pid": None, "requestId": None, "data": {}}
                events = [{**event, "type": "online", "workerId": worker} for worker in (71, 72)]
                route.fulfill(json={"events": events})
            page = self.open("about:blank")
            page.route("**/v1/events?*", answer)
            page.goto(agent.link)
            for worker in (71, 72):
                expect(self.event(page, f"online worker {worker}")).to_be_visible()

    def test_an_answer_that_comes_late_does_not_replace_a_later_one(self):
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            expect(self.event(page, "ready worker 1")).to_be_visible()
            held = []
            page.route("**/v1/events?*type=fork*", lambda route: held.append(route))
            page.locator("#kind").select_option("workers")
            self.wait_until(page, lambda: held)
            page.locator("#kind").select_option("changes")
            expect(self.event(page, "agentStart")).to_be_visible()
            expect(self.event(page, "ready worker 1")).to_have_count(0)
            with page.expect_response("**/v1/events?*type=fork*") as late:
                held[0].continue_()
            late.value.finished()
            page.evaluate("new Promise((resolve) => setTimeout(resolve, 500))")
            expect(self.event(page, "ready worker 1")).to_have_count(0)


if __name__ == "__main__":
    unittest.main()
