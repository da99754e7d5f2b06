-- SPDX-License-Identifier: Apache-2.0
-- Drafts that people took back: who, when, why. The job is then `delivering` until the note that says so has arrived where the
-- draft was sent, and done, "withdrawn", after that. It goes with its job.
CREATE TABLE withdrawals (
  job INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  reason TEXT NOT NULL CHECK (reason IN ('quality', 'patient_safety')),
  why TEXT NOT NULL CHECK (length(CAST(why AS BLOB)) BETWEEN 1 AND 1024),  -- withdrawal_why_bytes_max in core/withdrawal.h
  actor TEXT NOT NULL,
  wall_ms INTEGER NOT NULL
) STRICT;
