-- SPDX-License-Identifier: Apache-2.0
--
-- Numbers that go on over restarts.

-- What the worker's program sees as cluster.worker.id: counts from 1 in each run of the agent. NULL for workers of
-- before: it was their id.
ALTER TABLE workers ADD COLUMN node_id INTEGER CHECK (node_id >= 1);

-- Up to which numbers a run may have given, though nothing else in this file tells of it. The next run begins behind.
-- A run that ends in good order, with all stored, removes its rows.
CREATE TABLE reserved_numbers (
    name TEXT NOT NULL PRIMARY KEY CHECK (name IN ('worker', 'settings')),
    last INTEGER NOT NULL CHECK (last BETWEEN 1 AND 9007199254740991)
) STRICT, WITHOUT ROWID;

DROP VIEW readable_workers;

CREATE VIEW readable_workers AS
SELECT
    id,
    coalesce(node_id, id) AS node_id,
    pid,
    state,
    exec,
    strftime('%Y-%m-%dT%H:%M:%fZ', forked_ms / 1000.0, 'unixepoch') AS forked,
    strftime('%Y-%m-%dT%H:%M:%fZ', exited_ms / 1000.0, 'unixepoch') AS exited,
    exit_reason,
    exit_code,
    signal,
    uptime_ms / 1000.0 AS uptime_s,
    max_rss_bytes,
    user_ms + system_ms AS cpu_ms,
    exit_principal,
    exit_request_id
FROM workers;
