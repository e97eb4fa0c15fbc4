#!/usr/bin/env python3
"""How long a look at the local agent takes, start to exit: cluster-cli, supervisorctl and circusctl in one run.

cli.py CLI AGENT [--peers DIR] [--runs 100] [--workers 4]

DIR holds the programs of `pip install supervisor circus` (a virtual environment's bin). Needs hyperfine.
"""
import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent


def free_ports(count):
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def agent(options, directory):
    data = directory / "agent"
    daemon = [options.agent, "--data-dir", str(data), "--listen", "127.0.0.1:0", "--workers", str(options.workers),
              str(HERE / "idle.js")]
    # CLUSTER_HOST keeps the command as short as people type it.
    os.environ["CLUSTER_HOST"] = f"unix:{data}/agent.sock"
    return daemon, {"cluster-cli workers": [options.cli, "workers"],
                    "cluster-cli -o json workers": [options.cli, "-o", "json", "workers"],
                    "cluster-cli status": [options.cli, "status"]}


def supervisor(options, directory):
    config = directory / "supervisor.ini"
    config.write_text(f"""\
[unix_http_server]
file={directory}/supervisor.sock
[supervisord]
logfile={directory}/supervisor.log
pidfile={directory}/supervisor.pid
nodaemon=true
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{directory}/supervisor.sock
[program:idle]
command=sleep infinity
process_name=%(program_name)s_%(process_num)d
numprocs={options.workers}
""")
    return ([f"{options.peers}/supervisord", "-c", str(config)],
            {"supervisorctl status": [f"{options.peers}/supervisorctl", "-c", str(config), "status"]})


def circus(options, directory):
    endpoint, publisher = free_ports(2)
    config = directory / "circus.ini"
    config.write_text(f"""\
[circus]
endpoint = tcp://127.0.0.1:{endpoint}
pubsub_endpoint = tcp://127.0.0.1:{publisher}
[watcher:idle]
cmd = sleep infinity
numprocesses = {options.workers}
""")
    return ([f"{options.peers}/circusd", str(config)],
            {"circusctl status": [f"{options.peers}/circusctl", "--endpoint", f"tcp://127.0.0.1:{endpoint}", "status"]})


def wait_until_works(command):
    for _ in range(200):
        outcome = subprocess.run(command, capture_output=True, text=True)
        if outcome.returncode == 0 and "refused" not in outcome.stdout:
            return
        time.sleep(0.1)
    raise RuntimeError(f"{command}: {outcome.stdout}{outcome.stderr}")


def measure(commands, runs, directory):
    report = directory / "report.json"
    named = [argument for name, command in commands.items() for argument in ("-n", name, " ".join(command))]
    subprocess.run(["hyperfine", "-N", "--warmup", "5", "--runs", str(runs), "--export-json", str(report), *named],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return json.loads(report.read_text())["results"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cli")
    parser.add_argument("agent")
    parser.add_argument("--peers", default=os.path.dirname(shutil.which("supervisord") or "/usr/bin/"))
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--workers", type=int, default=4)
    options = parser.parse_args()
    daemons, commands = [], {}
    with tempfile.TemporaryDirectory() as name:
        try:
            for make in (agent, supervisor, circus):
                command, looks = make(options, Path(name))
                daemons.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
                for look in looks.values():
                    wait_until_works(look)
                commands |= looks
            results = measure(commands, options.runs, Path(name))
        finally:
            for daemon in daemons:
                daemon.send_signal(signal.SIGTERM)
            for daemon in daemons:
                daemon.wait(30)
    print(f"| {options.workers} workers, {options.runs} runs | median ms | min | max | CPU ms | ratio |")
    print("|---|---|---|---|---|---|")
    for result in results:
        print(f"| {result['command']} | {result['median'] * 1000:.1f} | {result['min'] * 1000:.1f} "
              f"| {result['max'] * 1000:.1f} | {(result['user'] + result['system']) * 1000:.1f} "
              f"| {result['median'] / results[0]['median']:.1f} |")


main()
