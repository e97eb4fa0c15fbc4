# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server of a test's own: Debian's, in a temporary directory, reached by a unix socket alone."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading

from agent import PATIENCE

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def tool(name):
    """Debian keeps each release's programs in a folder of their own. Nil if there is none."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return found[-1] if found else None


def as_server(*command):
    """It refuses to run as root."""
    if os.geteuid() != 0:
        return command
    return ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command)


class Postgres:
    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="cluster-postgres-")
        self.process = None
        try:
            if os.geteuid() == 0:
                shutil.chown(self.directory, "postgres")
            os.chmod(self.directory, 0o755)
            subprocess.run(
                as_server(tool("initdb"), "-D", f"{self.directory}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                          "--locale=C.UTF-8", "--no-sync"),
                check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT, timeout=PATIENCE)
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self):
        """Returns when it takes connections."""
        settings = ["listen_addresses=", "fsync=off", f"unix_socket_directories={self.directory}"]
        self.process = subprocess.Popen(
            as_server(tool("postgres"), "-D", f"{self.directory}/data", *[word for each in settings for word in ("-c", each)]),
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
        watchdog = threading.Timer(PATIENCE, self.process.kill)
        watchdog.start()
        log = []
        for line in self.process.stderr:
            log.append(line)
            if "ready to accept" in line:
                break
        watchdog.cancel()
        if "ready to accept" not in log[-1]:
            raise AssertionError("PostgreSQL did not start:\n" + "".join(log[-20:]))
        # A pipe that nobody reads would stop it.
        self.reader = threading.Thread(target=self.process.stderr.read, daemon=True)
        self.reader.start()

    def stop(self):
        """Ends it and all its connections, as a crash of its machine would."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(PATIENCE)
        self.reader.join()
        self.process.stderr.close()
        self.process = None

    @property
    def url(self):
        return f"postgresql:///postgres?host={self.directory}&user=postgres"

    def sql(self, text):
        """Rows in lines, columns with `|` between them."""
        outcome = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url, "-c", text],
            capture_output=True, text=True, check=False, env=ENVIRONMENT, timeout=PATIENCE)
        assert outcome.returncode == 0, outcome.stderr
        return outcome.stdout.strip()

    def member(self, name, **settings):
        """The environment of an agent of this fleet."""
        return {"CLUSTER_AGENT_FLEET_URL": self.url, "CLUSTER_AGENT_FLEET_NAME": name,
                **{f"CLUSTER_AGENT_FLEET_{key.upper()}": value for key, value in settings.items()}}
