# SPDX-License-Identifier: Apache-2.0
# A server that knows nothing of clusters: it is started with its socket on descriptor 3.
#
#   cluster-agent --worker-listen tcp://0.0.0.0:8000 --worker-ready notify python3 Examples/serve.py
import http.server
import os
import signal
import socket
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"hello from process {os.getpid()}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False  # the last requests are finished


server = Server(None, Handler, bind_and_activate=False)
server.socket.close()
server.socket = socket.socket(fileno=3)
# Several workers have the socket: one that wakes too late for a connection must not wait for the next.
server.socket.setblocking(False)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())

if "NOTIFY_SOCKET" in os.environ:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as agent:
        agent.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1))

server.serve_forever()
server.server_close()
