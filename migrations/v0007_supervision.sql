-- SPDX-License-Identifier: Apache-2.0
--
-- What the supervisor did or saw, and the instance that a worker was forked for; null if nobody keeps it running.

INSERT INTO event_types (code, name) VALUES
    (13, 'scale'), (14, 'restart'), (15, 'ready'), (16, 'unresponsive'), (17, 'responsive'), (18, 'limit'),
    (19, 'gaveUp'), (20, 'operation'), (21, 'resolved');

ALTER TABLE workers ADD COLUMN instance INTEGER CHECK (instance >= 0);
