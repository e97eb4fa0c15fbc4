-- SPDX-License-Identifier: Apache-2.0
--
-- Why the agent closed a worker's channel by itself; null if it did not.

ALTER TABLE workers ADD COLUMN disconnect_reason TEXT CHECK (disconnect_reason <> '');
