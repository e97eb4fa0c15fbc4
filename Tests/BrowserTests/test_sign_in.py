# SPDX-License-Identifier: Apache-2.0
"""Who gets in, and what becomes of the token."""
import unittest
from urllib.parse import urlsplit

from agent import WORKERS, Agent
from browser import BrowserTest, expect

STORED = "sessionStorage.getItem('cluster.token')"


class SignInTests(BrowserTest):
    def test_a_link_signs_in_and_its_token_leaves_the_address_bar(self):
        # The form asks first whether a token is needed.
        self.expected_problems = ("401",)
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            self.assertEqual(page.url, agent.url)
            self.assertEqual(page.evaluate(STORED), agent.token)
            self.assertLessEqual(page.evaluate("history.length"), 2, "the link is an entry of its own")
            expect(page.locator("#caller")).to_have_text("token:admin, admin")
            page.reload()
            expect(page.locator("#link")).to_have_text("Live")
            page.get_by_role("button", name="Sign out").click()
            expect(page.get_by_label("Token", exact=True)).to_be_focused()
            self.assertIsNone(page.evaluate(STORED))

    def test_the_form_takes_a_token_and_says_what_is_wrong_with_another(self):
        self.expected_problems = ("401",)
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            page = self.open(agent.url)
            field = page.get_by_label("Token", exact=True)
            expect(field).to_be_focused()
            expect(page.locator("#board")).to_be_hidden()
            field.fill("wrong")
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("alert")).to_contain_text("TOKEN_INVALID")
            field.fill(agent.token)
            page.get_by_role("button", name="Sign in").click()
            expect(page.locator("#link")).to_have_text("Live")
            expect(page.locator("#phase")).to_have_text("Stable")

    def test_a_token_that_is_revoked_leads_back_to_the_form(self):
        self.expected_problems = ("401",)
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            token = agent.new_token("operate", "guest")
            page = self.open(f"{agent.url}#token={token}")
            expect(page.locator("#link")).to_have_text("Live")
            agent.revoke("guest")
            expect(page.locator("#sign-in-problem")).to_contain_text("not valid")
            self.assertIsNone(page.evaluate(STORED))

    def test_an_agent_without_tokens_lets_everybody_in(self):
        with Agent("--insecure-no-auth", "--workers", 1, WORKERS / "server.js") as agent:
            page = self.open(agent.url)
            expect(page.locator("#link")).to_have_text("Live")
            expect(page.locator("#caller")).to_have_text("anonymous, admin")
            expect(page.get_by_role("button", name="Sign out")).to_be_hidden()

    def test_the_page_asks_only_its_own_agent(self):
        with Agent("--workers", 1, WORKERS / "server.js") as agent:
            self.sign_in(agent)
            hosts = {urlsplit(url).netloc for _, url in self.answers}
            self.assertEqual(hosts, {f"127.0.0.1:{agent.port}"})
            self.assertTrue(all(agent.token not in url for _, url in self.answers))


if __name__ == "__main__":
    unittest.main()
