# SPDX-License-Identifier: Apache-2.0
"""screenshots.py FOLDER: the pictures in the documents. They show a real agent, whose instance 2 cannot reach its database."""
import io
import pathlib
import re
import shutil
import sys
import tempfile

from agent import WORKERS, Agent
from browser import chromium, expect, sync_playwright
from PIL import Image

PICTURES = [
    ("dashboard", 1440, 900, "light"), ("dashboard-dark", 1440, 900, "dark"), ("dashboard-phone", 390, 844, "light"),
]
MOST_BYTES = 300_000


def prepare(agent):
    """Waits until there is something to see."""
    while agent.get("/v1/cluster")["ready"] < 3:
        pass
    agent.post("/v1/cluster:scale", {"workers": 5})
    while agent.get("/v1/cluster")["ready"] < 4:
        pass
    restart = agent.post("/v1/workers/1:restart", {"force": True})["name"]
    agent.post(f"/v1/{restart}:wait")
    agent.post(f"/v1/workers/{agent.get('/v1/instances')['instances'][3]['workerId']}:pause")
    while agent.get("/v1/instances")["instances"][2]["failuresInARow"] < 6:
        pass


def save(screenshot, file):
    """With a palette: the page has few colours."""
    Image.open(io.BytesIO(screenshot)).convert("RGB").quantize(255, dither=Image.Dither.NONE).save(file, optimize=True)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="shop-") as home:
        program = shutil.copy(WORKERS / "shop.js", pathlib.Path(home) / "server.js")
        with Agent("--workers", 4, program) as agent, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium())
            prepare(agent)
            for name, width, height, theme in PICTURES:
                page = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme).new_page()
                page.goto(agent.link)
                expect(page.locator("#phase")).to_have_text("Degraded")
                expect(page.locator("#fails")).to_contain_text("ECONNREFUSED")
                expect(page.locator("#being-done")).to_contain_text("is tried again in")
                # Two readings make a line.
                line = page.locator('#instances [data-key="i0"] .c9 polyline')
                expect(line).to_have_attribute("points", re.compile(" "))
                save(page.screenshot(), folder / f"{name}.png")
                page.context.close()
            browser.close()
    total = sum(picture.stat().st_size for picture in folder.glob("*.png"))
    print(f"screenshots: {total:,} bytes in {folder}")
    assert total < MOST_BYTES


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
