# SPDX-License-Identifier: Apache-2.0
"""A key that is sent with two requests is refused, as it should be; so each request gets one of its own."""
import uuid

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    key = (case.headers or {}).get("Idempotency-Key")
    if key and key.isascii() and key.isprintable() and len(key) <= 128 and key == key.strip():
        own = uuid.uuid4().hex
        # A long one keeps its length, which may be what is tried.
        case.headers["Idempotency-Key"] = own + key[len(own):] if len(key) > 90 else key + own
