#!/usr/bin/env python3
"""How fast the API answers, and whether it keeps its memory: cluster-agent with 8 workers that serve meanwhile.

api.py AGENT [--workers 8] [--rounds 3] [--seconds 6] [--requests 1000000]

The load is GET /v1/workers over TCP with a token. Prints the median of the rounds, then the memory over many requests.
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

from process import HERE, memory_mib, milliseconds

CONNECTIONS = 32


class Agent:
    def __init__(self, program, workers):
        self.directory = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [program, "--data-dir", self.directory.name, "--listen", "127.0.0.1:0", "--workers", str(workers),
             str(HERE / "hello.js")],
            env=os.environ | {"BENCH_PORT": "0", "BENCH_COUNTS": f"{self.directory.name}/counts"},
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        ready = self.process.stdout.readline()
        self.url = "http://" + re.search(r"api http://(\S+)", ready)[1]
        self.token = Path(self.directory.name, "token").read_text().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.directory.cleanup()

    def get(self, path):
        return subprocess.run(
            ["curl", "-sf", "-H", f"Authorization: Bearer {self.token}", self.url + path], capture_output=True,
            text=True, check=True).stdout

    def app_port(self, workers):
        for _ in range(200):
            text = self.get("/v1/workers?state=listening")
            ports = re.findall(r'"port":(\d+)', text)
            if len(ports) == workers:
                return ports[0]
            time.sleep(0.05)
        raise RuntimeError("the workers do not listen")

    def load(self, seconds):
        wrk = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-H",
             f"Authorization: Bearer {self.token}", self.url + "/v1/workers"],
            capture_output=True, text=True, check=True).stdout
        assert "Non-2xx" not in wrk, wrk
        return {
            "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", wrk)[1]),
            "p50": milliseconds(re.search(r"^ +50% +(\S+)", wrk, re.M)[1]),
            "p99": milliseconds(re.search(r"^ +99% +(\S+)", wrk, re.M)[1]),
            "count": int(re.search(r"(\d+) requests in", wrk)[1]),
        }


class Traffic:
    """A hundred requests a second to the workers, each on a connection of its own."""

    SCRIPT = """
import http.client, sys, time
served = 0
next_time = time.monotonic()
while True:
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"hello world"
    connection.close()
    next_time += 0.01
    time.sleep(max(0, next_time - time.monotonic()))
"""

    def __init__(self, port):
        self.process = subprocess.Popen(["python3", "-c", self.SCRIPT, port])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        assert self.process.poll() is None, "the workers stopped serving"
        self.process.kill()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("agent")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--requests", type=int, default=1_000_000)
    options = parser.parse_args()
    with Agent(options.agent, options.workers) as agent:
        port = agent.app_port(options.workers)
        print("| GET /v1/workers | workers | requests/s | p50 / p99 ms |")
        print("|---|---|---|---|")
        with Traffic(port):
            rounds = [agent.load(options.seconds) for _ in range(options.rounds)]
        rate, p50, p99 = (statistics.median(r[key] for r in rounds) for key in ("rate", "p50", "p99"))
        print(f"| {CONNECTIONS} connections, workers serve | {options.workers} | {rate:,.0f} | {p50:.1f} / {p99:.1f} |", flush=True)

        done = sum(r["count"] for r in rounds)
        print("\n| requests so far | resident MB |\n|---|---|")
        while True:
            print(f"| {done:,} | {memory_mib(agent.process.pid)[0]:.1f} |", flush=True)
            if done >= options.requests:
                break
            done += agent.load(options.seconds)["count"]


main()
