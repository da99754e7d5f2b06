-- SPDX-License-Identifier: Apache-2.0
-- A study's later report no longer waits in the queue for a destination that is down: it may be made while an earlier one still
-- has somewhere to go. One job of a study is with the model at a time, as before.
DROP INDEX jobs_one_at_work_per_study;
CREATE UNIQUE INDEX jobs_one_leased_per_study ON jobs (study_instance_uid) WHERE state = 'leased';
-- Answers the claim's "is the study free", and which earlier report of a study still has somewhere to go.
CREATE INDEX jobs_at_work_per_study ON jobs (study_instance_uid) WHERE state IN ('leased', 'delivering');

-- The last report of a study is the next one's predecessor, also one that is still being delivered; no two bear one number.
DROP INDEX jobs_delivered_revisions;
CREATE UNIQUE INDEX jobs_revisions ON jobs (study_instance_uid, revision) WHERE outcome = 'delivered' OR state = 'delivering';
