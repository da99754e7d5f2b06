// SPDX-License-Identifier: Apache-2.0
// How a worker is, in one word with reasons. It travels as the note of db::Queue::worker_alive() and as systemd's STATUS, one
// line that people read as it is:
//
//   ready
//   starting: model_loading: the model is being loaded
//   degraded: orthanc_away: Orthanc at 127.0.0.1:8042: connecting failed; disk_nearly_full: less than 1024 MB are free in /var/lib/radfm-node
//
// Codes are stable words that page, radfmctl and metrics may switch on; texts are for people and hold no patient data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace radfm {

enum class WorkerState {
  starting,  // nothing is wrong, and nothing can be done yet
  ready,     // it takes jobs
  degraded,  // something is missing; takes_jobs() says whether it works all the same
  draining,  // it takes no job any more, and ends when those in work are over
};

struct HealthReason {
  std::string code, text;
  bool operator==(const HealthReason&) const = default;
};

struct WorkerHealth {
  WorkerState state = WorkerState::starting;
  std::vector<HealthReason> reasons;
  bool takes_jobs() const;
  bool operator==(const WorkerHealth&) const = default;
};

// Codes. The first four keep a worker from taking jobs (of which it can still send finished ones without a model).
inline constexpr std::string_view health_orthanc_away = "orthanc_away", health_model_loading = "model_loading",
                                  health_model_not_ready = "model_not_ready", health_queue_not_usable = "queue_not_usable",
                                  health_disk_nearly_full = "disk_nearly_full", health_destination_rests = "destination_rests";

std::string_view to_string(WorkerState state);

// One line; what would not survive the way back (line ends, "; " in a text) is replaced by blanks and commas.
std::string health_note(const WorkerHealth& health);
// The way back. A note without a known word (an older worker's "loading model") is `starting` with that text and no code.
WorkerHealth parse_health_note(std::string_view note);

}  // namespace radfm
