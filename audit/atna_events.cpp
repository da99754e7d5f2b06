// SPDX-License-Identifier: Apache-2.0
#include "audit/atna_events.h"

#include <algorithm>

namespace radfm::audit {
namespace {

constexpr Code application{"110100", "Application Activity"};
constexpr Code log_used{"110101", "Audit Log Used"};
constexpr Code accessed{"110103", "DICOM Instances Accessed"};
constexpr Code procedure{"110111", "Procedure Record"};
constexpr Code query{"110112", "Query"};
constexpr Code alert{"110113", "Security Alert"};

constexpr Code started{"110120", "Application Start"};
constexpr Code stopped{"110121", "Application Stop"};
constexpr Code node_authentication{"110126", "Node Authentication"};
constexpr Code software_configuration{"110131", "Software Configuration"};
constexpr Code restricted_function{"110132", "Use of Restricted Function"};
constexpr Code recording_stopped{"110133", "Audit Recording Stopped"};
constexpr Code recording_started{"110134", "Audit Recording Started"};

using Subject = AtnaEvent::Subject;

constexpr AtnaEvent change_of_job{"", procedure, {}, "U", "0", Subject::study};
constexpr AtnaEvent restricted{"", alert, restricted_function, "E", "0", Subject::alert};

constexpr AtnaEvent events[] = {
    {"worker_started", application, started, "E", "0", Subject::none},
    {"plugin_started", application, started, "E", "0", Subject::none},
    {"worker_heard", application, started, "E", "0", Subject::none},
    {"worker_stopped", application, stopped, "E", "0", Subject::none},
    {"plugin_stopped", application, stopped, "E", "0", Subject::none},
    {"worker_silent", application, stopped, "E", "8", Subject::none},

    {"audit_listed", log_used, {}, "R", "0", Subject::log},
    {"audit_verified", log_used, {}, "R", "0", Subject::log},
    {"audit_exported", log_used, {}, "R", "0", Subject::log},

    {"viewed", accessed, {}, "R", "0", Subject::study, "6"},
    {"listed", query, {}, "E", "0", Subject::query},
    {"claimed", accessed, {}, "R", "0", Subject::study, "6"},
    {"result_stored", accessed, {}, "C", "0", Subject::study, "1"},
    {"withdrawn", accessed, {}, "D", "0", Subject::study, "14"},
    {"rejection_stored", accessed, {}, "C", "0", Subject::study, "1"},

    {"send_begun", begin_transfer, {}, "E", "0", Subject::study},
    {"sent", transferred, {}, "R", "0", Subject::study},
    {"send_failed", transferred, {}, "R", "4", Subject::study},
    {"send_given_up", transferred, {}, "R", "8", Subject::study},

    {"enqueued", procedure, {}, "C", "0", Subject::study},
    {"skipped", procedure, {}, "C", "0", Subject::study},
    {"failed", procedure, {}, "U", "4", Subject::study},
    {"reclaimed", procedure, {}, "U", "4", Subject::study},
    {"dead", procedure, {}, "U", "8", Subject::study},

    {"refused", alert, restricted_function, "E", "4", Subject::alert},
    {"association_refused", alert, node_authentication, "E", "4", Subject::alert},
    {"configuration_changed", alert, software_configuration, "E", "0", Subject::alert},
    {"rules_reloaded", alert, software_configuration, "E", "0", Subject::alert},
    {"rules_refused", alert, software_configuration, "E", "4", Subject::alert},
    {"chain_started", alert, recording_started, "E", "0", Subject::alert},
    {"notes_lost", alert, recording_stopped, "E", "8", Subject::alert},
};

}  // namespace

const AtnaEvent& atna_event(std::string_view kind, bool of_job) {
  const auto* found = std::ranges::find(events, kind, &AtnaEvent::kind);
  if (found != std::ranges::end(events)) return *found;
  return of_job ? change_of_job : restricted;
}

}  // namespace radfm::audit
