# SPDX-License-Identifier: Apache-2.0
"""client.py PORT TOKEN: what a program with Python's requests does with the API; prints a line and exits with 0."""
import json
import sys

import requests

base = f"http://127.0.0.1:{sys.argv[1]}"
session = requests.Session()
session.headers["Authorization"] = f"Bearer {sys.argv[2]}"

assert session.get(f"{base}/v1/version").json()["apiVersion"] == "v1"
assert requests.get(f"{base}/v1/version").status_code == 401

with session.get(f"{base}/v1/events:watch?type=fork", stream=True, timeout=30) as watch:
    lines = watch.iter_lines(chunk_size=1, decode_unicode=True)
    assert next(lines) == ":"
    forked = session.post(
        f"{base}/v1/workers:fork", json={"count": 2, "wait": "listening"}, headers={"Idempotency-Key": "python"})
    assert forked.status_code == 201, forked.text
    event = next(json.loads(line[len("data: "):]) for line in lines if line.startswith("data: "))
    assert event["type"] == "fork" and event["requestId"] == forked.headers["X-Request-Id"]

again = session.post(
    f"{base}/v1/workers:fork", json={"count": 2, "wait": "listening"}, headers={"Idempotency-Key": "python"})
assert again.json() == forked.json() and again.headers["Idempotent-Replayed"] == "true"

seen, token = [], None
while True:
    page = session.get(f"{base}/v1/workers", params={"pageSize": 1, "pageToken": token}).json()
    seen += [worker["id"] for worker in page["workers"]]
    token = page.get("nextPageToken")
    if not token:
        break
assert seen == [worker["id"] for worker in forked.json()["workers"]], seen

refused = session.post(f"{base}/v1/workers/{seen[0]}:kill", json={"signal": "SIGNONE"})
assert refused.status_code == 400 and refused.json()["error"]["status"] == "INVALID_ARGUMENT"
session.post(f"{base}/v1/cluster:disconnect", json={"wait": True}).raise_for_status()
print("ok")
