#!/usr/bin/env python3
"""How many messages the primary sends back, and what each costs it: a Swift program with the library, and Node's primary.

messages.py ECHO_PRIMARY [--workers 1,2] [--rounds 3] [--seconds 4]

Each worker keeps 200 messages of 100 bytes on their way. Prints medians and the ratio to Node's primary.
"""
import argparse
import os
import signal
import statistics
import subprocess
import time

from process import cpu_seconds, HERE


def run(command, workers, seconds):
    environment = os.environ | {"BENCH_WORKERS": str(workers)}
    primary = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        # Each worker says one line a second; the first two seconds are for the start.
        for _ in range(2 * workers):
            primary.stdout.readline()
        before, cpu, start = {}, cpu_seconds(primary.pid), time.monotonic()
        lines = [int(primary.stdout.readline()) for _ in range(seconds * workers)]
        cpu, elapsed = cpu_seconds(primary.pid) - cpu, time.monotonic() - start
        # Lines of several workers come in any order, but each worker's count only grows.
        last, first = sorted(lines)[-workers:], sorted(lines)[:workers]
        count = sum(last) - sum(first)
        rate = count / (elapsed * (seconds - 1) / seconds)
        return {"rate": rate, "cpu": cpu / elapsed / rate * 1e6}
    finally:
        # The workers too: they would complain that nobody listens any more.
        os.killpg(primary.pid, signal.SIGKILL)
        subprocess.run(["pkill", "-KILL", "-f", str(HERE / "echo.js")], check=False)
        primary.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("echo_primary")
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    options = parser.parse_args()
    app = str(HERE / "echo.js")
    commands = {"node": ["node", app], "Swift": [options.echo_primary, app]}
    print("| primary | workers | messages/s | ratio | primary's CPU µs per message | ratio |")
    print("|---|---|---|---|---|---|")
    for workers in map(int, options.workers.split(",")):
        results = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                results[name].append(run(command, workers, options.seconds))
        median = {name: {key: statistics.median(r[key] for r in rounds) for key in ("rate", "cpu")}
                  for name, rounds in results.items()}
        for name, m in median.items():
            print(f"| {name} | {workers} | {m['rate']:,.0f} | {m['rate'] / median['node']['rate']:.2f} "
                  f"| {m['cpu']:.2f} | {m['cpu'] / median['node']['cpu']:.2f} |", flush=True)


main()
