// SPDX-License-Identifier: Apache-2.0
// One claimed job from claim to its end. Synchronous, on the job thread, which owns all that is referred to here.
//
// Outcomes that the runner itself gives (jobs go to `done`): "delivered"; "withdrawn" (a person took the
// draft back, and each destination that may have it was told); "unchanged" (the model would be shown what the
// last delivered report was made of); "superseded" (the study holds other images now: their own job reports them);
// "skipped: study_gone", "skipped: no_image", "skipped: final_report_present" (somebody else's verified or final report
// is on the study, so no automatic revision), "skipped: no_diagnostic_image"; "withheld: final_report_present" (such a report
// came, or is at a destination: where the draft was not yet, it is not sent).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/configuration.h"
#include "db/queue.h"
#include "worker/delivery.h"
#include "worker/drafting.h"
#include "worker/interrupt.h"
#include "worker/preparation_turns.h"
#include "worker/prior_archives.h"
#include "worker/turn_watch.h"
#include "orthanc-client/orthanc.h"

namespace radfm::worker {

using orthanc::Orthanc;

// Orthanc broke off this often in a row while it worked for one job: then the job waits its turn like after any other
// transient error, since the job's own request may be what kills Orthanc.
inline constexpr int orthanc_away_releases_max = 5;
// How often a draft is built again because another revision of the study was delivered meanwhile.
inline constexpr int revision_moves_max = 3;

enum class JobEnd {
  settled,       // done, dead, or waiting for its next attempt
  interrupted,   // lease lost, or the worker stops
  orthanc_away,  // handed back; wait for Orthanc before the next claim
  model_away     // handed back; wait for the model before the next claim
};

class JobRunner {
 public:
  struct Parts {
    db::Queue& queue;
    Orthanc& orthanc;
    Drafting& drafting;
    FindDestination find_destination;
    const Configuration& configuration;
    const Clock& clock;
    Interrupt& interrupt;
    const std::vector<PriorArchive>& archives;  // asked for priors
    std::filesystem::path work_directory;       // for files without a name
    TurnWatch* turns = nullptr;                 // of this job thread; null: nobody watches
    PreparationTurn* preparation = nullptr;     // of this job thread; null: there is none
    void needs_no_preparation() const {
      if (preparation != nullptr) preparation->give_back();
    }
  };
  explicit JobRunner(Parts parts) : parts_(std::move(parts)) {}

  JobEnd run(const db::Job& job, const db::Lease& lease);

 private:
  JobEnd close(const db::Job& job, const db::Lease& lease, const Result<std::string>& outcome);
  // A write that ends the job's turn is tried until the queue takes it: else the job would wait for its lease to run out.
  template <class Write>
  Status persist(const db::Job& job, const Write& write);

  Parts parts_;
  std::map<db::JobId, int> away_in_a_row_;
};

}  // namespace radfm::worker
