-- SPDX-License-Identifier: Apache-2.0
-- What the model was shown, as one PNG for the job's page. A table of its own: it is read when a picture is asked for, never
-- with a job. It goes with its job, and nothing of it is needed to deliver a report.
CREATE TABLE montages (
  job INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  png BLOB NOT NULL CHECK (length(png) <= 4194304)  -- montage_bytes_max in db/queue_types.h
) STRICT;
