#!/usr/bin/env python3
"""cluster-cli with a fleet: real agents on this machine, on unix sockets and TCP in turn, and what each command takes.

fleet.py CLI AGENT [--hosts 200] [--history 200] [--follow 60] [--slow 9]

Each step checks what came out; the program fails where something is missing, double or out of order.
"""
import argparse
import concurrent.futures
import ctypes
import http.client
import http.server
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).parent


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Agent:
    def __init__(self, program, directory):
        self.program, self.directory, self.port = program, directory, 0
        directory.mkdir()
        self.launch()

    def launch(self):
        """On the port that it had before."""
        command = [self.program, "--data-dir", str(self.directory), "--listen", f"127.0.0.1:{self.port}",
                   "--workers", "0", "--log-level", "error", str(HERE / "idle.js")]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)

    def wait_until_ready(self):
        ready = self.process.stdout.readline()
        self.port = int(re.search(r"api http://127\.0\.0\.1:(\d+)", ready)[1])

    def crash(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def post(self, count):
        """So many lines in the audit, over one connection."""
        connection = Unix(str(self.directory / "agent.sock"))
        for _ in range(count):
            connection.request("POST", "/v1/workers/999999:kill", "{}", {"Content-Type": "application/json"})
            connection.getresponse().read()
        connection.close()


def die_with_parent():
    """PR_SET_PDEATHSIG of prctl(2): no agent stays behind where this program is killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Fleet:
    def __init__(self, cli, agent, hosts, directory):
        self.cli_program, self.directory = cli, directory
        self.agents = [Agent(agent, directory / f"h{i:03}") for i in range(hosts)]
        for agent in self.agents:
            agent.wait_until_ready()
        self.write_inventory()

    def write_inventory(self, more=()):
        lines = ["hosts:"]
        for i, agent in enumerate(self.agents):
            lines.append(f"  {agent.directory.name}:")
            if i % 2:
                lines += [f"    url: http://127.0.0.1:{agent.port}", f"    tokenFile: {agent.directory}/token"]
            else:
                lines += [f"    url: unix:{agent.directory}/agent.sock"]
        lines += [line for name, url in more for line in (f"  {name}:", f"    url: {url}")]
        path = self.directory / "cluster" / "hosts.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n")

    def start(self, *arguments, **options):
        environment = os.environ | {"XDG_CONFIG_HOME": str(self.directory)}
        return subprocess.Popen([self.cli_program, "--all-hosts", *arguments], env=environment, text=True,
                                stderr=subprocess.PIPE, **options)

    def cli(self, *arguments, status=0):
        """Runs it: seconds, standard output, the most memory that was seen, in MB."""
        with tempfile.TemporaryFile("w+") as out:
            begin = time.perf_counter()
            process = self.start(*arguments, stdout=out)
            memory = [0]
            watcher = threading.Thread(target=watch_memory, args=(process.pid, memory))
            watcher.start()
            errors = process.stderr.read()
            code = process.wait()
            seconds = time.perf_counter() - begin
            watcher.join()
            check(code == status, f"{arguments}: exit {code}: {errors[:1000]}")
            out.seek(0)
            return seconds, out.read(), max(memory)

    def states(self):
        _, out, _ = self.cli("workers", "-o", "jsonl", "--timeout", "60s")
        return [[worker["state"] for worker in json.loads(line)["result"]["workers"]] for line in out.splitlines()]


def check(is_good, message):
    if not is_good:
        raise SystemExit(f"fleet: {message}")


def answering(out):
    """How many hosts have told their version."""
    return sum(bool(re.search(r"\s\d+\.\d+\.\d+\s", line)) for line in out.splitlines())


def row(step, seconds, memory, note=""):
    print(f"| {step} | {seconds * 1000:,.0f} | {memory:.0f} | {note} |", flush=True)


def status(fleet):
    runs = [fleet.cli("status") for _ in range(7)]
    for _, out, _ in runs:
        check(len(out.splitlines()) == len(fleet.agents) + 1 and answering(out) == len(fleet.agents), out)
    times = sorted(run[0] for run in runs)
    row("status", statistics.median(times), runs[0][2], f"{times[0] * 1000:,.0f} to {times[-1] * 1000:,.0f} of 7")


def commands(fleet):
    for step, workers in [
        (("fork", "1", "--timeout", "120s"), 1), (("kill", "--all", "--yes", "--wait", "--timeout", "120s"), 0),
        (("fork", "1", "--wait", "online", "--timeout", "300s"), 1),
        (("disconnect", "--all", "--yes", "--wait", "--timeout", "120s"), None),
    ]:
        seconds, _, memory = fleet.cli(*step)
        row(" ".join(step), seconds, memory)
        if workers is not None:
            check(all(len(host) == workers for host in fleet.states()), f"{step}: not {workers} worker at each host")


def history(fleet, count):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda agent: agent.post(count), fleet.agents))
    seconds, out, memory = fleet.cli("events", "-o", "jsonl")
    events = lines(out)
    seqs = by_host(events)
    check(all(list(host) == list(range(1, len(host) + 1)) for host in seqs.values()), "a history is not whole")
    check(len(seqs) == len(fleet.agents), "a host is missing")
    times = [event["time"] for event in events]
    late = sum(a > b for a, b in zip(times, times[1:]))
    row("events -o jsonl", seconds, memory, f"{len(events):,} events, {late} out of order in time")


def by_host(events):
    seqs = {}
    for event in events:
        seqs.setdefault(event["host"], []).append(event["seq"])
    return seqs


def follow(fleet, seconds):
    path = fleet.directory / "followed.jsonl"
    with path.open("w") as out:
        process = fleet.start("events", "--follow", "-o", "jsonl", stdout=out)
    threading.Thread(target=process.stderr.read, daemon=True).start()
    try:
        follow_with(process, path, fleet, seconds)
    finally:
        process.kill()


def follow_with(process, path, fleet, seconds):
    wait_for_watchers(fleet, path)
    memory, crashes, end = [], 0, time.monotonic() + seconds
    while time.monotonic() < end:
        agent = random.choice(fleet.agents)
        agent.crash()
        crashes += 1
        for other in random.sample(fleet.agents, 5):
            if other is not agent:
                other.post(20)
        agent.launch()
        agent.wait_until_ready()
        memory.append(resident(process.pid))
    fleet.cli("kill", "999999", "--timeout", "60s", status=1)
    last = {host: seqs[-1] for host, seqs in by_host(lines(fleet.cli("events", "-o", "jsonl")[1])).items()}
    wait_for_last(path, last)
    memory.append(resident(process.pid))
    process.send_signal(signal.SIGINT)
    check(process.wait(30) == 130, "the follower did not end with 130")
    seqs = by_host(lines(path.read_text()))
    for host, seq in last.items():
        check(seqs[host] == list(range(seqs[host][0], seq + 1)), f"{host}: gap, repeat or disorder")
    total = sum(map(len, seqs.values()))
    quarter = max(1, len(memory) // 4)
    row(f"events --follow, {seconds} s", seconds, max(memory),
        f"{total:,} events, each once and in order; {crashes} agents killed and started again; memory "
        f"{statistics.mean(memory[:quarter]):.1f} MB in the first quarter, {statistics.mean(memory[-quarter:]):.1f} in the last")


def lines(text):
    """The events of whole lines."""
    return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]


def wait_for_watchers(fleet, path):
    """Until each host is followed: what happened before is not shown."""
    for _ in range(240):
        seen = by_host(lines(path.read_text()))
        missing = [agent for agent in fleet.agents if agent.directory.name not in seen]
        if not missing:
            return
        for agent in missing:
            agent.post(1)
        time.sleep(0.5)
    check(False, f"{len(missing)} hosts are not followed")


def wait_for_last(path, last):
    for _ in range(240):
        seqs = {host: numbers[-1] for host, numbers in by_host(lines(path.read_text())).items()}
        missing = [host for host, seq in last.items() if seqs.get(host, 0) < seq]
        if not missing:
            return
        time.sleep(0.5)
    check(False, f"the last events did not come from {missing}")


def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def watch_memory(pid, seen):
    """wait4(2) does not tell it: there a child begins with what its parent had."""
    try:
        while True:
            seen.append(resident(pid))
            time.sleep(0.01)
    except (OSError, TypeError):
        pass  # It has ended.


def faults(fleet, seconds):
    """One host that never answers, one that takes its time."""
    with socket.create_server(("127.0.0.1", 0)) as hole:
        fleet.write_inventory([("hole", f"http://127.0.0.1:{hole.getsockname()[1]}")])
        total, out, memory = fleet.cli("status", "--timeout", "2s", status=2)
        check(answering(out) == len(fleet.agents) and "timed out" in out, "the black hole hid other hosts")
        row("status, one host silent, --timeout 2s", total, memory, "exit 2, all others shown")
    slow = http.server.ThreadingHTTPServer(("127.0.0.1", 0), slow_handler(fleet.agents[0], seconds))
    threading.Thread(target=slow.serve_forever, daemon=True).start()
    fleet.write_inventory([("slow", f"http://127.0.0.1:{slow.server_address[1]}")])
    total, out, memory = fleet.cli("status")
    check(answering(out) == len(fleet.agents) + 1, "the slow host is missing")
    row(f"status, one host takes {seconds} s", total, memory, "exit 0")
    slow.shutdown()
    fleet.write_inventory()


def slow_handler(agent, seconds):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/v1/cluster":
                time.sleep(seconds)
            connection = Unix(str(agent.directory / "agent.sock"))
            connection.request("GET", self.path)
            body = connection.getresponse().read()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    return Handler


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cli")
    parser.add_argument("agent")
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--history", type=int, default=200)
    parser.add_argument("--follow", type=int, default=60)
    parser.add_argument("--slow", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fleet-") as directory:
        fleet = Fleet(os.path.abspath(options.cli), os.path.abspath(options.agent), options.hosts, Path(directory))
        try:
            print(f"| {options.hosts} agents | ms | MB | |")
            print("|---|---|---|---|")
            status(fleet)
            commands(fleet)
            history(fleet, options.history)
            faults(fleet, options.slow)
            follow(fleet, options.follow)
        finally:
            with concurrent.futures.ThreadPoolExecutor(16) as pool:
                list(pool.map(Agent.stop, fleet.agents))


main()
