#!/usr/bin/env python3
"""Who chooses the worker, and what that costs: Node's primaries, Bun's, processes that share a port by themselves, and ours
plain and sticky. In turn, under the same load, as from 200 clients.

steering.py AGENT --node20 PATH --node24 PATH [--bun PATH] [--workers 2,8] [--rounds 3] [--seconds 6]

Every request is a new connection. Prints the median of the rounds, and ratios to Node 24's rr.
"""
import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from process import HERE, children, cpu_seconds, free_port, milliseconds, wait_until_open

APP = str(HERE / "hello.js")
STICKY = {
    "": "",
    "sticky by address": "steering: {sticky: address}\n",
    "sticky by header": "steering: {sticky: header, stickyHeader: X-Session}\n",
}


class Load:
    """wrk, with a library in front of its connect(2)."""

    def __init__(self, directory):
        self.library = Path(directory) / "manyclients.so"
        compiler = shutil.which("cc") or shutil.which("clang")
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", self.library, HERE / "manyclients.c", "-ldl"], check=True)

    def run(self, port, seconds):
        return subprocess.run(
            ["wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", "-s", HERE / "manysessions.lua", f"http://127.0.0.1:{port}/"],
            env=os.environ | {"LD_PRELOAD": str(self.library)}, capture_output=True, text=True, check=True).stdout


class Kind:
    """One way of having workers."""

    def __init__(self, name, program, policy="rr", sticky="", agent=None):
        self.name, self.program, self.policy, self.sticky, self.agent = name, program, policy, sticky, agent

    def start(self, directory, workers, environment):
        """The processes: the primary alone, or all that share the port."""
        path = f"{Path(self.program).parent}:{environment['PATH']}"
        environment = environment | {"PATH": path, "NODE_CLUSTER_SCHED_POLICY": self.policy}
        if self.policy == "alone":
            return [subprocess.Popen([self.program, APP], env=environment | {"BENCH_ALONE": "1"}) for _ in range(workers)]
        if not self.agent:
            return [subprocess.Popen([self.program, APP], env=environment)]
        configuration = Path(directory) / "agent.yaml"
        configuration.write_text(
            f"exec: {APP}\nworkers: {workers}\nschedulingPolicy: {self.policy}\nlisten: [127.0.0.1:0]\nexecPath: {self.program}\n"
            + STICKY[self.sticky])
        return [subprocess.Popen(
            [self.agent, "--data-dir", directory, "--config", str(configuration)], env=environment, stdout=subprocess.DEVNULL)]


def run(kind, load, workers, seconds):
    with tempfile.TemporaryDirectory() as directory:
        counts = Path(directory) / "counts"
        port = free_port()
        environment = os.environ | {"BENCH_PORT": str(port), "BENCH_WORKERS": str(workers), "BENCH_COUNTS": str(counts)}
        processes = kind.start(directory, workers, environment)
        try:
            wait_until_open(port)
            time.sleep(1)
            primaries = [] if kind.policy == "alone" else [processes[0].pid]
            own = sum(map(cpu_seconds, primaries))
            wrk = load.run(port, seconds)
            own = sum(map(cpu_seconds, primaries)) - own
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    for child in children(process.pid):
                        os.kill(child, signal.SIGKILL)
                    process.kill()
                    process.wait()
        served = [int(line) for line in counts.read_text().split()] if counts.exists() else []
        requests = int(re.search(r"(\d+) requests in", wrk)[1])
        errors = re.search(r"Socket errors: (.*)", wrk)
        return {
            "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", wrk)[1]),
            "p50": milliseconds(re.search(r"^ +50% +(\S+)", wrk, re.M)[1]),
            "p99": milliseconds(re.search(r"^ +99% +(\S+)", wrk, re.M)[1]),
            "cpu": own / requests * 1e6,
            "spread": max(served) / statistics.mean(served) if len(served) == workers else 0,
            "errors": errors[1] if errors else "",
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("agent")
    parser.add_argument("--node20", required=True)
    parser.add_argument("--node24", required=True)
    parser.add_argument("--bun")
    parser.add_argument("--workers", default="2,8")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=6)
    options = parser.parse_args()
    kinds = [
        Kind("Node 24 rr", options.node24), Kind("Node 20 rr", options.node20),
        Kind("Node 24, reusePort without a primary", options.node24, "alone"),
    ]
    if options.bun:
        kinds.append(Kind("Bun's cluster", options.bun))
    for policy, sticky in [("rr", ""), ("rr", "sticky by address"), ("rr", "sticky by header"),
                           ("reuseport", ""), ("reuseport", "sticky by address")]:
        name = f"agent {policy}" + (f", {sticky}" if sticky else "")
        kinds.append(Kind(name, options.node24, policy, sticky, options.agent))
    print("| primary, policy | workers | conn/s | ratio | p50 / p99 ms | primary's CPU µs per connection | ratio | busiest / mean |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as directory:
        load = Load(directory)
        for workers in map(int, options.workers.split(",")):
            results = {kind.name: [] for kind in kinds}
            for _ in range(options.rounds):
                for kind in kinds:
                    results[kind.name].append(run(kind, load, workers, options.seconds))
            keys = ("rate", "p50", "p99", "cpu", "spread")
            median = {name: {key: statistics.median(r[key] for r in rounds) for key in keys} for name, rounds in results.items()}
            base = median["Node 24 rr"]
            for name, m in median.items():
                errors = {r["errors"] for r in results[name]} - {""}
                spread = f"{m['spread']:.2f}" if m["spread"] else "-"
                print(f"| {name} | {workers} | {m['rate']:,.0f} | {m['rate'] / base['rate']:.2f} | {m['p50']:.1f} / {m['p99']:.1f} "
                      f"| {m['cpu']:.1f} | {m['cpu'] / base['cpu']:.2f} | {spread} | {' '.join(errors)}", flush=True)


main()
