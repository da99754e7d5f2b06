// SPDX-License-Identifier: Apache-2.0
#include "worker/study_preparation.h"

#include "worker/prior_search.h"

namespace radfm::worker {

Result<StudyIndex> index_of(Orthanc& orthanc, const db::Job& job) {
  Result<StudyIndex> index = orthanc.study_index(job.orthanc_study_id);
  if (index || index.error().code != "study_gone") return index;
  Result<std::optional<std::string>> moved = orthanc.find_study(job.identity.study_instance_uid);
  if (!moved) return moved.error();
  if (!moved->has_value()) return index;
  return orthanc.study_index(**moved);
}

Result<StudyPreparation> prepare_study(const JobRunner::Parts& parts, const RuleAction& action, const StudyIndex& index,
                                       const model::ModelFacts& facts, const PreparationStages& stages) {
  const auto progress_of = [&](JobStage stage) {
    return [&stages, stage](int done, int of) { stages.progress(stage, done, of); };
  };
  const int slices_max = draft::slices_max_of(facts);
  if (Status begun = stages.begin(JobStage::fetching); !begun) return begun.error();
  Result<StudyFetch> files = fetch_study(parts.orthanc, index, /*images=*/true, slices_max, progress_of(JobStage::fetching));
  if (!files) return files.error();
  if (Status begun = stages.begin(JobStage::priors); !begun) return begun.error();
  Result<PriorFetch> priors = fetch_priors(
      {parts.orthanc, parts.archives, parts.configuration.priors, parts.clock, parts.work_directory, parts.interrupt.fd()}, index,
      slices_max, progress_of(JobStage::priors));
  if (!priors) return priors.error();

  if (Status begun = stages.begin(JobStage::imaging); !begun) return begun.error();
  const auto told = [&](const draft::DraftProgress& p) { stages.progress(p.stage, p.done, p.of); };
  Result<draft::PrepareResult> result = parts.drafting.prepare({.files = &files->files,
                                                                .thinned = &files->thinned,
                                                                .priors = &priors->candidates,
                                                                .action = action,
                                                                .configuration = &parts.configuration,
                                                                .model = facts,
                                                                .prior_remarks = priors->not_fetched},
                                                               told, parts.interrupt.fd());
  if (!result) return result.error();
  return StudyPreparation{std::move(result).value(), std::move(priors->not_fetched)};
}

}  // namespace radfm::worker
