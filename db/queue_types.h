// SPDX-License-Identifier: Apache-2.0
// Rows of the queue as values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/job.h"
#include "core/result.h"
#include "core/rule.h"
#include "core/withdrawal.h"

namespace radfm::db {

using JobId = std::int64_t;
// Grows with each event of the job, not with its progress: who saw a job as version N and asks for something then is refused once
// the job has moved on.
using JobVersion = std::int64_t;

// Who asks for a change, and of what they saw.
struct AskedBy {
  AskedBy(std::string who, std::optional<JobVersion> saw = std::nullopt) : actor(std::move(who)), seen(saw) {}  // NOLINT: an actor alone is one
  AskedBy(const char* who) : AskedBy(std::string(who)) {}
  std::string actor;               // "administrator:NAME"
  std::optional<JobVersion> seen;  // nothing: whatever has become of the job
};

// What the plugin (or an administrator) puts in. The queue fixes result UIDs and creation time.
struct NewJob {
  JobIdentity identity;
  std::string orthanc_study_id;
  std::vector<std::string> instances;  // sorted SOP Instance UIDs of the images (what the digest was made of)
  std::string rule_name;               // empty when no rule took it
  RuleAction action;                   // copied, so that a changed rule repeats nothing
  std::string skip;                    // not empty: no report is due; the job is made `done` with outcome "skipped: <skip>"
  std::string skip_detail;             // for people: why each rule did not fit
  std::string actor;                   // "plugin", "administrator:NAME"
};

struct Job {
  JobId id = 0;
  JobIdentity identity;
  std::string orthanc_study_id;
  std::vector<std::string> instances;
  std::string rule_name;
  RuleAction action;
  JobState state = JobState::queued;
  std::string outcome;  // "delivered", "skipped: CODE", "withheld: CODE", "withdrawn", "unchanged", "superseded", "cancelled"; empty while open
  JobStage stage = JobStage::none;
  int progress_done = 0, progress_of = 0;
  Lane lane = Lane::routine;
  std::int64_t created_wall_ms = 0, updated_wall_ms = 0, finished_wall_ms = 0;
  // The order of claims. Lane background: an hour behind routine, so that it never starves. After a failure: the end of its wait.
  std::int64_t due_wall_ms = 0;
  int attempts = 0;         // claims so far
  int poison_count = 0, vanished_count = 0, transient_count = 0;
  ResultUids uids;
  int revision = 0;         // 0 until the outbox is filled
  std::string predecessor_sop_instance_uid, predecessor_series_instance_uid;
  std::string error_code, error_message;  // of the last failed attempt, or why it is dead
  std::string input_digest;
  std::string report_text;  // of the report in the outbox; of a leased job: the text so far
  std::string detail_json;  // what was read, left out, which priors (for the page)
  bool has_montage = false; // montage() has a picture; only job() says so
  std::string held_text;    // what a flag held back from being sent; only job() has it
  std::string held_released_by;  // who had that text sent all the same; only job() has it
  std::optional<Withdrawal> withdrawal;  // it is being withdrawn, or is (outcome "withdrawn"); filled wherever a job that has a report is given
  JobVersion version = 0;
  std::optional<std::int64_t> ahead;  // of a queued job: how many queued ones come before it; only job() and list() say so
  bool overdue = false;     // open for longer than overdue_ms; only job() and list() say so
};

// Proof of holding a job: the number grows at each claim; every write by the holder names it (fencing).
struct Lease {
  JobId job = 0;
  std::int64_t token = 0;
};

// Kinds: enqueued, skipped, reopened, superseded, claimed, result_stored, send_begun, sent, send_failed, send_given_up,
// rejection_stored, done, failed, dead, released, reclaimed, retried, rerun, cancelled, rushed, held_text_released, withdrawn, purged,
// paused, resumed and restored (of job 0), and what note() was given.
struct Event {
  std::int64_t id = 0;
  JobId job = 0;
  std::int64_t wall_ms = 0;
  std::string kind, detail, actor;
};

struct Attempt {
  JobId job = 0;
  std::int64_t token = 0;
  std::string holder;
  std::int64_t started_wall_ms = 0, ended_wall_ms = 0;  // 0 while it runs
  std::string end;          // "done", "released", "failed", "reclaimed", "cancelled"; empty while it runs
  std::string error_class, error_code, error_message;
};

// One finished object, stored before its first send. `role` is "sr" (others later).
struct OutboxObject {
  std::string role, sop_class_uid, sop_instance_uid;
  std::vector<std::uint8_t> dicom;
  std::vector<std::string> destinations = {};  // of fill_outbox(): it goes to those only; empty: to all. Not read back
};

// One object for one destination. "orthanc" is the name of the Orthanc beside us.
struct Delivery {
  std::string role, destination, sop_instance_uid;
  bool send_started = false;  // a send was begun before: ask the destination before sending again
  bool delivered = false;
  int tries = 0;
  std::string error;
  bool predecessor_waits = false;  // an earlier report of the study is still on its way to this destination: it goes first
};

struct QueueStatus {
  bool paused = false;
  std::string paused_by;
  std::int64_t queued = 0, leased = 0, delivering = 0, done = 0, dead = 0, cancelled = 0;
  std::int64_t oldest_open_wall_ms = 0;   // when the oldest of the open jobs was made, or begun anew by a person
  std::int64_t last_delivered_wall_ms = 0;
  std::int64_t worker_seen_wall_ms = 0;   // last heartbeat of a worker, with or without a job
  std::string worker_note;                // "ready", "loading model", "waiting for Orthanc"
  std::string plugin_note;                // last thing that the plugin wants an administrator to know
  std::int64_t typical_report_ms = 0;     // from claim to stored result: median of the last delivered reports; 0: none yet
};

// A number for those who watch the node: a sum since the queue's file was made. Names and labels are the caller's and hold nothing of
// a patient; at most tally_rows_max different ones are kept, further ones are left out.
struct Tally {
  std::string name, label;
  std::int64_t value = 0;
  bool operator==(const Tally&) const = default;
};
// How many of the last delivered reports tell how long one takes, and among how many finished jobs they are looked for.
inline constexpr std::size_t typical_reports = 20, typical_among = 200;
inline constexpr int tally_rows_max = 2'000;
inline constexpr std::size_t tally_text_bytes_max = 128;  // of a name or label; a longer one is left out

inline constexpr std::string_view report_role = "sr";  // of the outbox: the report itself, beside which companions go
inline constexpr std::string_view rejection_role = "rejection";  // the note that withdraws the report
inline constexpr std::string_view withdrawn_outcome = "withdrawn";
inline constexpr std::string_view withheld_prefix = "withheld: ";
inline constexpr int list_limit_max = 1'000;
inline constexpr std::size_t filter_studies_max = 500;
inline constexpr std::size_t montage_bytes_max = std::size_t{4} << 20;
inline constexpr std::size_t draft_page_bytes_max = std::size_t{1} << 20;
inline constexpr std::size_t held_text_bytes_max = std::size_t{256} << 10;

struct JobFilter {
  std::vector<JobState> states;  // any of them; empty: all
  std::string study_instance_uid;
  std::optional<std::vector<std::string>> studies;  // Study Instance UIDs, any of them (at most filter_studies_max); empty: no job
  std::optional<Lane> lane;
  std::string rule_name, error_code;  // empty: any
  std::string sr_sop_instance_uid;  // the job whose result bears this UID
  std::int64_t before_id = 0;  // 0: from the newest
  int limit = 200;             // at most list_limit_max
};

struct PendingStudy {
  std::string orthanc_study_id;
  std::int64_t due_wall_ms = 0;
  bool sooner = false;  // take_changes: an earlier due time of a known study is kept
  bool operator==(const PendingStudy&) const = default;
};

}  // namespace radfm::db
