-- SPDX-License-Identifier: Apache-2.0
--
-- A worker was asked to go. What has ended or closed its channel listens nowhere.

INSERT INTO event_types (code, name) VALUES (12, 'leaving');

UPDATE workers SET listening = '[]' WHERE (dead = 1 OR connected = 0) AND listening <> '[]';
