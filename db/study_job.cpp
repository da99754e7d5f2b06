// SPDX-License-Identifier: Apache-2.0
#include "db/study_job.h"

#include <algorithm>
#include <utility>

namespace radfm::db {
namespace {

// The jobs of the same images, the last run first.
Result<std::vector<Job>> runs_of(Queue& queue, const JobIdentity& identity) {
  JobFilter of_study;
  of_study.study_instance_uid = identity.study_instance_uid;
  of_study.limit = list_limit_max;
  auto jobs = queue.list(of_study);
  if (!jobs) return jobs;
  std::erase_if(*jobs, [&](const Job& job) { return job.identity.digest != identity.digest; });
  std::ranges::sort(*jobs, std::ranges::greater(), [](const Job& job) { return job.identity.run; });
  return jobs;
}

// A report that the queue does not know any more was delivered: that is one.
bool has_no_report_by_rule(const Job& job) {
  return job.outcome.starts_with("skipped: ") && job.outcome != "skipped: already_reported";
}

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

Result<AskedJob> add_asked_for(Queue& queue, NewJob job) {
  const auto before = runs_of(queue, job.identity);
  if (!before) return before.error();
  if (!before->empty() && std::ranges::all_of(*before, has_no_report_by_rule)) job.identity.run = before->front().identity.run + 1;
  const auto added = queue.add(job);
  if (!added) return added.error();
  const auto runs = runs_of(queue, job.identity);
  if (!runs) return runs.error();
  return AskedJob{*added, runs->empty() ? std::nullopt : std::optional(runs->front().id)};
}

}  // namespace radfm::db
