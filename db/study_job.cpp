// SPDX-License-Identifier: Apache-2.0
#include "db/study_job.h"

#include <utility>

namespace radfm::db {
namespace {

std::string reasons(const RuleDecision& decision) {
  std::string text;
  for (const RuleTrial& trial : decision.trials) text += (text.empty() ? "" : "; ") + trial.rule + ": " + trial.why;
  return text;
}

}  // namespace

NewJob job_of_study(const StudyIndex& study, const std::vector<Rule>& rules, std::int64_t now_wall_ms, std::string actor) {
  NewJob job;
  job.instances = image_instances(study);
  job.identity = {study.study_instance_uid, image_digest(job.instances), 0};
  job.orthanc_study_id = study.orthanc_id;
  job.actor = std::move(actor);
  const RuleDecision decision = decide(rules, study, now_wall_ms);
  if (decision.rule != nullptr) {
    job.rule_name = decision.rule->name;
    job.action = decision.rule->action;
  }
  job.skip = decision.skip;
  job.skip_detail = reasons(decision);
  return job;
}

Result<NewJob> job_asked_for(const StudyIndex& study, const std::vector<Rule>& rules, std::int64_t now_wall_ms, std::string actor) {
  NewJob job = job_of_study(study, rules, now_wall_ms, std::move(actor));
  if (job.skip == "old") job.skip.clear();
  if (job.skip.empty()) return job;
  return permanent_error("not_due", "no report is made of this study: " + job.skip + (job.skip_detail.empty() ? "" : " (" + job.skip_detail + ")"));
}

}  // namespace radfm::db
