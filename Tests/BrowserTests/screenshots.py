# SPDX-License-Identifier: Apache-2.0
"""screenshots.py FOLDER: the pictures in the documents. They show real agents of a fleet; instance 2 of web-2 cannot reach its
database."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from agent import WORKERS, Agent
from browser import chromium, expect, sync_playwright
from postgres import Postgres

SIZES = [("", 1280, 800), ("-tablet", 768, 1024), ("-phone", 390, 844)]
THEMES = [("", "light"), ("-dark", "dark")]
MOST_BYTES = 300_000
# The other agents of the fleet: name, groups, state, ready, desired, phase, events that wait.
OTHERS = [
    ("web-1", "web,eu", "live", 8, 8, "stable", 0), ("web-3", "web,us", "lost", 8, 8, "stable", 0),
    ("api-1", "api,eu", "live", 12, 12, "stable", 3), ("api-2", "api,us", "live", 11, 12, "progressing", 0),
    ("queue-1", "queue", "live", 2, 2, "stable", 18_204), ("batch-1", "batch", "stopped", 0, 4, "stable", 0),
]


def prepare(agent):
    """Waits until there is something to see."""
    while agent.get("/v1/cluster")["ready"] < 3:
        pass
    agent.post("/v1/cluster:scale", {"workers": 5})
    while agent.get("/v1/cluster")["ready"] < 4:
        pass
    restart = agent.post("/v1/workers/1:restart", {"force": True})["name"]
    while not agent.get(f"/v1/{restart}")["done"]:
        pass
    agent.post(f"/v1/workers/{agent.get('/v1/instances')['instances'][3]['workerId']}:pause")
    while agent.get("/v1/instances")["instances"][2]["failuresInARow"] < 6:
        pass


def report(postgres):
    """As if the other agents had just reported."""
    for name, groups, state, ready, desired, phase, waiting in OTHERS:
        seen = "now() - interval '7 minutes'" if state != "live" else "now() - interval '3 seconds'"
        stopped = "now()" if state == "stopped" else "NULL"
        postgres.sql(f"""
            INSERT INTO fleet.agents (id, name, groups, endpoints, hostname, version, started_at, last_seen, stopped_at, desired,
                ready, phase, waiting)
            VALUES (md5('{name}')::uuid, '{name}', '{{{groups}}}', ARRAY['https://{name}.example.com:7420'], '{name}', '0.1.0',
                now() - interval '3 days', {seen}, {stopped}, {desired}, {ready}, '{phase}', {waiting})
            ON CONFLICT (id) DO UPDATE SET last_seen = EXCLUDED.last_seen""")


def save(screenshot, file):
    """With a palette: the page has few colours."""
    file.write_bytes(subprocess.run(
        ["pngquant", "--speed", "1", "--nofs", "--strip", "16", "-"], input=screenshot, stdout=subprocess.PIPE, check=True).stdout)


def show_agent(page):
    expect(page.locator("#phase")).to_have_text("Degraded")
    expect(page.locator("#fails")).to_contain_text("ECONNREFUSED")
    expect(page.locator("#being-done")).to_contain_text("is tried again in")
    # Two readings make a line.
    line = page.locator('#instances [data-key="i0"] .c9 polyline')
    expect(line).to_have_attribute("points", re.compile(" "))
    expect(page.locator('#fleet [data-key="web-1"]')).to_be_attached()


def show_fleet(page):
    expect(page.locator("#phase")).to_have_text("1 agent lost")
    expect(page.locator('#fleet [data-key="web-2"]')).to_contain_text("Degraded")


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="shop-") as home, Postgres() as postgres:
        program = shutil.copy(WORKERS / "shop.js", pathlib.Path(home) / "server.js")
        own = postgres.member("web-2", groups="web,eu", endpoints="https://web-2.example.com:7420")
        with Agent("--workers", 4, program, environment=own) as agent, \
                Agent(environment=postgres.member("gateway")) as gateway, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium())
            prepare(agent.joined())
            links = [f"{each.url}#token={each.new_token('operate', 'ops', '--scope', 'fleet')}" for each in (agent, gateway)]
            for size, width, height in SIZES:
                for suffix, theme in THEMES:
                    for name, link, show in [("dashboard", links[0], show_agent), ("fleet", links[1], show_fleet)]:
                        page = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme).new_page()
                        report(postgres)
                        page.goto(link)
                        show(page)
                        save(page.screenshot(), folder / f"{name}{size}{suffix}.png")
                        page.context.close()
            browser.close()
    total = sum(picture.stat().st_size for picture in folder.glob("*.png"))
    print(f"screenshots: {total:,} bytes in {folder}")
    assert total < MOST_BYTES


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
