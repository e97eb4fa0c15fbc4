#!/usr/bin/env python3
"""What workers print: lines stored per second and CPU per line, next to a Node primary that pipes its workers into files; the
latency of hand-overs while output comes in; memory over many bytes.

logs.py AGENT [--seconds 10] [--rounds 3] [--gigabytes 10]
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
from pathlib import Path

from process import HERE, cpu_seconds, free_port, memory_mib, milliseconds, wait_until_open

LINE = 100


@contextmanager
def running(command, **variables):
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as directory:
        environment = os.environ | {"BENCH_LINE": str(LINE), "BENCH_LOGS": directory, "BENCH_WORKERS": "2"} | {
            name: str(value) for name, value in variables.items()}
        primary = subprocess.Popen(
            [word.replace("DIR", directory) for word in command], env=environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        try:
            yield primary.pid, Path(directory)
        finally:
            primary.send_signal(signal.SIGTERM)
            primary.wait(60)


def agent_command(agent, app, *more):
    return [agent, "--data-dir", "DIR", "--listen", "127.0.0.1:0", "--workers", "2", "--worker-ready", "online", *more, app]


def metrics(directory):
    """The agent's counters, over its unix socket."""
    text = subprocess.run(
        ["curl", "-s", "--unix-socket", f"{directory}/agent.sock", "http://localhost/metrics"], capture_output=True,
        text=True, check=True).stdout
    return {name: float(value) for name, value in re.findall(r"^(\w+) ([\d.e+]+)$", text, re.M)}


def stored_by_agent(directory):
    return metrics(directory).get("cluster_log_lines_total", 0)


def stored_by_node(directory):
    return sum(file.stat().st_size for file in directory.glob("*.out")) / LINE


def wait_until_printing(stored, directory, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if stored(directory) > 0:
                return
        except subprocess.CalledProcessError:
            # Nobody listens there yet.
            pass
        time.sleep(0.1)
    raise RuntimeError("nothing is printed")


def rate(command, stored, seconds):
    """Lines stored per second, and the primary's CPU per line in microseconds."""
    with running(command) as (pid, directory):
        wait_until_printing(stored, directory)
        time.sleep(2)
        lines, cpu, start = stored(directory), cpu_seconds(pid), time.monotonic()
        time.sleep(seconds)
        lines = stored(directory) - lines
        elapsed, cpu = time.monotonic() - start, cpu_seconds(pid) - cpu
        lost = metrics(directory)["cluster_log_lost_lines_total"] if stored is stored_by_agent else 0
    return {"lines": lines / elapsed, "cpu": cpu / lines * 1e6, "lost": lost}


def hand_overs(agent, megabytes):
    """p50 and p99 of requests on new connections, in ms, while another agent's workers print so much a second."""
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        app = Path(directory) / "app.js"
        app.write_text(
            f"process.argv[1] = '{HERE}/printer.js'; require('{HERE}/hello.js');"
            + (f"require('{HERE}/printer.js');" if megabytes else ""))
        with running(
            agent_command(agent, str(app), "--worker-logs-forward", "none"), BENCH_PORT=port, BENCH_COUNTS="/dev/null",
            BENCH_RATE=megabytes * 500_000 or 1):
            wait_until_open(port)
            time.sleep(2)
            wrk = subprocess.run(
                ["wrk", "-t1", "-c8", "-d8s", "--latency", "-H", "Connection: close", f"http://127.0.0.1:{port}/"],
                capture_output=True, text=True, check=True).stdout
    found = {name: milliseconds(re.search(rf"^\s+{name}%\s+(\S+)", wrk, re.M)[1]) for name in ("50", "99")}
    return found | {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", wrk)[1])}


def memory(agent, gigabytes):
    with running(agent_command(agent, str(HERE / "printer.js"), "--worker-logs-forward", "none")) as (pid, directory):
        wait_until_printing(stored_by_agent, directory)
        goal = 0
        while goal < gigabytes:
            goal = min(gigabytes, goal + max(1, gigabytes / 5))
            while stored_by_agent(directory) * LINE < goal * 1e9:
                time.sleep(1)
            resident, private = memory_mib(pid)
            files = sum(file.stat().st_size for file in (directory / "logs").iterdir()) / 1e6
            lost = metrics(directory)["cluster_log_lost_lines_total"]
            print(f"| {goal:.0f} | {resident:.1f} | {private:.1f} | {files:.0f} | {lost:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("agent")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gigabytes", type=float, default=10)
    options = parser.parse_args()
    app = str(HERE / "printer.js")
    variants = {
        "Node's primary, piped into files": (["node", str(HERE / "print-primary.js")], stored_by_node),
        "agent, stored only": (agent_command(options.agent, app, "--worker-logs-forward", "none"), stored_by_agent),
        "agent, stored and forwarded": (agent_command(options.agent, app), stored_by_agent),
    }
    results = {name: [] for name in variants}
    for _ in range(options.rounds):
        for name, (command, stored) in variants.items():
            results[name].append(rate(command, stored, options.seconds))
    print("| primary | lines stored/s | CPU per line, µs | lines lost |\n|---|---|---|---|")
    for name, rounds in results.items():
        lines, cpu = (statistics.median(r[key] for r in rounds) for key in ("lines", "cpu"))
        print(f"| {name} | {lines:,.0f} | {cpu:.2f} | {sum(r['lost'] for r in rounds):,.0f} |", flush=True)
    print("\n| output, MB/s | connections/s | p50, ms | p99, ms |\n|---|---|---|---|")
    for megabytes in (0, 50):
        found = hand_overs(options.agent, megabytes)
        print(f"| {megabytes} | {found['rate']:,.0f} | {found['50']:.2f} | {found['99']:.2f} |", flush=True)
    if options.gigabytes:
        print("\n| GB printed | resident MiB | private MiB | files, MB | lines lost |\n|---|---|---|---|---|")
        memory(options.agent, options.gigabytes)


main()
