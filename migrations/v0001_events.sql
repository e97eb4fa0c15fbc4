-- SPDX-License-Identifier: Apache-2.0
--
-- What happened to the workers of one data directory. For reading by hand:
--   sqlite3 -readonly history.sqlite 'SELECT * FROM readable_events ORDER BY seq DESC LIMIT 20'
-- Times are milliseconds since 1970 in UTC.

PRAGMA application_id = 0x636C7573;

-- Facts about this file itself.
CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY CHECK (key <> ''),
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- An event names its type by number, because the name would stand twice for each event, in the row and
-- in the index. A table and not a CHECK, because a CHECK can only be changed by writing all events anew.
CREATE TABLE event_types (
    code INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (name <> '')
) STRICT;

INSERT INTO event_types (code, name) VALUES
    (1, 'setup'), (2, 'fork'), (3, 'online'), (4, 'listening'), (5, 'message'),
    (6, 'disconnect'), (7, 'exit'), (8, 'agentStart'), (9, 'agentStop'), (10, 'command');

-- AUTOINCREMENT, so that a seq is never used again even when the newest events have been removed.
-- worker_id is no foreign key: the audit of a call names workers that never were, and a worker's
-- summary may go before or after its events.
CREATE TABLE events (
    seq        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    time_ms    INTEGER NOT NULL,
    type       INTEGER NOT NULL REFERENCES event_types (code),
    worker_id  INTEGER CHECK (worker_id >= 1),
    pid        INTEGER CHECK (pid >= 1),
    request_id TEXT CHECK (request_id <> ''),
    -- A JSON object, whose fields depend on the type.
    data       TEXT NOT NULL DEFAULT '{}' CHECK (json_type(data) = 'object')
) STRICT;

-- Each index ends with the seq (the rowid), so each gives its events in the order of the history, forwards
-- and backwards, without sorting. The partial ones hold only the events that have such a value.
CREATE INDEX events_by_type ON events (type);
CREATE INDEX events_by_worker ON events (worker_id) WHERE worker_id IS NOT NULL;
CREATE INDEX events_by_request ON events (request_id) WHERE request_id IS NOT NULL;

-- The index by time: the times that occur in each 1024 events in a row. An ordinary index on time_ms would cost
-- 15 bytes an event and give the events by time; a page needs them by seq, and the two differ when the clock is
-- set. From the spans a query learns the seqs between which to look, and one row serves 1024 events.
CREATE TABLE time_spans (
    first_seq INTEGER NOT NULL PRIMARY KEY CHECK (first_seq % 1024 = 0),
    oldest_ms INTEGER NOT NULL,
    newest_ms INTEGER NOT NULL CHECK (newest_ms >= oldest_ms)
) STRICT;

CREATE TRIGGER events_extend_time_span AFTER INSERT ON events BEGIN
    INSERT INTO time_spans (first_seq, oldest_ms, newest_ms)
    VALUES (new.seq - new.seq % 1024, new.time_ms, new.time_ms)
    ON CONFLICT (first_seq) DO UPDATE
    SET oldest_ms = min(oldest_ms, excluded.oldest_ms), newest_ms = max(newest_ms, excluded.newest_ms)
    WHERE excluded.oldest_ms < oldest_ms OR excluded.newest_ms > newest_ms;
END;

-- One row a worker: what was known of it right after its last event. AUTOINCREMENT remembers the
-- highest id ever used, so that no id is given twice even when the summaries of old workers are gone.
CREATE TABLE workers (
    id                      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 9007199254740991),
    pid                     INTEGER CHECK (pid >= 1),
    state                   TEXT NOT NULL
                            CHECK (state IN ('none', 'online', 'listening', 'disconnected', 'dead')),
    connected               INTEGER NOT NULL CHECK (connected IN (0, 1)),
    dead                    INTEGER NOT NULL CHECK (dead IN (0, 1)),
    exited_after_disconnect INTEGER CHECK (exited_after_disconnect IN (0, 1)),
    exit_code               INTEGER,
    signal                  TEXT CHECK (signal <> ''),
    exec                    TEXT NOT NULL,
    args                    TEXT NOT NULL CHECK (json_type(args) = 'array'),
    settings_revision       INTEGER NOT NULL,
    listening               TEXT NOT NULL CHECK (json_type(listening) = 'array'),
    forked_ms               INTEGER NOT NULL,
    online_ms               INTEGER,
    listening_ms            INTEGER,
    disconnected_ms         INTEGER,
    exited_ms               INTEGER
) STRICT;

CREATE INDEX workers_by_state ON workers (state);

CREATE VIEW readable_events AS
SELECT
    seq,
    strftime('%Y-%m-%dT%H:%M:%fZ', time_ms / 1000.0, 'unixepoch') AS time,
    event_types.name AS type,
    worker_id,
    pid,
    request_id,
    data
FROM events
JOIN event_types ON event_types.code = events.type;
