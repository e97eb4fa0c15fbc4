# SPDX-License-Identifier: Apache-2.0
"""Tests in a real browser: Debian's chromium, without a window."""
import os
import shutil
import unittest

from playwright.sync_api import expect, sync_playwright

# A slow machine is no failure. Everything waits for what it expects, and nothing sleeps.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

# A reload would lose it.
MARK = "window.isStillThere = true"
HIDE = """(hidden) => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}"""

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

# Lists with something cut off at their right edge.
CUT_OFF = """[...document.querySelectorAll('.rows')].filter((list) => list.scrollWidth > list.clientWidth)
  .map((list) => `${list.ariaLabel}: ${list.scrollWidth} of ${list.clientWidth}`)"""


def chromium():
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


class BrowserTest(unittest.TestCase):
    """Each test has a browser profile of its own. It fails if the page throws, or if the browser refuses something."""

    @classmethod
    def setUpClass(cls):
        cls.playwright = sync_playwright().start()
        cls.browser = cls.playwright.chromium.launch(executable_path=chromium())

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.playwright.stop()

    def setUp(self):
        self.problems = []
        self.answers = []
        # Messages of the console that a test is about.
        self.expected_problems = ()

    def tearDown(self):
        problems = [text for text in self.problems if not any(each in text for each in self.expected_problems)]
        self.assertEqual(problems, [], "the page had problems")

    def note_message(self, message):
        # The answer of /readyz is a 503 whenever no worker is ready, and the page shows its reason.
        if message.type in ("error", "warning") and not message.location["url"].endswith("/readyz"):
            self.problems.append(message.text)

    def open(self, url, *, width=1440, height=900, theme="light", clock=False, before=None):
        """A page in a profile of its own."""
        context = self.browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
        context.set_default_timeout(PATIENCE_MS)
        self.addCleanup(context.close)
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("console", self.note_message)
        page.on("response", lambda response: self.answers.append((response.status, response.url)))
        if clock:
            page.clock.install()
        if before:
            page.add_init_script(before)
        page.goto(url)
        return page

    def sign_in(self, agent, **options):
        """A page that is live."""
        page = self.open(agent.link, **options)
        expect(page.locator("#link")).to_have_text("Live")
        return page

    @staticmethod
    def row(page, number):
        """The row of an instance."""
        return page.locator(f'#instances [data-key="i{number}"]')

    @staticmethod
    def event(page, text):
        """The newest event whose detail has this text."""
        return page.locator("#events .event", has_text=text).first

    @staticmethod
    def wait_until(page, condition):
        """Asks the agent, with a turn of the page's loop in between."""
        for _ in range(1000):
            if found := condition():
                return found
            page.evaluate("new Promise(requestAnimationFrame)")
        raise AssertionError("it does not come")
