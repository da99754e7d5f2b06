-- SPDX-License-Identifier: Apache-2.0
-- The audit trail (db/audit_trail.h): each event carries the hash of itself and of the hash before it. Events from before this
-- migration keep an empty one; the first entry of the chain, written by the program in this transaction, holds the digest of all
-- of them (SQL has no SHA-256, and the rows stay as they were).
ALTER TABLE events ADD COLUMN hash TEXT NOT NULL DEFAULT '';

-- How far the trail was handed on: 'syslog'. A row, so that a killed worker goes on where it was.
CREATE TABLE audit_positions (
  name TEXT PRIMARY KEY,
  entry INTEGER NOT NULL,
  hash TEXT NOT NULL,
  wall_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
