# SPDX-License-Identifier: Apache-2.0
"""screenshots.py FOLDER: the pictures in the documents. They show a real agent, whose instance 2 cannot reach its database."""
import pathlib
import re
import sys

from agent import WORKERS, Agent
from browser import chromium, expect, sync_playwright

PICTURES = [("dashboard", 1440, 900, "light"), ("dashboard-dark", 1440, 900, "dark"), ("dashboard-phone", 390, 844, "light")]
MOST_BYTES = 300_000


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with Agent("--workers", 4, WORKERS / "shop.js") as agent, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium())
        while agent.get("/v1/cluster")["ready"] < 3:
            pass
        agent.post("/v1/workers/1:restart")
        while agent.get("/v1/instances")["instances"][2]["failuresInARow"] < 4:
            pass
        for name, width, height, theme in PICTURES:
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
            page = context.new_page()
            page.goto(agent.link)
            expect(page.locator("#phase")).to_have_text("Degraded")
            expect(page.locator("#fails")).to_contain_text("ECONNREFUSED")
            # Two readings make a line.
            expect(page.locator('#instances [data-key="i0"] .c9 polyline')).to_have_attribute("points", re.compile(" "))
            page.screenshot(path=folder / f"{name}.png")
            context.close()
        browser.close()
    total = sum(picture.stat().st_size for picture in folder.glob("*.png"))
    print(f"screenshots: {total:,} bytes in {folder}")
    assert total < MOST_BYTES


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
