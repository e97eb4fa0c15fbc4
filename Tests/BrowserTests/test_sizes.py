# SPDX-License-Identifier: Apache-2.0
"""From a telephone to a wide screen, in dark and in light, and with very many workers."""
import unittest

from agent import WORKERS, Agent
from browser import BrowserTest, expect

# The contrast of each text with what is behind it (WCAG 2.2, 1.4.3), for those below 4.5.
POOR_CONTRAST = """() => {
  const parse = (color) => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = parse(getComputedStyle(each).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const poor = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest('.unseen, .skip, svg')) continue;
    const [text, behind] = [light(parse(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
    if (ratio < 4.5) poor.add(`${ratio.toFixed(2)} ${element.className} ${walker.currentNode.data.slice(0, 40)}`);
  }
  return [...poor];
}"""


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
                        # The five answers are above the fold, except on a telephone: there the first is.
                        last = page.locator("#phase-sentence" if width < 600 else "#possible").bounding_box()
                        self.assertLess(last["y"] + last["height"], height)
                        self.row(page, 0).click()
                        expect(page.get_by_role("dialog", name="Instance 0")).to_be_visible()
                        self.assertEqual(page.evaluate(POOR_CONTRAST), [])
                        self.assertLessEqual(page.get_by_role("dialog").bounding_box()["width"], width)


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
