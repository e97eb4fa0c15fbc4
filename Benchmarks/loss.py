#!/usr/bin/env python3
"""What is lost when workers die under load: 100 SIGKILLs of random workers in a minute, each replaced at once.

loss.py AGENT [--policies rr,reuseport] [--workers 4] [--kills 100] [--seconds 60]

A connection may fail only where a worker had taken it and had not answered when it was killed; both are counted.
"""
import argparse
import json
import os
import random
import re
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from process import HERE, free_port, wait_until_open


def call(api, token, method, path, body=None):
    request = urllib.request.Request(
        api + path, method=method, data=json.dumps(body).encode() if body is not None else None,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)


def run(agent, policy, workers, kills, seconds):
    with tempfile.TemporaryDirectory() as directory:
        counts = Path(directory) / "counts"
        counts.mkdir()
        port, api_port = free_port(), free_port()
        environment = os.environ | {"BENCH_PORT": str(port), "BENCH_COUNTS": str(counts)}
        primary = subprocess.Popen(
            [agent, "--data-dir", directory, "--listen", f"127.0.0.1:{api_port}", "--workers", str(workers),
             "--scheduling-policy", policy, str(HERE / "loss.js")],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until_open(port)
            api, token = f"http://127.0.0.1:{api_port}", (Path(directory) / "token").read_text().strip()
            wrk = subprocess.Popen(
                ["wrk", "-t1", "-c64", f"-d{seconds}s", "-H", "Connection: close", f"http://127.0.0.1:{port}/"],
                stdout=subprocess.PIPE, text=True)
            killed = set()
            for number in range(kills):
                time.sleep(seconds * 0.95 / kills)
                live = [w for w in call(api, token, "GET", "/v1/workers")["workers"] if w["state"] == "listening"]
                victim = random.choice(live)
                os.kill(victim["pid"], signal.SIGKILL)
                killed.add(victim["pid"])
                call(api, token, "POST", "/v1/workers:fork", {})
            output = wrk.communicate()[0]
        finally:
            primary.send_signal(signal.SIGTERM)
            primary.wait(60)
        size = lambda pid, name: (counts / f"{pid}.{name}").stat().st_size if (counts / f"{pid}.{name}").exists() else 0
        lost = sum(max(0, size(pid, "taken") - size(pid, "answered")) for pid in killed)
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
        failed = sum(map(int, errors.groups())) if errors else 0
        requests = int(re.search(r"(\d+) requests in", output)[1])
        print(f"| agent {policy} | {workers} | {len(killed)} | {requests:,} | {failed} | {lost} |", flush=True)
        return failed <= lost


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("agent")
    parser.add_argument("--policies", default="rr,reuseport")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    print("| primary, policy | workers | killed | served | failed | taken by the dead and not answered |")
    print("|---|---|---|---|---|---|")
    results = [run(options.agent, policy, options.workers, options.kills, options.seconds)
               for policy in options.policies.split(",")]
    raise SystemExit(0 if all(results) else 1)


main()
