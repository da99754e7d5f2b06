-- SPDX-License-Identifier: Apache-2.0
-- The queue. Times ending in _wall_ms are UTC milliseconds since 1970; _boot_ms is CLOCK_BOOTTIME of the named boot.
-- Runs inside one transaction; PRAGMA user_version is set to this file's number in the same transaction.

-- One row for each job, kept small: it is rewritten at each heartbeat. Long texts live in the tables below it.
-- AUTOINCREMENT: a job's number is never used again, people quote it.
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  study_instance_uid TEXT NOT NULL,
  digest TEXT NOT NULL,
  run INTEGER NOT NULL CHECK (run >= 0),
  orthanc_study_id TEXT NOT NULL,
  rule_name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'delivering', 'done', 'dead', 'cancelled')),
  outcome TEXT NOT NULL DEFAULT '',
  lane TEXT NOT NULL CHECK (lane IN ('stat', 'routine', 'background')),
  created_wall_ms INTEGER NOT NULL,
  opened_wall_ms INTEGER NOT NULL,            -- created, or last retried by an administrator: overdue counts from here
  updated_wall_ms INTEGER NOT NULL,
  due_wall_ms INTEGER NOT NULL,               -- the order of claims
  waiting INTEGER NOT NULL DEFAULT 0 CHECK (waiting IN (0, 1)),  -- 1: a back-off, not to be claimed before it is due
  finished_wall_ms INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  poison_count INTEGER NOT NULL DEFAULT 0,
  vanished_count INTEGER NOT NULL DEFAULT 0,
  transient_count INTEGER NOT NULL DEFAULT 0,
  series_instance_uid TEXT NOT NULL,
  sr_sop_instance_uid TEXT NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0,
  predecessor_sop_instance_uid TEXT NOT NULL DEFAULT '',
  predecessor_series_instance_uid TEXT NOT NULL DEFAULT '',
  error_code TEXT NOT NULL DEFAULT '',
  error_message TEXT NOT NULL DEFAULT '',
  input_digest TEXT NOT NULL DEFAULT '',
  -- The lease. The token grows at each claim and is never given back; holder is empty when nobody has the job.
  token INTEGER NOT NULL DEFAULT 0,
  holder TEXT NOT NULL DEFAULT '',
  lease_boot_id TEXT NOT NULL DEFAULT '',
  lease_until_boot_ms INTEGER NOT NULL DEFAULT 0,
  CHECK (state <> 'leased' OR holder <> ''),
  CHECK (holder = '' OR state IN ('leased', 'delivering')),
  CHECK (state NOT IN ('delivering') OR revision > 0),
  UNIQUE (study_instance_uid, digest, run),   -- the identity: a second job of it cannot exist, whoever asks at once
  UNIQUE (sr_sop_instance_uid)                -- finds the job of a report's page
) STRICT;

-- A study has one job at work at a time: two would compete for the same revision number. The claim's own
-- "no other job of this study" is answered from here too.
CREATE UNIQUE INDEX jobs_one_at_work_per_study ON jobs (study_instance_uid) WHERE state IN ('leased', 'delivering');

-- The claim: STAT first, then the earliest due time, then the older job; read in order, no sort, however long the
-- queue is. Partial, so that the thousands of finished jobs are not in it.
CREATE INDEX jobs_to_claim ON jobs (lane <> 'stat', due_wall_ms, id) WHERE state = 'queued';
-- The same for jobs that only have to be sent and that nobody holds.
CREATE INDEX jobs_to_deliver ON jobs (lane <> 'stat', due_wall_ms, id) WHERE state = 'delivering' AND holder = '';

-- Reclaim and holders(): the few jobs that somebody holds now.
CREATE INDEX jobs_held ON jobs (holder) WHERE holder <> '';

-- Lists by state, newest first, and the counts of the status line without touching the rows.
CREATE INDEX jobs_by_state ON jobs (state, id);

-- The last report of a study is the next one's predecessor; and no two reports of a study bear one number.
CREATE UNIQUE INDEX jobs_delivered_revisions ON jobs (study_instance_uid, revision) WHERE outcome = 'delivered';
-- "last delivered" of the status line.
CREATE INDEX jobs_delivered_at ON jobs (finished_wall_ms) WHERE outcome = 'delivered';

-- What the job was made from. Up to 20,000 UIDs: read at a claim and when one job is shown, never for a list.
CREATE TABLE job_inputs (
  job INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  instances_json TEXT NOT NULL,
  action_json TEXT NOT NULL
) STRICT;

-- What the worker found and wrote, for the pages.
CREATE TABLE job_results (
  job INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  detail_json TEXT NOT NULL DEFAULT '',
  report_text TEXT NOT NULL DEFAULT ''
) STRICT;

-- What the present attempt is doing; overwritten about once a second while text is generated.
CREATE TABLE progress (
  job INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  stage INTEGER NOT NULL,
  done INTEGER NOT NULL,
  of_total INTEGER NOT NULL,
  text_so_far TEXT NOT NULL
) STRICT;

-- The finished objects, stored before the first send: from here on no retry needs the model.
CREATE TABLE outbox (
  job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  sop_class_uid TEXT NOT NULL,
  sop_instance_uid TEXT NOT NULL UNIQUE,      -- one UID, one content
  dicom BLOB NOT NULL,
  PRIMARY KEY (job, role)
) STRICT;

CREATE TABLE deliveries (
  job INTEGER NOT NULL,
  role TEXT NOT NULL,
  destination TEXT NOT NULL,
  send_started INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (job, role, destination),
  FOREIGN KEY (job, role) REFERENCES outbox (job, role) ON DELETE CASCADE
) STRICT;

-- Each study's way, the audit's source: append-only. job 0 is the queue itself (paused, resumed).
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job INTEGER NOT NULL,
  wall_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL,
  actor TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_job ON events (job, id);  -- the history of one job, in order

-- An attempt is two rows, its start and its end, so that nothing is ever updated. The key makes a second end of one
-- attempt impossible: no job is finished twice.
CREATE TABLE attempts (
  job INTEGER NOT NULL,
  token INTEGER NOT NULL,
  edge TEXT NOT NULL CHECK (edge IN ('start', 'end')),
  wall_ms INTEGER NOT NULL,
  holder TEXT NOT NULL DEFAULT '',
  ended_as TEXT NOT NULL DEFAULT '',
  error_class TEXT NOT NULL DEFAULT '',
  error_code TEXT NOT NULL DEFAULT '',
  error_message TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (job, token, edge)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER attempts_are_not_changed BEFORE UPDATE ON attempts BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END;
CREATE TRIGGER attempts_are_not_removed BEFORE DELETE ON attempts BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END;

-- The plugin's side: how far Orthanc's changes were taken over, and which studies are to be looked at when.
CREATE TABLE change_cursor (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  sequence INTEGER NOT NULL
) STRICT;
CREATE TABLE pending_studies (
  orthanc_study_id TEXT PRIMARY KEY,
  due_wall_ms INTEGER NOT NULL,
  noted_wall_ms INTEGER NOT NULL              -- later than now: the clock was set back, and the due time means nothing
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_studies_by_due ON pending_studies (due_wall_ms);  -- who is due, without reading those who wait

-- A row while the queue is paused.
CREATE TABLE pause (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  actor TEXT NOT NULL,
  wall_ms INTEGER NOT NULL
) STRICT;

-- Signs of life: 'worker' and 'plugin'.
CREATE TABLE vitals (
  name TEXT PRIMARY KEY,
  note TEXT NOT NULL,
  wall_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
