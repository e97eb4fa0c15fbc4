# SPDX-License-Identifier: Apache-2.0
"""All agents of a fleet, on the page of one of them and of a gateway, with a real PostgreSQL."""
import contextlib
import os
import unittest

from agent import WORKERS, Agent
from browser import CUT_OFF, HIDE, MARK, POOR_CONTRAST, BrowserTest, expect
from postgres import Postgres, tool

IMAGE = "<img src=x onerror=window.hacked=1>"
SERVER = WORKERS / "server.js"
# Rows of agents that report no more, but are not lost yet for as long as a test takes.
QUIET = """INSERT INTO fleet.agents (id, name, groups, endpoints, hostname, version, started_at, last_seen, desired, ready, phase)
SELECT gen_random_uuid(), {name}, {groups}, {endpoints}, 'host', '1.0.0', now(), now() + interval '5 minutes', 8, {ready}, {phase}"""


def text(value):
    return "'" + value.replace("'", "''") + "'"


@unittest.skipUnless(tool("initdb") or os.environ.get("CI"), "there is no PostgreSQL")
class FleetTests(BrowserTest):
    def setUp(self):
        super().setUp()
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.postgres = self.stack.enter_context(Postgres())

    def member(self, name, *arguments, **settings):
        return self.stack.enter_context(Agent(*arguments, environment=self.postgres.member(name, **settings))).joined()

    def open_fleet(self, agent, role="operate", **options):
        page = self.open(f"{agent.url}#token={agent.new_token(role, f'watcher-{len(self.answers)}', '--scope', 'fleet')}", **options)
        expect(page.locator("#link")).to_have_text("Live")
        expect(page.locator("#fleet")).to_be_visible()
        return page

    @staticmethod
    def agent_row(page, name):
        return page.locator(f'#fleet [data-key="{name}"]')

    @staticmethod
    def is_above(page, upper, lower):
        return page.locator(upper).bounding_box()["y"] < page.locator(lower).bounding_box()["y"]

    def test_an_agent_and_a_gateway_show_all_and_what_becomes_of_them(self):
        web, api = self.member("web", "--workers", 2, SERVER, groups="shop,eu"), self.member("api", "--workers", 1, SERVER)
        gateway = self.member("gateway")
        self.postgres.sql(f"UPDATE fleet.agents SET endpoints = ARRAY['{web.url}'] WHERE name = 'web'")
        pages = [self.open_fleet(gateway), self.open_fleet(web)]
        for page in pages:
            page.evaluate(MARK)
            for name in ["web", "api", "gateway"]:
                expect(self.agent_row(page, name)).to_contain_text("live")
            expect(self.agent_row(page, "web")).to_contain_text("2/2")
            expect(self.agent_row(page, "web")).to_contain_text("shop, eu")
            expect(self.agent_row(page, "web")).to_contain_text("Stable")
        of_gateway, of_web = pages
        expect(of_gateway.locator("#phase")).to_have_text("All stable")
        expect(of_gateway.locator("#phase-sentence")).to_have_text("3 of 3 agents live. 3 of 3 workers ready.")
        expect(of_gateway.locator("#instances")).to_be_hidden()
        expect(self.agent_row(of_gateway, "gateway")).to_contain_text("this one")
        self.assertTrue(self.is_above(of_gateway, "#fleet", "#events"))
        expect(of_web.locator("#phase-sentence")).to_have_text("2 of 2 workers ready")
        for page in pages:
            for width in [360, 899, 900, 1279, 1280, 1439, 1440]:
                page.set_viewport_size({"width": width, "height": 900})
                self.assertEqual(page.evaluate(CUT_OFF), [], width)
        self.assertTrue(self.is_above(of_web, "#instances", "#fleet"))

        api.stop()
        api.start()
        for page in pages:
            expect(self.agent_row(page, "api")).to_contain_text("live")
        api.stop()
        for page in pages:
            expect(self.agent_row(page, "api")).to_contain_text("stopped")
        expect(of_gateway.locator("#phase")).to_have_text("All stable")
        expect(of_gateway.locator("#phase-sentence")).to_contain_text("2 of 2 agents live, 1 stopped")

        # As if it had been silent for longer.
        self.postgres.sql("UPDATE fleet.agents SET stopped_at = NULL, last_seen = now() - interval '2 minutes' WHERE name = 'api'")
        for page in pages:
            expect(self.agent_row(page, "api")).to_contain_text("lost")
            expect(self.agent_row(page, "api")).to_have_attribute("aria-rowindex", "2")
            expect(self.agent_row(page, "api")).to_contain_text("2 min ago")
            # A screen reader goes by the order in the document.
            expect(page.locator("#fleet .rows .row").first).to_have_attribute("data-key", "api")
            self.assertTrue(page.evaluate("window.isStillThere"))
        expect(of_gateway.locator("#phase")).to_have_text("1 agent lost")
        expect(of_gateway.locator("#fails")).to_contain_text("api: lost, last seen 2 min ago")

        self.agent_row(of_gateway, "api").get_by_role("button").click()
        expect(of_gateway.get_by_role("dialog", name="Agent api")).to_contain_text("Lost, last seen")
        of_gateway.keyboard.press("Escape")
        # The other page is asked for a token, and learns nothing of this one.
        self.expected_problems = ("401",)
        with of_gateway.context.expect_page() as opened:
            self.agent_row(of_gateway, "web").get_by_role("link", name="Open the page of web").click()
        expect(opened.value.get_by_label("Token", exact=True)).to_be_focused()
        self.assertEqual(opened.value.url, web.url)
        self.assertEqual(opened.value.evaluate("[document.referrer, window.opener, sessionStorage.length]"), ["", None, 0])

    def test_the_database_goes_away_and_comes_back(self):
        self.expected_problems = ("503",)
        self.member("web", "--workers", 1, SERVER)
        gateway = self.member("gateway")
        page = self.open_fleet(gateway)
        expect(page.locator("#phase")).to_have_text("All stable")
        self.postgres.stop()
        expect(page.locator("#phase")).to_have_text("Not known")
        expect(page.locator("#fleet").get_by_role("alert")).to_contain_text("What you see is from")
        expect(page.locator("#fleet")).to_have_class("panel old")
        expect(self.agent_row(page, "web")).to_contain_text("live")
        expect(page.locator("#fails")).to_contain_text("The fleet’s database cannot be used")
        for theme in ["light", "dark"]:
            page.emulate_media(color_scheme=theme)
            self.assertEqual(page.evaluate(POOR_CONTRAST), [])
        self.postgres.start()
        expect(page.locator("#phase")).to_have_text("All stable")
        expect(page.locator("#fleet")).to_have_class("panel")
        expect(page.locator("#fails")).to_have_text("Nothing.")
        # Nobody sees it, and so it asks for nothing.
        page.evaluate(HIDE, True)
        self.wait_until(page, lambda: not gateway.get("/v1/watchers")["watchers"])
        asked = len(self.answers)
        page.wait_for_timeout(6000)
        self.assertEqual(len(self.answers), asked)

    def test_a_sheet_stays_as_it_is_used_and_says_when_it_is_old(self):
        self.expected_problems = ("503",)
        gateway = self.member("gateway")
        self.postgres.sql(QUIET.format(
            name="'node-' || n", groups="'{}'", endpoints="ARRAY['https://node-' || n || '.example.com:7420']", ready="8", phase="'stable'",
        ) + " FROM generate_series(1, 60) n")
        page = self.open_fleet(gateway)
        self.agent_row(page, "node-1").get_by_role("button").click()
        sheet = page.get_by_role("dialog", name="Agent node-1")
        link = sheet.get_by_role("link")
        link.focus()
        page.wait_for_timeout(2500)
        expect(link).to_be_focused()
        # Its row goes to the end of the list, and the focus with it.
        self.postgres.sql("UPDATE fleet.agents SET stopped_at = now() WHERE name = 'node-1'")
        expect(sheet).to_contain_text("stopped")
        page.keyboard.press("Escape")
        expect(self.agent_row(page, "node-1").get_by_role("button")).to_be_focused()
        page.keyboard.press("Enter")
        self.postgres.sql("UPDATE fleet.agents SET forgotten_at = now() WHERE name = 'node-1'")
        expect(page.locator("#notes")).to_contain_text("node-1 is no longer listed.")
        expect(sheet).to_be_hidden()
        self.postgres.sql("UPDATE fleet.agents SET endpoints = '{}', last_seen = now() - interval '1 hour' WHERE name = 'node-2'")
        page.locator("#fleet .rows").evaluate("(rows) => { rows.scrollTop = 0; }")
        self.agent_row(page, "node-2").get_by_role("button").click()
        sheet = page.get_by_role("dialog", name="Agent node-2")
        expect(sheet).to_contain_text("cluster-cli fleet forget NAME")
        expect(sheet).to_contain_text("fleet.endpoints")
        self.postgres.stop()
        expect(sheet.get_by_role("alert")).to_contain_text("What you see is from")

    def test_a_database_that_hangs_is_told_too(self):
        self.expected_problems = ("503", "ERR_ABORTED")
        gateway = self.member("gateway")
        page = self.open_fleet(gateway)
        expect(page.locator("#phase")).to_have_text("All stable")
        held = []
        page.route("**/v1/fleet/agents", lambda route: held.append(route))
        expect(page.locator("#phase")).to_have_text("Not known", timeout=25_000)
        expect(page.locator("#fleet").get_by_role("alert")).to_contain_text("What you see is from")
        expect(page.locator("#fails")).not_to_contain_text("gateway:")
        for route in held:
            route.abort()

    def test_a_token_without_the_scope_sees_no_panel_and_causes_no_403(self):
        agent = self.member("web", "--workers", 1, SERVER)
        page = self.open(f"{agent.url}#token={agent.new_token('read', 'looker')}")
        expect(page.locator("#phase")).to_have_text("Stable")
        expect(page.locator("#agent-name")).to_have_text("web")
        expect(page.locator("#possible")).to_contain_text("A token with the scope fleet shows it here")
        expect(page.locator("#fleet")).to_be_hidden()
        self.assertTrue(any(url.endswith("/v1/fleet") for _, url in self.answers))
        self.assertEqual([each for each in self.answers if each[0] >= 400 or "/v1/fleet/" in each[1]], [])

    def test_what_strangers_write_into_the_registry_is_text(self):
        gateway = self.member("gateway")
        endpoints = ["javascript:window.hacked=1", f"data:text/html,{IMAGE}", "https://admin:secret@evil.example/", "not a url",
                     "HTTPS://shop.example:7420//evil.example/?token=1#token=clat_1"]
        self.postgres.sql(QUIET.format(
            name=text(f"{IMAGE}\u202e"), groups=f"ARRAY[{text(IMAGE)}]", ready=8, phase=text("__proto__"),
            endpoints=f"ARRAY[{', '.join(map(text, endpoints))}]"))
        self.postgres.sql(QUIET.format(
            name=text("x" * 100_000), groups="'{}'", ready=8, phase=text(IMAGE), endpoints="ARRAY['javascript:window.hacked=1']"))
        page = self.open_fleet(gateway)
        row = page.locator("#fleet .rows .row", has_text=IMAGE + r"\u{202e}")
        expect(row).to_contain_text("__proto__")
        expect(row.get_by_role("link")).to_have_attribute("href", "https://shop.example:7420//evil.example/")
        expect(row.get_by_role("link")).to_have_attribute("rel", "noopener noreferrer")
        expect(page.locator("#fleet .rows .row", has_text="xxxx").get_by_role("link")).to_have_count(0)
        expect(page.locator("#fails")).to_contain_text(f"{IMAGE}\\u{{202e}}: __proto__, 8/8 ready.")
        row.get_by_role("button").click()
        sheet = page.get_by_role("dialog")
        expect(sheet).to_contain_text("javascript:window.hacked=1")
        expect(sheet.get_by_role("link")).to_have_count(1)
        self.assertFalse(page.evaluate("'hacked' in window"))
        self.assertEqual(page.locator("img").count(), 0)
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 1440)

    def test_a_thousand_agents_are_a_few_rows_of_the_document(self):
        gateway = self.member("gateway")
        self.postgres.sql(QUIET.format(
            name="'node-' || n", groups="ARRAY['web']", endpoints="ARRAY['https://node-' || n || '.example.com:7420']",
            ready="CASE n WHEN 500 THEN 7 ELSE 8 END", phase="CASE n WHEN 500 THEN 'degraded' ELSE 'stable' END",
        ) + " FROM generate_series(1, 999) n")
        for width, height in [(360, 740), (820, 1180), (1600, 900)]:
            for theme in ["light", "dark"]:
                with self.subTest(width=width, theme=theme):
                    page = self.open_fleet(gateway, role="read", width=width, height=height, theme=theme)
                    expect(page.locator("#phase")).to_have_text("1 agent not stable")
                    expect(page.locator("#phase-sentence")).to_contain_text("1,000 of 1,000 agents live")
                    expect(self.agent_row(page, "node-500")).to_have_attribute("aria-rowindex", "2")
                    self.assertEqual(page.get_by_role("table", name="Fleet").get_attribute("aria-rowcount"), "1001")
                    self.assertEqual(page.evaluate(POOR_CONTRAST), [])
                    self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
                    rows = page.locator("#fleet [data-key]")
                    self.assertLess(rows.count(), 30)
                    self.agent_row(page, "node-500").get_by_role("button").focus()
                    page.keyboard.press("End")
                    expect(self.agent_row(page, "node-999").get_by_role("button")).to_be_focused()
                    expect(self.agent_row(page, "node-999")).to_be_in_viewport()
                    self.assertLess(rows.count(), 30)
                    page.keyboard.press("Enter")
                    sheet = page.get_by_role("dialog", name="Agent node-999")
                    expect(sheet.get_by_role("link")).to_have_attribute("href", "https://node-999.example.com:7420/")
                    self.assertEqual(page.evaluate(POOR_CONTRAST), [])
                    self.assertLessEqual(sheet.bounding_box()["width"], width)
                    page.context.close()


if __name__ == "__main__":
    unittest.main()
