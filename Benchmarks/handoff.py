#!/usr/bin/env python3
"""How fast the primary hands connections over: cluster-agent and Node's primary in turn, same workers, same load.

handoff.py AGENT [--workers 2,8] [--rounds 3] [--seconds 6]

Every request is a new connection. Prints the median of the rounds and the ratio to node:cluster rr. What the workers
take of the CPU bounds what any primary can reach.
"""
import argparse
import os
import re
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from process import HERE, children, cpu_seconds, free_port, milliseconds, wait_until_open


def command(kind, agent, directory, workers):
    app = str(HERE / "hello.js")
    if kind.startswith("node"):
        return ["node", app]
    return [agent, "--data-dir", directory, "--listen", "127.0.0.1:0", "--workers", str(workers),
            "--scheduling-policy", kind.split()[1], app]


def run(kind, agent, workers, seconds):
    with tempfile.TemporaryDirectory() as directory:
        counts = Path(directory) / "counts"
        port = free_port()
        environment = os.environ | {
            "BENCH_PORT": str(port), "BENCH_WORKERS": str(workers), "BENCH_COUNTS": str(counts),
            "NODE_CLUSTER_SCHED_POLICY": kind.split()[1],
        }
        primary = subprocess.Popen(
            command(kind, agent, directory, workers), env=environment, stdout=subprocess.DEVNULL)
        try:
            wait_until_open(port)
            time.sleep(1)
            own, others = cpu_seconds(primary.pid), sum(map(cpu_seconds, children(primary.pid)))
            wrk = subprocess.run(
                ["wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", "-H", "Connection: close",
                 f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True).stdout
            own = cpu_seconds(primary.pid) - own
            others = sum(map(cpu_seconds, children(primary.pid))) - others
        finally:
            primary.send_signal(signal.SIGTERM)
            primary.wait(30)
        served = [int(line) for line in counts.read_text().split()]
        requests = int(re.search(r"(\d+) requests in", wrk)[1])
        errors = re.search(r"Socket errors: (.*)", wrk)
        return {
            "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", wrk)[1]),
            "p50": milliseconds(re.search(r"^ +50% +(\S+)", wrk, re.M)[1]),
            "p99": milliseconds(re.search(r"^ +99% +(\S+)", wrk, re.M)[1]),
            "cpu": own / requests * 1e6,
            "workers": others / requests * 1e6,
            "spread": max(served) / statistics.mean(served) if served else 0,
            "errors": errors[1] if errors else "",
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("agent")
    parser.add_argument("--workers", default="2,8")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=6)
    options = parser.parse_args()
    kinds = ["node rr", "agent rr", "node none", "agent none", "agent reuseport"]
    print("| primary, policy | workers | conn/s | ratio | p50 / p99 ms | primary's CPU µs per connection | ratio | workers' CPU | busiest / mean |")
    print("|---|---|---|---|---|---|---|---|---|")
    for workers in map(int, options.workers.split(",")):
        results = {kind: [] for kind in kinds}
        for _ in range(options.rounds):
            for kind in kinds:
                results[kind].append(run(kind, options.agent, workers, options.seconds))
        median = {kind: {key: statistics.median(r[key] for r in rounds) for key in ("rate", "p50", "p99", "cpu", "workers", "spread")}
                  for kind, rounds in results.items()}
        base = median["node rr"]
        for kind in kinds:
            m = median[kind]
            errors = {r["errors"] for r in results[kind]} - {""}
            print(f"| {kind} | {workers} | {m['rate']:,.0f} | {m['rate'] / base['rate']:.2f} | {m['p50']:.1f} / {m['p99']:.1f} "
                  f"| {m['cpu']:.1f} | {m['cpu'] / base['cpu']:.2f} | {m['workers']:.0f} | {m['spread']:.2f} | {' '.join(errors)}", flush=True)


main()
