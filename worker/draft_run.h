// SPDX-License-Identifier: Apache-2.0
// The way of one leased job up to the filled outbox. Used once, on the job thread.
#pragma once

#include <optional>
#include <string>

#include "worker/job_runner.h"
#include "worker/stage_reporter.h"

namespace radfm::worker {

// What the job's report says of the job itself.
draft::ReportFrame report_frame(const db::Job& job, int revision, std::optional<report::Predecessor> predecessor);

class DraftRun {
 public:
  DraftRun(const JobRunner::Parts& parts, const db::Job& job, const db::Lease& lease)
      : parts_(parts), job_(job), lease_(lease), stages_(parts.queue, lease, parts.clock, parts.interrupt, parts.turns) {}

  // An outcome when no report is due; nothing when the outbox is filled and the job is `delivering`.
  using Early = std::optional<std::string>;
  Result<Early> run();

 private:
  // Compares what Orthanc holds now with what the job was made of.
  Result<Early> check_images(const StudyIndex& index);
  Result<Early> prepare(const StudyIndex& index);
  // Of drafts that nobody asked for by hand: not beside somebody else's final report; no revision when nothing changed.
  Result<Early> check_need();
  Status generate();
  model::EngineTurn turn_of_question();
  Status check_held();
  Status fill_outbox();
  Status write_revision(const db::Queue::Revision& revision);
  Status save_montage();
  Status save_page(const std::string& page_json);
  Status save_detail(const model::Generated* generated);
  DraftProgressFunction progress();

  const JobRunner::Parts& parts_;
  const db::Job& job_;
  db::Lease lease_;
  StageReporter stages_;
  model::ModelFacts facts_;
  draft::PrepareResult prepared_;
  std::vector<std::string> priors_not_fetched_;
  model::Generated generated_;
};

}  // namespace radfm::worker
