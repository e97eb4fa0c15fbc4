#!/usr/bin/env python3
"""What a primary costs when nothing happens: memory with 8 idle workers, and the time from start to the first listening.

cost.py AGENT [--workers 8] [--rounds 10]
"""
import argparse
import os
import signal
import statistics
import subprocess
import tempfile
import time

from process import HERE, free_port, memory_kib, wait_until_open


def run(name, agent, workers):
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        app = str(HERE / "hello.js")
        command = ["node", app] if name == "node" else [
            agent, "--data-dir", directory, "--listen", "127.0.0.1:0", "--workers", str(workers), app]
        environment = os.environ | {
            "BENCH_PORT": str(port), "BENCH_WORKERS": str(workers), "BENCH_COUNTS": f"{directory}/counts"}
        start = time.monotonic()
        primary = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until_open(port)
            elapsed = time.monotonic() - start
            time.sleep(2)
            resident, private = memory_kib(primary.pid)
        finally:
            primary.send_signal(signal.SIGTERM)
            primary.wait(60)
        return {"start": elapsed * 1000, "resident": resident / 1024, "private": private / 1024}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("agent")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
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


main()
