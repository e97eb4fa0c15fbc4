-- SPDX-License-Identifier: Apache-2.0
--
-- Commands that came with an Idempotency-Key, for 24 hours: the first answer is given again.

CREATE TABLE idempotent_requests (
    id          INTEGER NOT NULL PRIMARY KEY,
    -- As in the audit. Callers do not see each other's answers, so each has keys of its own.
    principal   TEXT NOT NULL CHECK (principal <> ''),
    key         TEXT NOT NULL CHECK (key <> ''),
    -- SHA-256 of method, path and body.
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    request_id  TEXT NOT NULL CHECK (request_id <> ''),
    begun_ms    INTEGER NOT NULL,
    -- The answer. NULL until there is one: a row that stays so tells of a command during which the agent ended,
    -- which may or may not have been done.
    status      INTEGER CHECK (status BETWEEN 200 AND 599),
    body        BLOB,
    CHECK ((status IS NULL) = (body IS NULL)),
    UNIQUE (principal, key)
) STRICT;

-- What has expired is removed from this end.
CREATE INDEX idempotent_requests_by_age ON idempotent_requests (begun_ms);
