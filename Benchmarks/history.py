#!/usr/bin/env python3
"""How fast the history is: stored events a second, from fork to publication, pages, watchers, bytes an event.

history.py AGENT [--only rate,latency,watchers,pages] [--events 10000000] [--seconds 10] [--rate 20000]

Each part says what it found; --events is the size of the history from which pages are read.
"""
import argparse
import asyncio
import http.client
import json
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from process import HERE, cpu_seconds, memory_mib


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)

    def call(self, method, path, body=None):
        self.request(method, path, json.dumps(body) if body is not None else None,
                     {"Content-Type": "application/json"} if body is not None else {})
        reply = self.getresponse()
        text = reply.read()
        if reply.status >= 300:
            raise RuntimeError(f"{method} {path}: {reply.status} {text.decode()}")
        return json.loads(text)


@contextmanager
def agent(program, directory, *arguments, environment={}):
    process = subprocess.Popen(
        [program, "--data-dir", directory, "--listen", "127.0.0.1:0", *arguments],
        env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        process.stdout.readline()
        yield process, UnixConnection(directory + "/agent.sock")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def last_seq(api):
    events = api.call("GET", "/v1/events?order=desc&pageSize=1")["events"]
    return events[0]["seq"] if events else 0


def file_size(directory):
    return os.path.getsize(directory + "/history.sqlite")


def rate(options):
    """Two workers talk; every message is stored."""
    with tempfile.TemporaryDirectory() as directory:
        talk = {"BENCH_RATE": str(options.rate // 2)}
        with agent(options.agent, directory, "--workers", "2", "--history-messages", str(HERE / "talker.js"),
                   environment=talk) as (process, api):
            time.sleep(3)
            begun, first, cpu = time.monotonic(), last_seq(api), cpu_seconds(process.pid)
            time.sleep(options.seconds)
            took, count = time.monotonic() - begun, last_seq(api) - first
            cpu = cpu_seconds(process.pid) - cpu
            gaps = api.call("GET", "/v1/events?type=gap")["events"]
            print(f"stored: {count / took:,.0f} events/s of {options.rate:,} sent, {cpu / count * 1e6:.1f} µs CPU each, "
                  f"{sum(gap['data']['lost'] for gap in gaps)} lost, {memory_mib(process.pid)[0]:.0f} MB", flush=True)


def latency(options):
    """At idle: from the request to the `fork` event at a watcher."""
    with tempfile.TemporaryDirectory() as directory:
        with agent(options.agent, directory, "--workers", "0", "/bin/true") as (_, api):
            watcher = socket.socket(socket.AF_UNIX)
            watcher.connect(directory + "/agent.sock")
            watcher.sendall(b"GET /v1/events:watch?type=fork HTTP/1.1\r\nHost: localhost\r\n\r\n")
            watcher.recv(65536)
            times = []
            for _ in range(200):
                time.sleep(0.02)
                begun = time.monotonic()
                api.request("POST", "/v1/workers:fork")
                seen = b""
                while b"event: fork" not in seen:
                    seen += watcher.recv(65536)
                times.append((time.monotonic() - begun) * 1000)
                api.getresponse().read()
            print(f"fork to published: {statistics.median(times):.1f} ms, p99 {sorted(times)[197]:.1f} ms", flush=True)


async def watch(path, counts, index, until):
    reader, writer = await asyncio.open_unix_connection(path, limit=1 << 20)
    writer.write(b"GET /v1/events:watch?messages=true HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\n\r\n")
    try:
        while time.monotonic() < until:
            data = await asyncio.wait_for(reader.read(1 << 20), 30)
            if not data:
                counts[index] = None
                return
            counts[index] += data.count(b'"type":"message"')
    finally:
        writer.close()


async def watch_all(path, number, seconds):
    counts = [0] * number
    await asyncio.gather(*(watch(path, counts, index, time.monotonic() + seconds) for index in range(number)))
    return counts


def watchers(options):
    """500 watchers, 1,000 events a second, one watcher that never reads."""
    with tempfile.TemporaryDirectory() as directory:
        with agent(options.agent, directory, "--workers", "1", "--history-messages", str(HERE / "talker.js"),
                   environment={"BENCH_RATE": "1000"}) as (process, api):
            idle = socket.socket(socket.AF_UNIX)
            idle.connect(directory + "/agent.sock")
            idle.sendall(b"GET /v1/events:watch?messages=true HTTP/1.1\r\nHost: localhost\r\n\r\n")
            begun, first, cpu = time.monotonic(), last_seq(api), cpu_seconds(process.pid)
            counts = asyncio.run(watch_all(directory + "/agent.sock", 500, options.seconds))
            took, count = time.monotonic() - begun, last_seq(api) - first
            cpu = cpu_seconds(process.pid) - cpu
            ended = sum(count is None for count in counts)
            alive = [count for count in counts if count is not None]
            version = time.monotonic()
            api.call("GET", "/v1/version")
            print(f"watchers: 500 at {count / took:,.0f} events/s; each saw {min(alive, default=0):,} to "
                  f"{max(alive, default=0):,} of {count:,}; {ended} were closed; {cpu / took:.2f} cores, "
                  f"{memory_mib(process.pid)[0]:.0f} MB; a call took {(time.monotonic() - version) * 1000:.0f} ms", flush=True)


def life(worker, now):
    """The six events of a worker's life, as the agent writes them, with the command that forked it."""
    request = f"{worker:08x}-0000-4000-8000-000000000000" if worker % 10 == 0 else None
    fork = json.dumps({"args": ["--port", "8000"], "exec": "/srv/app/server.js", "settingsRevision": 1})
    setup = json.dumps({"settings": {
        "args": ["--port", "8000"], "cwd": None, "exec": "/srv/app/server.js", "execArgv": [], "execPath": None,
        "gid": None, "inspectPort": None, "schedulingPolicy": "rr", "serialization": "json", "silent": False,
        "stdio": None, "uid": None, "windowsHide": False, "revision": 1, "etag": "1"}}, separators=(",", ":"))
    listening = '{"address":"0.0.0.0","addressType":4,"port":8000}'
    exit = json.dumps({"code": 0, "exitedAfterDisconnect": True, "maxRssBytes": 45_000_000, "reason": "disconnected",
                       "signal": None, "systemMs": 12, "uptimeMs": 3_600_000, "userMs": 30}, separators=(",", ":"))
    command = json.dumps({"durationMs": 4, "method": "POST", "path": "/v1/workers:fork", "principal": "uid:0",
                          "status": 201, "workerIds": [worker]}, separators=(",", ":"))
    pid = worker % 30_000 + 1000
    if request:
        yield now, 10, worker, None, request, command
    yield now, 1, None, None, request, setup
    yield now, 2, worker, pid, request, fork.replace(" ", "")
    yield now + 40, 3, worker, pid, request, "{}"
    yield now + 50, 4, worker, pid, request, listening
    yield now + 900, 6, worker, pid, None, '{"exitedAfterDisconnect":true}'
    yield now + 910, 7, worker, pid, None, exit


def fill(directory, number):
    database = sqlite3.connect(directory + "/history.sqlite")
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -400000")
    # What making the file has left is younger than what follows.
    database.execute("DELETE FROM events")
    database.execute("DELETE FROM time_spans")
    now = int(time.time() * 1000) - number * 20
    def rows():
        for worker in range(1, number):
            yield from life(worker, now + worker * 100)
    count, batch = 0, []
    for row in rows():
        batch.append(row)
        count += 1
        if len(batch) == 100_000 or count == number:
            database.executemany(
                "INSERT INTO events (time_ms, type, worker_id, pid, request_id, data) VALUES (?, ?, ?, ?, ?, ?)", batch)
            database.commit()
            batch = []
        if count == number:
            break
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return now


def pages(options):
    """A page of 100 by each filter and order, from a large history."""
    with tempfile.TemporaryDirectory() as directory:
        with agent(options.agent, directory):
            pass
        empty = file_size(directory)
        oldest = fill(directory, options.events)
        print(f"on disk: {(file_size(directory) - empty) / options.events:.0f} bytes an event "
              f"({options.events:,} events, {file_size(directory) / 2**20:,.0f} MB)", flush=True)
        with agent(options.agent, directory, "--history-max-age", "none") as (_, api):
            middle = options.events // 2
            worker = middle // 6 // 10 * 10
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime((oldest + middle / 6.1 * 100) / 1000))
            filters = {
                "all": "", "type=exit": "type=exit", "type=command": "type=command", "type=agentStart": "type=agentStart",
                "type=exit,fork,online": "type=exit,fork,online", "workerId": f"workerId={worker}",
                "workerId,type": f"workerId={worker}&type=exit",
                "requestId": f"requestId={worker:08x}-0000-4000-8000-000000000000",
                "since": f"since={moment}", "until": f"until={moment}", "since,type": f"since={moment}&type=exit",
                "until,type": f"until={moment}&type=exit", "afterSeq": f"afterSeq={middle}",
                "afterSeq,type": f"afterSeq={middle}&type=exit,disconnect",
            }
            print("| filter | order | events | median ms | worst ms |\n|---|---|---|---|---|")
            for name, query in filters.items():
                for order in ("asc", "desc"):
                    times = []
                    for _ in range(30):
                        begun = time.monotonic()
                        found = api.call("GET", f"/v1/events?{query}&order={order}&pageSize=100")["events"]
                        times.append((time.monotonic() - begun) * 1000)
                    print(f"| {name} | {order} | {len(found)} | {statistics.median(times):.1f} | {max(times):.1f} |",
                          flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("agent")
    parser.add_argument("--only", default="rate,latency,watchers,pages")
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rate", type=int, default=20_000)
    options = parser.parse_args()
    for part in options.only.split(","):
        {"rate": rate, "latency": latency, "watchers": watchers, "pages": pages}[part](options)


if __name__ == "__main__":
    main()
