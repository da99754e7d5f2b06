// SPDX-License-Identifier: Apache-2.0
// A job: one draft report for one set of images of one study. Its states and their legal transitions stand in one table,
// used by every implementation of the queue and by its tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace radfm {

enum class JobState { queued, leased, delivering, done, dead, cancelled };
// queued -> leased -> delivering -> done; leased, delivering -> queued | dead | cancelled; queued -> cancelled, done;
// leased -> done (no report due: skipped, unchanged); dead, cancelled -> queued by an administrator; done, dead, cancelled ->
// delivering: a person withdraws the draft, and the note that says so is sent after it.
// `delivering`: the result is stored and only sending is left: a retry of it never needs the model.
bool is_legal(JobState from, JobState to);
std::string_view to_string(JobState state);
std::optional<JobState> parse_job_state(std::string_view text);

// What the worker is doing with a leased job; shown to people, no decision hangs on it.
enum class JobStage { none, indexing, fetching, priors, imaging, waiting_for_model, vision, reading_prompt, generating, reporting, delivering };
std::string_view to_string(JobStage stage);

enum class Lane { stat, routine, background };  // stat overtakes; within a lane the earliest due time goes first
std::string_view to_string(Lane lane);
std::optional<Lane> parse_lane(std::string_view text);

// run is 0; an administrator's rerun adds 1.
struct JobIdentity {
  std::string study_instance_uid;
  std::string digest;  // core/study_index.h image_digest
  int run = 0;
  auto operator<=>(const JobIdentity&) const = default;
};

// Fixed when the job is enqueued and never changed: UUIDv5 of the identity and the object's role.
struct ResultUids {
  std::string series_instance_uid;
  std::string sr_sop_instance_uid;
};
ResultUids result_uids(const JobIdentity& identity);
// Any other object of the job (role "device", "pdf", ...).
std::string result_uid(const JobIdentity& identity, std::string_view role);

// Written into the study's metadata in Orthanc after delivery, so that a lost queue file repeats nothing:
// {"jobs":[{"digest":"...","run":0,"revision":1,"sop":"..."}]}
inline constexpr int orthanc_metadata_number = 4317;
struct DeliveredMark {
  std::string digest;
  int run = 0;
  int revision = 0;
  std::string sop_instance_uid;
};
std::string add_delivered_mark(std::string_view existing_json, const DeliveredMark& mark);
std::vector<DeliveredMark> parse_delivered_marks(std::string_view json);  // what cannot be read is left out

}  // namespace radfm
