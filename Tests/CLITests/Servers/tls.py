# SPDX-License-Identifier: Apache-2.0
"""tls.py CERT KEY [CLIENT_CA]: an agent over TLS on a free port of 127.0.0.1, which it prints first."""
import http.server
import ssl
import sys


class Agent(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"workers": [], "nextPageToken": ""}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # Most clients here break the handshake off, and that is what they are for.


server = Server(("127.0.0.1", 0), Agent)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
if len(sys.argv) > 3:
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(sys.argv[3])
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_address[1], flush=True)
server.serve_forever()
