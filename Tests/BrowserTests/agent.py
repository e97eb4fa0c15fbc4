# SPDX-License-Identifier: Apache-2.0
"""A cluster-agent that runs beside a test."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("CLUSTER_PROGRAMS", ROOT / ".build/debug"))
WORKERS = pathlib.Path(__file__).resolve().parent / "Workers"
# No step of a test takes so long.
PATIENCE = 60


class Agent:
    """Runs in a data directory of its own, and leaves nothing behind."""

    def __init__(self, *arguments, environment=None):
        self.arguments = [str(argument) for argument in arguments]
        self.environment = environment or {}
        self.directory = tempfile.mkdtemp(prefix="cluster-browser-")
        self.port = 0
        self.process = None
        self.readers = []

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self):
        """Starts it, at the same port as before, and returns when it is ready."""
        self.process = subprocess.Popen(
            [PROGRAMS / "cluster-agent", "--listen", f"127.0.0.1:{self.port}", "--data-dir", self.directory,
             "--worker-logs-forward", "none", "--grace", "5s", *self.arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "HOME": self.directory, **self.environment})
        log = []
        self.readers = [threading.Thread(target=lambda: log.extend(self.process.stderr), daemon=True)]
        self.readers[0].start()
        watchdog = threading.Timer(PATIENCE, self.process.kill)
        watchdog.start()
        line = ""
        for line in self.process.stdout:
            if " ready: " in line:
                break
        watchdog.cancel()
        if " ready: " not in line:
            raise AssertionError("the agent did not start:\n" + "".join(log[-20:]))
        self.port = int(line.split("api http://127.0.0.1:")[1].split()[0])
        self.readers.append(threading.Thread(target=self.process.stdout.read, daemon=True))
        self.readers[1].start()

    def stop(self):
        """Ends it and its workers."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for reader in self.readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    @property
    def token(self):
        return (pathlib.Path(self.directory) / "token").read_text().strip()

    @property
    def link(self):
        """What `cluster-cli dashboard` prints."""
        return self.cli("dashboard").strip()

    def cli(self, *arguments):
        return self._run("cluster-cli", *arguments)

    def new_token(self, role, name, *options):
        return self._run("cluster-agent", "token", "create", "--role", role, "--name", name, *options,
                         "--data-dir", self.directory).split()[-1]

    def revoke(self, name):
        self._run("cluster-agent", "token", "revoke", name, "--data-dir", self.directory)

    def _run(self, program, *arguments):
        outcome = subprocess.run(
            [PROGRAMS / program, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False,
            env={"PATH": os.environ["PATH"], "HOME": self.directory, "CLUSTER_DATA_DIR": self.directory})
        assert outcome.returncode == 0, outcome.stderr
        return outcome.stdout

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            self.url + path.lstrip("/"), method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()}") from error

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body=None):
        return self.call("POST", path, body or {})

    def joined(self):
        """Returns when it is registered in its fleet."""
        end = time.monotonic() + PATIENCE
        while not self.get("/v1/fleet")["connected"]:
            assert time.monotonic() < end, "it does not join its fleet"
        return self

    def workers(self):
        return self.get("/v1/workers?pageSize=1000")["workers"]
