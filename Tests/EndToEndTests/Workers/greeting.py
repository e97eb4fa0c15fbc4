# SPDX-License-Identifier: Apache-2.0
"""One greeting, for servers of WSGI and of ASGI: it names the process that the agent has started."""
import os


def greeting(pid):
    return f"hello from process {pid}\n".encode()


def wsgi(_, start_response):
    # gunicorn serves with children of its own.
    body = greeting(os.getppid())
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


async def asgi(scope, _, send):
    assert scope["type"] == "http"
    body = greeting(os.getpid())
    length = str(len(body)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": body})
