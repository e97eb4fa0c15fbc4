# SPDX-License-Identifier: Apache-2.0
"""From a telephone to a wide screen, in dark and in light, and with very many workers."""
import unittest

from agent import WORKERS, Agent
from browser import CUT_OFF, POOR_CONTRAST, BrowserTest, expect


class SizeTests(BrowserTest):
    def test_nothing_overflows_and_contrast_is_good(self):
        with Agent("--workers", 2, WORKERS / "server.js") as agent:
            agent.post("/v1/cluster:setupPrimary", {"args": ["a-very-long-argument-" * 20]})
            agent.post(f"/v1/workers/{agent.workers()[0]['id']}:kill", {"signal": "SIGKILL"})
            for width, height in [(360, 740), (820, 1180), (1600, 900)]:
                for theme in ["light", "dark"]:
                    with self.subTest(width=width, theme=theme):
                        page = self.sign_in(agent, width=width, height=height, theme=theme)
                        expect(page.locator("#phase")).to_have_text("Stable")
                        expect(self.event(page, "SIGKILL")).to_be_visible()
                        expect(page.locator("#settings")).to_contain_text("a-very-long-argument-")
                        self.assertEqual(page.evaluate(POOR_CONTRAST), [])
                        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
                        self.assertEqual(page.evaluate(CUT_OFF), [])
                        # The five answers are above the fold, except on a telephone: there the first is.
                        last = page.locator("#phase-sentence" if width < 600 else "#possible").bounding_box()
                        self.assertLess(last["y"] + last["height"], height)
                        self.row(page, 0).click()
                        expect(page.get_by_role("dialog", name="Instance 0")).to_be_visible()
                        self.assertEqual(page.evaluate(POOR_CONTRAST), [])
                        self.assertLessEqual(page.get_by_role("dialog").bounding_box()["width"], width)

    def test_no_column_is_cut_off_at_any_width(self):
        with Agent("--workers", 2, WORKERS / "server.js") as agent:
            page = self.sign_in(agent)
            expect(self.row(page, 0)).to_contain_text("MiB")
            for width in [360, 600, 899, 900, 1100, 1279, 1280, 1439, 1440, 1699, 1700, 1920]:
                with self.subTest(width=width):
                    page.set_viewport_size({"width": width, "height": 900})
                    self.assertEqual(page.evaluate(CUT_OFF), [])


class ManyWorkersTests(BrowserTest):
    def test_a_thousand_workers_are_a_few_rows_of_the_document(self):
        # What workers print is not captured, and the page says so.
        self.expected_problems = ("400",)
        with Agent("--workers", 1000, "--worker-ready", "immediately", "--worker-logs", "off", "/bin/sleep", "100000") as agent:
            page = self.sign_in(agent)
            expect(page.locator("#phase-sentence")).to_contain_text("1,000 of 1,000 workers ready")
            expect(page.locator("#instances-count")).to_contain_text("1,000 instances")
            expect(self.row(page, 0)).to_be_visible()
            rows = page.locator("#instances [data-key]")
            self.assertLess(rows.count(), 30)
            self.row(page, 0).get_by_role("button").focus()
            page.keyboard.press("End")
            expect(self.row(page, 999).get_by_role("button")).to_be_focused()
            expect(self.row(page, 999)).to_be_in_viewport()
            self.assertLess(rows.count(), 30)
            victim = next(worker for worker in agent.workers() if worker["instance"] == 999)
            agent.post(f"/v1/workers/{victim['id']}:kill", {"signal": "SIGKILL"})
            expect(self.row(page, 999)).not_to_contain_text(str(victim["pid"]))
            expect(page.locator("#phase-sentence")).to_contain_text("1,000 of 1,000 workers ready")


if __name__ == "__main__":
    unittest.main()
