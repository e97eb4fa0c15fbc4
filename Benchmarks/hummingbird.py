#!/usr/bin/env python3
"""What it costs a Hummingbird application to be a worker: bound directly and under cluster-agent in turn, and new
connections beside Node workers.

hummingbird.py AGENT HUMMINGBIRD_WORKER [--rounds 3] [--seconds 6]

Prints the medians of the rounds.
"""
import argparse
import contextlib
import os
import re
import signal
import statistics
import subprocess
import tempfile
import time

from process import HERE, free_port, wait_until_open

POLICIES = ["rr", "none", "reuseport"]


@contextlib.contextmanager
def running(command, port):
    with tempfile.TemporaryDirectory() as directory:
        environment = os.environ | {
            "PORT": str(port), "BENCH_PORT": str(port), "BENCH_COUNTS": f"{directory}/counts", "LOG_LEVEL": "error"}
        program = subprocess.Popen(
            [word.replace("DATA", directory) for word in command], env=environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        try:
            wait_until_open(port)
            time.sleep(1)
            yield
        finally:
            program.send_signal(signal.SIGTERM)
            program.wait(30)


def under(agent, policy, workers, app):
    return [agent, "--data-dir", "DATA", "--listen", "127.0.0.1:0", "--workers", str(workers),
            "--scheduling-policy", policy, app]


def rate(command, seconds, *options):
    port = free_port()
    with running(command, port):
        wrk = subprocess.run(
            ["wrk", "-t1", "-c64", f"-d{seconds}s", *options, f"http://127.0.0.1:{port}/"], capture_output=True,
            text=True, check=True).stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", wrk)[1])


def table(title, kinds, base, rounds, seconds, *options):
    rates = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind, command in kinds.items():
            rates[kind].append(rate(command, seconds, *options))
    median = {kind: statistics.median(values) for kind, values in rates.items()}
    print(f"\n{title}\n\n| | requests/s | ratio |\n|---|---|---|")
    for kind, value in median.items():
        print(f"| {kind} | {value:,.0f} | {value / median[base]:.3f} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("agent")
    parser.add_argument("worker")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=6)
    options = parser.parse_args()
    agent, worker, hello = options.agent, options.worker, str(HERE / "hello.js")

    alone = {"bound directly": [worker]}
    alone |= {f"agent {policy}, 1 worker": under(agent, policy, 1, worker) for policy in POLICIES}
    table("Keep-alive", alone, "bound directly", options.rounds, options.seconds)

    both = {}
    for policy in POLICIES:
        both[f"{policy}, 2 Node workers"] = under(agent, policy, 2, hello)
        both[f"{policy}, 2 Hummingbird workers"] = under(agent, policy, 2, worker)
    table("A new connection for each request", both, "rr, 2 Node workers", options.rounds, options.seconds,
          "-H", "Connection: close")


main()
