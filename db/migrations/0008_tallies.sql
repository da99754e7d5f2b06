-- SPDX-License-Identifier: Apache-2.0
-- Numbers for those who watch the node (db/queue_types.h, Tally): sums since this file was made.
CREATE TABLE tallies (
  name TEXT NOT NULL,
  label TEXT NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (name, label)
) STRICT, WITHOUT ROWID;
