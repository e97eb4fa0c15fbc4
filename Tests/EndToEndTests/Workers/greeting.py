# SPDX-License-Identifier: Apache-2.0
"""One greeting, for servers of WSGI and of ASGI."""
import os

GREETING = f"hello from worker {os.environ['NODE_UNIQUE_ID']}\n".encode()


def wsgi(_, start_response):
    start_response("200 OK", [("Content-Length", str(len(GREETING)))])
    return [GREETING]


async def asgi(scope, _, send):
    assert scope["type"] == "http"
    length = str(len(GREETING)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": GREETING})
