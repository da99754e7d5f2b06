// SPDX-License-Identifier: Apache-2.0
// Of one attempt to deliver a job: the destinations to which its draft is not sent, since they have somebody else's final report.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "worker/destination.h"
#include "worker/destination_reports.h"

namespace radfm::worker {

inline constexpr const char* final_report_present = "final_report_present";

// One thread.
class Withholding {
 public:
  // Without a judge nothing is withheld: a person asked for the draft.
  explicit Withholding(std::optional<ReportJudge> judge) : judge_(std::move(judge)) {}
  // Before a send. permanent "final_report_present": nothing of the draft is sent there. Other errors: those of the question. A
  // destination is asked once; the note that withdraws a report is never withheld.
  Status may_send(Destination& destination, const db::Delivery& delivery, const db::OutboxObject& object);
  // Whether there was such a destination.
  bool withheld() const;

 private:
  const std::optional<ReportJudge> judge_;
  std::map<std::string, bool> has_final_report_;  // by the destination's name
};

}  // namespace radfm::worker
