#!/usr/bin/env python3
"""What it costs a whole program to run under the agent: `node PROGRAM` and `cluster-agent --primary PROGRAM` in turn.

whole.py AGENT [--workers 1,2] [--rounds 3] [--seconds 4] [--node NODE]

Messages: each worker keeps 200 of 100 bytes on their way, and the primary half sends each back. Connections: every request
is a new one. CPU is that of the primary half and the agent together. Prints medians and the ratios to plain Node.
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

from process import HERE, children, cpu_seconds, free_port, wait_until_open

KINDS = ("node", "agent --primary")


class Program:
    """A cluster program, under plain Node or under the agent."""

    def __init__(self, kind, options, script, environment, stdout):
        self.directory = tempfile.TemporaryDirectory()
        self.is_node = kind == "node"
        command = [options.node, script] if self.is_node else [
            options.agent, "--data-dir", self.directory.name, "--listen", "127.0.0.1:0", "--primary", script]
        self.process = subprocess.Popen(
            command, env=os.environ | environment | {"CLUSTER_AGENT_EXEC_PATH": options.node}, stdout=stdout, text=True,
            start_new_session=True)

    def primaries(self):
        """The processes that are no workers."""
        halves = [] if self.is_node else [
            pid for pid in children(self.process.pid)
            if "NODE_UNIQUE_ID=" not in Path(f"/proc/{pid}/environ").read_text()]
        return [self.process.pid, *halves]

    def cpu(self):
        return sum(map(cpu_seconds, self.primaries()))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.directory.cleanup()

    def counts(self, number):
        """Numbers that the workers have printed."""
        numbers = []
        while len(numbers) < number:
            line = self.process.stdout.readline().strip()
            if line.isdigit():
                numbers.append(int(line))
        return numbers


def messages(kind, workers, options):
    program = Program(kind, options, str(HERE / "echo.js"), {"BENCH_WORKERS": str(workers)}, subprocess.PIPE)
    try:
        # Each worker says one line a second; the first two seconds are for the start.
        program.counts(2 * workers)
        cpu, start = program.cpu(), time.monotonic()
        lines = sorted(program.counts(options.seconds * workers))
        cpu, elapsed = program.cpu() - cpu, time.monotonic() - start
        # Lines of several workers come in any order, but each worker's count only grows.
        count = sum(lines[-workers:]) - sum(lines[:workers])
        rate = count / (elapsed * (options.seconds - 1) / options.seconds)
        return {"rate": rate, "cpu": cpu / elapsed / rate * 1e6}
    finally:
        program.stop()


def connections(kind, workers, options):
    port = free_port()
    environment = {"BENCH_WORKERS": str(workers), "BENCH_PORT": str(port), "BENCH_COUNTS": os.devnull}
    program = Program(kind, options, str(HERE / "hello.js"), environment, subprocess.DEVNULL)
    try:
        wait_until_open(port)
        time.sleep(1)
        cpu = program.cpu()
        wrk = subprocess.run(
            ["wrk", "-t1", "-c64", f"-d{options.seconds}s", "-H", "Connection: close", f"http://127.0.0.1:{port}/"],
            capture_output=True, text=True, check=True).stdout
        requests = int(re.search(r"(\d+) requests in", wrk)[1])
        return {
            "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", wrk)[1]),
            "cpu": (program.cpu() - cpu) / requests * 1e6,
        }
    finally:
        program.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("agent")
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--node", default="node")
    options = parser.parse_args()
    print("| whole program | workers | per second | ratio | primary's CPU µs each | ratio |")
    print("|---|---|---|---|---|---|")
    for name, measure in ("messages", messages), ("connections", connections):
        for workers in map(int, options.workers.split(",")):
            results = {kind: [] for kind in KINDS}
            for _ in range(options.rounds):
                for kind in KINDS:
                    results[kind].append(measure(kind, workers, options))
            median = {kind: {key: statistics.median(r[key] for r in rounds) for key in ("rate", "cpu")}
                      for kind, rounds in results.items()}
            for kind, m in median.items():
                print(f"| {name}, {kind} | {workers} | {m['rate']:,.0f} | {m['rate'] / median['node']['rate']:.2f} "
                      f"| {m['cpu']:.2f} | {m['cpu'] / median['node']['cpu']:.2f} |", flush=True)


main()
