// SPDX-License-Identifier: Apache-2.0
// From a job's study in Orthanc to what the model is asked: its files, its priors, its images. The same for a job's run and
// for a replay. One thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "worker/job_runner.h"

namespace radfm::worker {

// The study as Orthanc's index has it now, also where a corrected PatientID moved it to another Orthanc identifier.
// Errors: permanent "study_gone"; those of Orthanc.
Result<StudyIndex> index_of(Orthanc& orthanc, const db::Job& job);

struct StudyPreparation {
  draft::PrepareResult result;
  std::vector<std::string> priors_not_fetched;  // one sentence each, without patient data
};
struct PreparationStages {
  std::function<Status(JobStage)> begin;                                // an error ends the preparation
  std::function<void(JobStage, int done, int of)> progress;
};
Result<StudyPreparation> prepare_study(const JobRunner::Parts& parts, const RuleAction& action, const StudyIndex& index,
                                       const model::ModelFacts& facts, const PreparationStages& stages);

}  // namespace radfm::worker
