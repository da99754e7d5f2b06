-- SPDX-License-Identifier: Apache-2.0
-- What a draft says, in parts, for its page: whose it is, notices, sections. It names the patient, as the draft in the outbox
-- does, so it is a table of its own that no list and no job's detail reads. It goes with its job.
CREATE TABLE draft_pages (
  job INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  page_json TEXT NOT NULL CHECK (length(page_json) <= 1048576)  -- draft_page_bytes_max in db/queue_types.h
) STRICT;
