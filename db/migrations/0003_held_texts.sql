-- SPDX-License-Identifier: Apache-2.0
-- A draft's text that a flag holds back, for a person to read. A table of its own: it is read with one job, never with a list.
-- Only this very text is sent once somebody has released it; another one is held anew.
CREATE TABLE held_texts (
  job INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  text TEXT NOT NULL CHECK (length(text) <= 262144),  -- held_text_bytes_max in db/queue_types.h
  released_by TEXT NOT NULL DEFAULT ''                -- empty: it is held
) STRICT;
