-- SPDX-License-Identifier: Apache-2.0
--
-- The history of all agents of a fleet. For reading by hand, see docs/fleet.md.

-- One row an agent. A row is never deleted, so that events keep their agent's name and an agent that comes back goes on
-- where it was.
CREATE TABLE fleet.agents (
    -- Stands in each event instead of the id, which is four times as long.
    number        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Of the agent's data directory.
    id            uuid NOT NULL UNIQUE,
    name          text NOT NULL CHECK (name <> ''),
    groups        text[] NOT NULL DEFAULT '{}',
    -- How to reach its API.
    endpoints     text[] NOT NULL DEFAULT '{}',
    hostname      text NOT NULL,
    version       text NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT now(),
    -- By the agent's clock.
    started_at    timestamptz NOT NULL CHECK (started_at >= '0001-01-01Z' AND started_at < '10000-01-01Z'),
    -- By the database's clock, so that a wrong clock of an agent does not matter.
    last_seen     timestamptz NOT NULL DEFAULT now() CHECK (last_seen >= '0001-01-01Z' AND last_seen < '10000-01-01Z'),
    -- It ended in good order. NULL while it runs, and if nobody knows.
    stopped_at    timestamptz,
    -- It is no longer listed.
    forgotten_at  timestamptz,
    -- What it last said of its workers.
    desired       integer,
    ready         integer,
    phase         text,
    -- Up to which seq its history has been forwarded. It changes in the transaction that stores the events.
    forwarded_seq bigint NOT NULL DEFAULT 0 CHECK (forwarded_seq >= 0),
    -- The last event that was forwarded. If the agent's history has another time for it, that was restored from an older copy.
    last_seq      bigint,
    last_time     timestamptz,
    -- How many events waited in its history when it was last seen.
    waiting       bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE UNIQUE INDEX agents_by_name ON fleet.agents (name) WHERE forgotten_at IS NULL;

-- Partitioned by day in UTC. Those of a day that has no partition go to the default one: some clocks are wrong.
CREATE TABLE fleet.events (
    -- The event's own time, by the clock of its machine. RFC 3339 has four digits for the year.
    time       timestamptz NOT NULL CHECK (time >= '0001-01-01Z' AND time < '10000-01-01Z'),
    agent      integer NOT NULL,
    -- The place in the history of its agent.
    seq        bigint NOT NULL,
    type       text NOT NULL,
    worker_id  bigint,
    pid        integer,
    request_id text,
    -- Not jsonb: a worker's message may have \u0000 or half of a surrogate pair, which jsonb refuses.
    data       json NOT NULL,
    -- The transaction that stored it. Watchers read in this order, and only what is older than each running transaction,
    -- so that a late commit is not missed.
    xid        xid8 NOT NULL DEFAULT pg_current_xact_id(),
    -- The partition key must be in it (https://www.postgresql.org/docs/current/ddl-partitioning.html).
    PRIMARY KEY (time, agent, seq)
) PARTITION BY RANGE (time);

CREATE INDEX events_by_agent ON fleet.events (agent, time, seq);
CREATE INDEX events_by_type ON fleet.events (type, time, agent, seq);
CREATE INDEX events_by_worker ON fleet.events (worker_id, time, agent, seq) WHERE worker_id IS NOT NULL;
CREATE INDEX events_by_request ON fleet.events (request_id, time, agent, seq) WHERE request_id IS NOT NULL;
CREATE INDEX events_by_write ON fleet.events (xid, agent, seq);

CREATE TABLE fleet.events_other PARTITION OF fleet.events DEFAULT;

-- What an agent last knew of each worker. It outlives the worker's events.
CREATE TABLE fleet.workers (
    agent             integer NOT NULL,
    id                bigint NOT NULL,
    pid               integer,
    state             text NOT NULL,
    instance          integer,
    exec              text NOT NULL,
    settings_revision bigint NOT NULL,
    forked_at         timestamptz NOT NULL,
    exited_at         timestamptz,
    exit_reason       text,
    exit_code         integer,
    signal            text,
    -- All about it, as GET /v1/workers/{id} shows it.
    info              json NOT NULL,
    PRIMARY KEY (agent, id)
);

CREATE INDEX workers_by_state ON fleet.workers (state, agent, id);
CREATE INDEX workers_by_end ON fleet.workers (exited_at) WHERE exited_at IS NOT NULL;

-- Facts about the whole.
CREATE TABLE fleet.facts (
    key   text PRIMARY KEY,
    value text NOT NULL
);

-- Makes the partition of a day. Making it beside the table and attaching it locks less than CREATE TABLE ... PARTITION OF, and
-- nothing that agents wait for.
--
-- Events of that day that are in the default partition move into it if moves is true. Otherwise, or if they are many, there will be
-- no partition: all who read and write wait for a move.
CREATE FUNCTION fleet.make_partition(day date, moves boolean DEFAULT false) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    name text := 'events_' || to_char(day, 'YYYYMMDD');
    first_time timestamptz := day::timestamp AT TIME ZONE 'UTC';
    end_time timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
    present bigint;
BEGIN
    -- Not to_regclass(): within a transaction, it may not notice what another transaction has made meanwhile.
    IF EXISTS (SELECT FROM pg_class WHERE relname = name AND relnamespace = 'fleet'::regnamespace) THEN
        RETURN false;
    END IF;
    SELECT count(*) INTO present FROM (
        SELECT FROM fleet.events_other WHERE time >= first_time AND time < end_time LIMIT 100001) AS these;
    IF present > 100000 OR present > 0 AND NOT moves THEN
        RETURN false;
    END IF;
    IF present > 0 THEN
        -- Who reads meanwhile would see neither the old place nor the new one, and a watch would pass the events.
        LOCK TABLE fleet.events IN ACCESS EXCLUSIVE MODE;
    END IF;
    EXECUTE format('CREATE TABLE fleet.%I (LIKE fleet.events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
    IF present > 0 THEN
        EXECUTE format('INSERT INTO fleet.%I SELECT * FROM fleet.events_other WHERE time >= $1 AND time < $2', name)
            USING first_time, end_time;
        DELETE FROM fleet.events_other WHERE time >= first_time AND time < end_time;
    END IF;
    EXECUTE format('ALTER TABLE fleet.events ATTACH PARTITION fleet.%I FOR VALUES FROM (%L) TO (%L)',
        name, first_time, end_time);
    RETURN true;
END $$;

-- Removes the partitions of the days before one, the older events of the default partition, and the summaries of workers that
-- ended before it. Remembers the day, so that a watcher that was away for so long is told.
CREATE FUNCTION fleet.drop_before(day date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    dropped integer := 0;
    name text;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'fleet.events'::regclass AND c.relname ~ '^events_[0-9]{8}$'
            AND c.relname < 'events_' || to_char(day, 'YYYYMMDD')
        ORDER BY c.relname
        -- Each takes a few locks, and the server has a fixed number of them. The rest goes next time.
        LIMIT 100
    LOOP
        EXECUTE format('DROP TABLE fleet.%I', name);
        dropped := dropped + 1;
    END LOOP;
    DELETE FROM fleet.events_other WHERE time < day::timestamp AT TIME ZONE 'UTC';
    DELETE FROM fleet.workers WHERE exited_at < day::timestamp AT TIME ZONE 'UTC';
    INSERT INTO fleet.facts (key, value) VALUES ('droppedBefore', day::text)
    ON CONFLICT (key) DO UPDATE SET value = greatest(facts.value::date, excluded.value::date)::text;
    RETURN dropped;
END $$;

CREATE VIEW fleet.readable_events AS
SELECT e.time, a.name AS agent, a.groups, e.seq, e.type, e.worker_id, e.pid, e.request_id, e.data
FROM fleet.events e LEFT JOIN fleet.agents a ON a.number = e.agent;

CREATE VIEW fleet.readable_agents AS
SELECT
    name,
    groups,
    CASE
        WHEN stopped_at IS NOT NULL THEN 'stopped'
        WHEN last_seen < now() - interval '30 s' THEN 'lost'
        ELSE 'live'
    END AS state,
    version, hostname, desired, ready, phase, waiting, started_at, last_seen
FROM fleet.agents
WHERE forgotten_at IS NULL;
