#!/usr/bin/env python3
"""The fleet's history in PostgreSQL: how fast it is written, and how long a page takes of many million events.

central.py AGENT [--only load,many,outage,cost,pages] [--fleet-load PATH] [--millions 50] [--directory DIR]

load: ten real agents and 200 of the program FleetLoad (built in release mode) at 10,000 events a second for a minute; each event
must be there once. many: 1,000 agents with an event a second each. outage: as load, with the server stopped for a minute.
cost: the CPU of one agent at 100 events a second, with a fleet and without. pages: makes a database with that many events of
1,000 agents over 50 days, starts a gateway, asks each question by HTTP, and shows what auto_explain says of it; a directory
that is named is kept and used again.
"""
import argparse
import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from history import agent as running_agent, last_seq
from process import HERE, children, cpu_seconds, memory_mib

DAYS = 50
AGENTS = 1000
# Each agent's events, in turn: a worker's life, and what it says meanwhile.
TYPES = ["fork", "online", "listening", "message", "message", "message", "message", "message", "message", "message",
         "message", "message", "message", "message", "command", "ready", "disconnect", "exit", "restart", "resolved"]


class Postgres:
    """A server in a directory, reached by a unix socket alone. It runs as another user if this is root, as it demands."""

    def __init__(self, directory, settings):
        self.tools = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        self.directory = Path(directory)
        self.user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self.user:
            os.chown(self.directory, self.user.pw_uid, self.user.pw_gid)
            self.directory.chmod(0o755)
        self.is_new = not (self.directory / "data").exists()
        if self.is_new:
            self.run([self.tools / "initdb", "-D", self.directory / "data", "-U", "cluster", "-A", "trust", "-E", "UTF8",
                      "--locale=C.UTF-8", "--no-sync"])
        words = [f"unix_socket_directories={self.directory}", "listen_addresses=", *settings]
        self.log = open(self.directory / "log", "w+")
        self.process = subprocess.Popen(
            [self.tools / "postgres", "-D", self.directory / "data", *(x for word in words for x in ("-c", word))],
            stderr=self.log, user=self.user and self.user.pw_uid, group=self.user and self.user.pw_gid,
            extra_groups=[] if self.user else None, cwd="/")
        for _ in range(600):
            if subprocess.run([self.tools / "pg_isready", "-q", "-h", self.directory]).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError("the server did not start: " + (self.directory / "log").read_text()[-2000:])

    @property
    def url(self):
        return f"postgresql:///postgres?host={self.directory}&user=cluster"

    def run(self, words):
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/", user=self.user and self.user.pw_uid,
                       group=self.user and self.user.pw_gid, extra_groups=[] if self.user else None)

    def sql(self, text):
        return subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url], input=text,
                              text=True, check=True, capture_output=True).stdout.strip()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


def fill(server, millions):
    """A partition is filled first and gets its indexes when it is attached, which is quicker than row by row."""
    per_day = millions * 1_000_000 // DAYS
    types = "{" + ",".join(TYPES) + "}"
    server.sql(f"""
        INSERT INTO fleet.agents (id, name, groups, endpoints, hostname, version, started_at, stopped_at)
        SELECT gen_random_uuid(), 'web-' || n, ARRAY['dc-' || n % 10, 'rack-' || n % 100], '{{}}', 'host-' || n, '1.0.0',
            now() - interval '{DAYS} days', now() FROM generate_series(1, {AGENTS}) n""")
    for day in range(DAYS):
        server.sql(f"""
            SET maintenance_work_mem = '1GB';
            BEGIN;
            CREATE TABLE fleet.filling (LIKE fleet.events INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
            INSERT INTO fleet.filling (time, agent, seq, type, worker_id, pid, request_id, data)
            SELECT (current_date - {DAYS - 1 - day})::timestamp AT TIME ZONE 'UTC' + n * interval '1 day' / {per_day},
                1 + n % {AGENTS}, {day * per_day} + n, types.list[1 + n / {AGENTS} % {len(TYPES)}],
                CASE WHEN types.list[1 + n / {AGENTS} % {len(TYPES)}] NOT IN ('command', 'resolved')
                    THEN 1 + n / {AGENTS * len(TYPES)} END,
                10000 + n % 20000,
                CASE WHEN n / {AGENTS} % {len(TYPES)} IN (0, 14, 17) THEN 'request-' || {day} || '-' || n / 100 END,
                ('{{"sequence":' || n || ',"reason":"exited","code":1,"message":"something happened"}}')::json
            FROM generate_series(0, {per_day - 1}) n, (VALUES ('{types}'::text[])) types (list);
            ALTER TABLE fleet.filling RENAME TO tmp_{day};
            DO $$ DECLARE day date := current_date - {DAYS - 1 - day}; name text := 'events_' || to_char(day, 'YYYYMMDD');
            BEGIN
                EXECUTE format('DROP TABLE IF EXISTS fleet.%I', name);
                EXECUTE format('ALTER TABLE fleet.tmp_{day} RENAME TO %I', name);
                EXECUTE format('ALTER TABLE fleet.events ATTACH PARTITION fleet.%I FOR VALUES FROM (%L) TO (%L)', name,
                    day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
            END $$;
            COMMIT;""")
        print(f"  day {day + 1} of {DAYS}", flush=True)
    # Each agent has four workers, and remembers a thousand that are dead.
    server.sql(f"""
        INSERT INTO fleet.workers (agent, id, pid, state, instance, exec, settings_revision, forked_at, exited_at, info)
        SELECT a, n, 10000 + n, CASE WHEN n > 1000 THEN 'listening' ELSE 'dead' END, 1 + n % 4, '/srv/app/server.js', 1,
            now() - interval '1 day', CASE WHEN n <= 1000 THEN now() END,
            ('{{"id":' || n || ',"exec":"' || repeat('x', 800) || '"}}')::json
        FROM generate_series(1, {AGENTS}) a, generate_series(1, 1004) n""")
    server.sql("VACUUM ANALYZE fleet.events; VACUUM ANALYZE fleet.agents; VACUUM ANALYZE fleet.workers; CHECKPOINT")


QUESTIONS = {
    "newest": "order=desc",
    "oldest": "order=asc",
    "one type": "type=exit&order=desc",
    "three types": "type=exit,fork,command&order=desc",
    "one agent": "agent=web-500&order=desc",
    "a group of 100": "group=dc-3&order=desc",
    "a group of 10": "group=rack-42&order=desc",
    "one agent, one type": "agent=web-500&type=exit&order=desc",
    "a group, one type": "group=dc-3&type=exit&order=desc",
    "one worker of one agent": "agent=web-500&workerId=20",
    "one worker of any": "workerId=20&order=desc",
    "one request": "requestId=request-10-5000",
    "an hour, long ago": "since=30d&order=asc",
    "an hour of one agent": "agent=web-7&since=30d&order=asc",
    "a type that never happened": "type=limit&order=desc",
    "a type that one agent never had": "agent=web-7&type=limit&order=desc",
    "a group that has no such type": "group=rack-42&type=limit&order=desc",
}
OTHERS = {"workers that live": "workers", "dead workers too": "workers?all=true", "dead workers of one agent":
          "workers?agent=web-500&state=dead", "all agents": "agents"}


def environment(server, name):
    return {"CLUSTER_AGENT_FLEET_URL": server.url, "CLUSTER_AGENT_FLEET_NAME": name}


def server_cpu(server):
    """Of all its processes, the ended ones too."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    ended = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    return ended + sum(cpu_seconds(pid) for pid in [server.process.pid, *children(server.process.pid)])


def backend_mib(server):
    """What a connection takes of the server's memory, beside what all share."""
    backends = [pid for pid in children(server.process.pid) if b"cluster-agent" in Path(f"/proc/{pid}/cmdline").read_bytes()
                or b"cluster postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return sum(memory_mib(pid)[1] for pid in backends) / max(1, len(backends))


def many(options):
    """Many agents with little to do, as a large fleet has them."""
    load(options, agents=1000, rate=1010, seconds=60)


def load(options, agents=200, rate=10_000, seconds=60, pause=None):
    """Real agents have a worker that sends messages. All agents together have `rate` events a second.

    pause: when the server is stopped, and for how long."""
    real = 10
    share = rate // (agents + real)
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        server = Postgres(directory, [f"max_connections={agents + real + 30}", "shared_buffers=512MB", "max_wal_size=4GB"])
        stack.callback(server.stop)
        # The first agent makes the tables before all come.
        stack.enter_context(gateway(options.agent, server))
        apis = []
        for number in range(real):
            home = stack.enter_context(tempfile.TemporaryDirectory())
            process, api = stack.enter_context(running_agent(
                options.agent, home, "--workers", "1", "--history-messages", str(HERE / "talker.js"),
                environment=environment(server, f"real-{number}") | {"BENCH_RATE": str(share)}))
            apis.append((process, api))
        before = server_cpu(server), [cpu_seconds(process.pid) for process, _ in apis]
        begun = time.monotonic()
        simulated = subprocess.Popen([options.fleet_load, server.url, str(agents), str(share * agents), str(seconds)],
                                     stdout=subprocess.PIPE, text=True)
        worst, resumed, recovered, line, memory = 0, None, None, None, 0
        for text in simulated.stdout:
            line = json.loads(text)
            if pause and resumed is None and line["second"] >= pause[0]:
                pids = [server.process.pid, *children(server.process.pid)]
                for pid in pids:
                    os.kill(pid, signal.SIGSTOP)
                time.sleep(pause[1])
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
                resumed = time.monotonic()
                continue
            if line["second"] > seconds / 2 and not memory:
                memory = backend_mib(server)
            if options.verbose:
                print("  ", text.strip(), flush=True)
            if resumed is None:
                worst = max(worst, line["lagMs"])
            elif recovered is None and line["lagMs"] < 1000 and time.monotonic() - resumed > 1:
                recovered = time.monotonic() - resumed
        simulated.wait()
        took = time.monotonic() - begun
        after = server_cpu(server), [cpu_seconds(process.pid) for process, _ in apis]
        # What the real agents have stored meanwhile is there too, once their workers are silent.
        for _, api in apis:
            api.call("POST", "/v1/cluster:disconnect", {})
        deadline = time.monotonic() + 60
        while True:
            expected = {f"real-{number}": last_seq(api) for number, (_, api) in enumerate(apis)}
            expected |= {f"simulated-{number}": int(share * agents / agents * seconds) for number in range(agents)}
            rows = server.sql("SELECT a.name, count(*), count(DISTINCT e.seq), max(e.seq) FROM fleet.events e "
                              "JOIN fleet.agents a ON a.number = e.agent WHERE a.name <> 'gateway' GROUP BY a.name")
            found = {name: tuple(map(int, counts)) for name, *counts in (row.split("|") for row in rows.splitlines())}
            wrong = {name: (count, found.get(name)) for name, count in expected.items() if found.get(name) != (count,) * 3}
            if not wrong or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        total = sum(expected.values())
        size = int(server.sql("SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('fleet.events') WHERE isleaf"))
        gaps = server.sql("SELECT count(*) FROM fleet.events WHERE type = 'gap'")
        print(f"{total:,} events of {agents} simulated and {real} real agents in {took:.0f} s: "
              f"{'each there once' if not wrong else f'WRONG: {dict(list(wrong.items())[:5])}'}, {gaps} gaps; "
              f"largest lag {worst} ms; CPU an event: server {(after[0] - before[0]) / total * 1e6:.0f} µs, simulated agents "
              f"{line['cpuSeconds'] / line['forwarded'] * 1e6:.0f} µs; a real agent "
              f"{sum(b - a for a, b in zip(before[1], after[1])) / real / took * 100:.1f} % of a core at {share} events/s; "
              f"{size / total:.0f} bytes an event, {memory:.1f} MiB a connection"
              + (f"; after {pause[1]} s without the server, lag below 1 s within {recovered and round(recovered, 1)} s"
                 if pause else ""), flush=True)
        if wrong:
            raise SystemExit(1)


def cost(options, rate=100, seconds=60):
    """One agent, with a worker that sends messages."""
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        server = Postgres(directory, [])
        stack.callback(server.stop)
        shares = {}
        for name, added in (("without", {}), ("with", environment(server, "one"))):
            with tempfile.TemporaryDirectory() as home, running_agent(
                    options.agent, home, "--workers", "1", "--history-messages", str(HERE / "talker.js"),
                    environment=added | {"BENCH_RATE": str(rate)}) as (process, api):
                time.sleep(5)
                first, cpu = last_seq(api), cpu_seconds(process.pid)
                time.sleep(seconds)
                shares[name] = (cpu_seconds(process.pid) - cpu) / seconds * 100
                events = (last_seq(api) - first) / seconds
        print(f"an agent at {events:.0f} events/s: {shares['without']:.2f} % of a core without a fleet, "
              f"{shares['with']:.2f} % with one", flush=True)


@contextlib.contextmanager
def gateway(program, server):
    """An agent without workers. Whoever may use its socket may read the fleet."""
    with tempfile.TemporaryDirectory() as home, running_agent(
            program, home, environment=environment(server, "gateway") | {"CLUSTER_AGENT_FLEET_MAX_AGE": "none"}) as (_, api):
        while not api.call("GET", "/v1/fleet")["connected"]:
            time.sleep(0.05)
        yield api


def plan(log):
    """The nodes that did the work, each once, and the rows that were read in all."""
    found, hidden = {}, 0
    for line in log.splitlines():
        match = re.search(r"(?:->\s+)?((?:Parallel )?(?:Index Only|Index|Seq|Bitmap Heap|Bitmap Index) Scan(?: Backward)?"
                          r"|Sort|Incremental Sort|Merge Append|Append|Nested Loop Left Join|Hash Left Join|Limit)"
                          r"(?: using (\w+))?.*?(\(never executed\)|actual)", line)
        if not match:
            continue
        if match[3] != "actual":
            hidden += 1
            continue
        name = match[1] + (" " + re.sub(r"events_\d+_|_idx\d*|_pkey", " ", match[2]).strip() if match[2] else "")
        found[name] = found.get(name, 0) + 1
    nodes = ", ".join(f"{name}{'' if count == 1 else f' ×{count}'}" for name, count in found.items())
    return f"{nodes}{f'; {hidden} never executed' if hidden else ''}"


def pages(options):
    with contextlib.ExitStack() as stack:
        directory = options.directory or stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        server = Postgres(directory, [
            "session_preload_libraries=auto_explain", "auto_explain.log_min_duration=0", "auto_explain.log_analyze=on",
            "auto_explain.log_timing=off", "shared_buffers=1GB", "max_wal_size=8GB", "fsync=off", "log_checkpoints=off"])
        stack.callback(server.stop)
        if server.is_new:
            server.sql("ALTER ROLE cluster SET auto_explain.log_min_duration = -1")
            migration = (HERE.parent / "migrations/fleet/f0001_fleet.sql").read_text()
            server.sql(f"CREATE SCHEMA fleet; CREATE TABLE fleet.migrations (version integer PRIMARY KEY, "
                       f"applied_at timestamptz NOT NULL DEFAULT now()); {migration}; "
                       f"INSERT INTO fleet.migrations (version) VALUES (1)")
            fill(server, options.millions)
            server.sql("ALTER ROLE cluster RESET auto_explain.log_min_duration")
        if options.fill_only:
            return
        size = server.sql("SELECT pg_size_pretty(sum(pg_total_relation_size(relid))) || ', ' || "
                          "round(sum(pg_total_relation_size(relid)) / nullif(sum(c.reltuples), 0)::numeric) || ' bytes an event' "
                          "FROM pg_partition_tree('fleet.events') JOIN pg_class c ON c.oid = relid WHERE isleaf")
        print(f"{options.millions} million events: {size}\n")
        api = stack.enter_context(gateway(options.agent, server))
        for _ in range(2):
            api.call("GET", "/v1/fleet/events?pageSize=1")
        print("| question | found | median ms | worst ms | plan |\n|---|---|---|---|---|")
        log = open(server.directory / "log")
        paths = {name: f"events?pageSize=100&{query}" for name, query in QUESTIONS.items()} | OTHERS
        for name, path in paths.items():
            log.seek(0, 2)
            times, found = [], 0
            for _ in range(21):
                start = time.monotonic()
                found = len(api.call("GET", f"/v1/fleet/{path}")[path.partition("?")[0]])
                times.append((time.monotonic() - start) * 1000)
            text = log.read()
            last = max(text.rfind(start) for start in ("SELECT coalesce(left(a.name", "SELECT w.agent", "SELECT name, id"))
            print(f"| {name} | {found} | {statistics.median(times):.1f} | {max(times):.1f} | {plan(text[last:])} |", flush=True)


def outage(options):
    load(options, seconds=180, pause=(20, 60))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("agent")
    parser.add_argument("--only", default="load,many,outage,cost,pages")
    parser.add_argument("--fleet-load", help="the program FleetLoad; nil: beside AGENT")
    parser.add_argument("--millions", type=int, default=50)
    parser.add_argument("--directory")
    parser.add_argument("--fill-only", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    options.fleet_load = options.fleet_load or str(Path(options.agent).parent / "FleetLoad")
    parts = {"load": load, "many": many, "outage": outage, "cost": cost, "pages": pages}
    for name in options.only.split(","):
        parts[name](options)


if __name__ == "__main__":
    main()
