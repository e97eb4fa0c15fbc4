#!/usr/bin/env python3
"""What a primary costs: memory with 8 idle workers, the time from start to the first listening, and memory over many
connections handed over.

cost.py AGENT [--workers 8] [--rounds 5] [--connections 1000000]
"""
import argparse
import os
import re
import signal
import statistics
import subprocess
import tempfile
import time
from contextlib import contextmanager

from process import HERE, free_port, memory_mib, wait_until_open


@contextmanager
def running(name, agent, workers):
    """A primary whose workers listen on a port."""
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        app = str(HERE / "hello.js")
        command = ["node", app] if name == "node" else [
            agent, "--data-dir", directory, "--listen", "127.0.0.1:0", "--workers", str(workers), app]
        environment = os.environ | {
            "BENCH_PORT": str(port), "BENCH_WORKERS": str(workers), "BENCH_COUNTS": f"{directory}/counts"}
        primary = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until_open(port)
            yield primary.pid, port
        finally:
            primary.send_signal(signal.SIGTERM)
            primary.wait(60)


def run(name, agent, workers):
    start = time.monotonic()
    with running(name, agent, workers) as (pid, _):
        elapsed = time.monotonic() - start
        time.sleep(2)
        resident, private = memory_mib(pid)
    return {"start": elapsed * 1000, "resident": resident, "private": private}


def hand_over(agent, connections):
    """Ten times a tenth of the connections, and the memory after each."""
    print("\n| connections handed over | resident MiB | private MiB |\n|---|---|---|")
    with running("agent", agent, 2) as (pid, port):
        done = 0
        while done < connections:
            goal = done + connections / 10
            while done < goal:
                wrk = subprocess.run(
                    ["wrk", "-t1", "-c64", "-d2s", "-H", "Connection: close", f"http://127.0.0.1:{port}/"],
                    capture_output=True, text=True, check=True).stdout
                done += int(re.search(r"(\d+) requests in", wrk)[1])
            resident, private = memory_mib(pid)
            print(f"| {done:,} | {resident:.1f} | {private:.1f} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("agent")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=1_000_000)
    options = parser.parse_args()
    print("| primary | workers | start to listening, ms | ratio | resident MiB | private MiB |")
    print("|---|---|---|---|---|---|")
    for workers in (1, options.workers):
        results = {"node": [], "agent": []}
        for _ in range(options.rounds):
            for name in results:
                results[name].append(run(name, options.agent, workers))
        median = {name: {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
                  for name, rounds in results.items()}
        for name, m in median.items():
            print(f"| {name} | {workers} | {m['start']:.0f} | {m['start'] / median['node']['start']:.2f} "
                  f"| {m['resident']:.1f} | {m['private']:.1f} |", flush=True)
    hand_over(options.agent, options.connections)


main()
