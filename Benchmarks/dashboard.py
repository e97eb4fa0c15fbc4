# SPDX-License-Identifier: Apache-2.0
"""dashboard.py [MINUTES]: what the web page costs, in Debian's chromium against a real agent.

    scripts/build
    CLUSTER_PROGRAMS=.build/release PYTHONPATH=Tests/BrowserTests $(scripts/browser-python) Benchmarks/dashboard.py

First paint and size; the browser's CPU and memory at 1,000 events a second for MINUTES (10); the agent's CPU with 20 pages in
20 profiles. CPU is of one core.
"""
import http.client
import json
import multiprocessing
import os
import statistics
import sys
import time

from agent import WORKERS, Agent
from browser import chromium, expect, sync_playwright

RATE = 1000
PAGES = 20
TICKS = os.sysconf("SC_CLK_TCK")
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
SIZES = """[
  ...performance.getEntriesByType('navigation'),
  ...performance.getEntriesByType('resource').filter((each) => each.name.includes('/dashboard/')),
].reduce((sum, each) => sum + each.decodedBodySize, 0)"""


def cpu_seconds(pid):
    """User and system time of a process (proc(5))."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def open_page(browser, agent):
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(agent.link)
    expect(page.locator("#link")).to_have_text("Live")
    return page


def measure_paint(browser, agent):
    paints, size = [], 0
    for _ in range(7):
        page = open_page(browser, agent)
        page.wait_for_function(PAINT)
        paints.append(page.evaluate(PAINT))
        size = page.evaluate(SIZES)
        page.context.close()
    print(f"first paint: median {statistics.median(paints):.0f} ms, worst {max(paints):.0f} ms (200)")
    print(f"size: {size / 1000:.1f} KB (150)")


class Load:
    """Commands at a steady rate, from a few processes: each command is an event."""

    def __init__(self, agent, rate, processes=4):
        self.isOver, self.count = multiprocessing.Event(), multiprocessing.Value("q", 0)
        self.processes = [
            multiprocessing.Process(target=self.run, args=(agent.port, agent.token, processes / rate), daemon=True)
            for _ in range(processes)]

    def run(self, port, token, pause):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        due = time.monotonic()
        while not self.isOver.is_set():
            connection.request("POST", "/v1/workers/1:send", json.dumps({"message": 1}), headers)
            connection.getresponse().read()
            with self.count.get_lock():
                self.count.value += 1
            due += pause
            time.sleep(max(0, due - time.monotonic()))

    def __enter__(self):
        for process in self.processes:
            process.start()
        return self

    def __exit__(self, *_):
        self.isOver.set()
        for process in self.processes:
            process.join()


def measure_load(browser, agent, minutes):
    page = open_page(browser, agent)
    session = browser.new_browser_cdp_session()
    heap = page.context.new_cdp_session(page)

    def processes():
        return {each["id"]: (each["type"], each["cpuTime"]) for each in session.send("SystemInfo.getProcessInfo")["processInfo"]}

    with Load(agent, RATE) as load:
        page.wait_for_timeout(5000)
        for minute in range(minutes):
            before, start, count = processes(), time.monotonic(), load.count.value
            page.wait_for_timeout(60_000)
            after, length = processes(), time.monotonic() - start
            used = {pid: (kind, time_ - before[pid][1]) for pid, (kind, time_) in after.items() if pid in before}
            renderer = sum(spent for kind, spent in used.values() if kind == "renderer") / length
            all_ = sum(spent for _, spent in used.values()) / length
            heap.send("HeapProfiler.collectGarbage")
            size = heap.send("Runtime.getHeapUsage")["usedSize"]
            nodes = page.evaluate("document.querySelectorAll('*').length")
            print(f"minute {minute + 1}: {(load.count.value - count) / length:.0f} events/s, page {renderer:.1%} of a core (30 %), "
                  f"whole browser {all_:.1%}, heap {size / 1e6:.2f} MB, {nodes} elements", flush=True)
    page.context.close()


def measure_pages(browser, agent):
    pages = [open_page(browser, agent) for _ in range(PAGES)]
    pages[0].wait_for_timeout(5000)
    before, start = cpu_seconds(agent.process.pid), time.monotonic()
    pages[0].wait_for_timeout(60_000)
    share = (cpu_seconds(agent.process.pid) - before) / (time.monotonic() - start)
    print(f"agent with {PAGES} pages: {share:.2%} of a core (5 %)")
    for page in pages:
        page.context.close()


def main(minutes):
    with Agent("--workers", 4, WORKERS / "server.js") as agent, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium())
        measure_paint(browser, agent)
        measure_pages(browser, agent)
        measure_load(browser, agent, minutes)
        browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
