-- SPDX-License-Identifier: Apache-2.0
--
-- Why each worker ended, for as long as its summary is kept; what is missing from the history; old rows by index.

INSERT INTO event_types (code, name) VALUES (11, 'gap');

-- exited, signaled, disconnected, agentStopped, agentLost, spawnFailed; null while it lives, and for workers that
-- ended before this was recorded.
ALTER TABLE workers ADD COLUMN exit_reason TEXT CHECK (exit_reason <> '');
ALTER TABLE workers ADD COLUMN uptime_ms INTEGER CHECK (uptime_ms >= 0);
ALTER TABLE workers ADD COLUMN max_rss_bytes INTEGER CHECK (max_rss_bytes >= 0);
ALTER TABLE workers ADD COLUMN user_ms INTEGER CHECK (user_ms >= 0);
ALTER TABLE workers ADD COLUMN system_ms INTEGER CHECK (system_ms >= 0);
-- The last 4 KiB, where the agent captures it.
ALTER TABLE workers ADD COLUMN stderr TEXT;
-- The command that ended it, and who gave it.
ALTER TABLE workers ADD COLUMN exit_request_id TEXT CHECK (exit_request_id <> '');
ALTER TABLE workers ADD COLUMN exit_principal TEXT CHECK (exit_principal <> '');

-- Those that an agent left behind are few among all that ever were.
CREATE INDEX workers_unfinished ON workers (id) WHERE dead = 0 OR connected = 1;

-- By which old summaries are found.
CREATE INDEX workers_by_end ON workers (coalesce(exited_ms, disconnected_ms, forked_ms)) WHERE dead = 1;

CREATE VIEW readable_workers AS
SELECT
    id,
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
