# SPDX-License-Identifier: Apache-2.0
"""Serves HTTP on the sockets that it was started with, and knows nothing of clusters.

A GET tells what the program was given; GET /hold sends a line and holds the only thread until the client goes. The
argument says what else it does.
"""
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading

FIRST = 3
# The variables are also those of the processes that this one starts.
COUNT = int(os.environ["LISTEN_FDS"]) if os.environ.get("LISTEN_PID") == str(os.getpid()) else 0
NAMES = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NODE_CHANNEL_FD", "NODE_UNIQUE_ID", "WATCHDOG_USEC"]


def describe(descriptor):
    with socket.socket(fileno=os.dup(descriptor)) as copy:
        return {
            "family": copy.family.name,
            "type": copy.type.name,
            "blocks": os.get_blocking(descriptor),
            "listens": copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1,
        }


def introduction():
    return {
        "pid": os.getpid(),
        "environment": {name: os.environ[name] for name in NAMES if name in os.environ},
        "notifies": "NOTIFY_SOCKET" in os.environ,
        "descriptors": [describe(FIRST + place) for place in range(COUNT)],
    }


def notify(text):
    address = os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(text.encode(), address)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(INTRODUCTION).encode() + b"\n"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
        if self.path == "/hold":
            self.rfile.read()

    def log_message(self, *_):
        pass


class Server(http.server.HTTPServer):
    def __init__(self, descriptor):
        super().__init__(None, Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = socket.socket(fileno=descriptor)
        # The others have it too: one that was woken for a connection that another has taken must not wait for the next.
        self.socket.setblocking(False)


def serve(servers):
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    # A signal wakes this thread alone.
    for thread in threads:
        thread.join()


def echo():
    with socket.socket(fileno=FIRST) as datagrams:
        while True:
            _, sender = datagrams.recvfrom(1024)
            datagrams.sendto(str(os.getpid()).encode(), sender)


INTRODUCTION = introduction()
MODE = sys.argv[1] if len(sys.argv) > 1 else ""

if MODE == "udp":
    echo()
elif MODE == "impostor":
    # Says it in a process of its own.
    if len(sys.argv) > 2:
        notify("READY=1")
    else:
        subprocess.run([sys.executable, __file__, "impostor", "child"], check=True)
        sys.exit(3)
elif MODE == "ready-and-gone":
    notify("STATUS=all done\nREADY=1")
else:
    SERVERS = [Server(FIRST + place) for place in range(COUNT)]
    if MODE == "closes":
        os.closerange(FIRST + COUNT, 64)
    elif MODE == "on-usr1":
        signal.signal(signal.SIGUSR1, lambda *_: notify("READY=1"))
    elif MODE == "graceful":
        # Waits for the request in hand.
        signal.signal(signal.SIGTERM, lambda *_: [server.shutdown() for server in SERVERS])
    serve(SERVERS)
