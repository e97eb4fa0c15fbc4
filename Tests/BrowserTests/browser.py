# SPDX-License-Identifier: Apache-2.0
"""Tests in a real browser: Debian's chromium, without a window."""
import os
import shutil
import unittest

from playwright.sync_api import expect, sync_playwright

# A slow machine is no failure. Everything waits for what it expects, and nothing sleeps.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


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

    def open(self, url, *, width=1440, height=900, theme="light", before=None):
        """A page in a profile of its own."""
        context = self.browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
        context.set_default_timeout(PATIENCE_MS)
        self.addCleanup(context.close)
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("console", self.note_message)
        page.on("response", lambda response: self.answers.append((response.status, response.url)))
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
