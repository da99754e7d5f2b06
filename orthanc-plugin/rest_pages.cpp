// SPDX-License-Identifier: GPL-3.0-or-later
// The pages that RestApi serves to readers of drafts.
#include "core/uid.h"
#include "orthanc-plugin/draft_page.h"
#include "orthanc-plugin/report_page.h"
#include "orthanc-plugin/rest_api.h"

namespace radfm::plugin {
namespace {

RestResponse page(int status, std::string html) {
  return {status, "text/html; charset=utf-8", std::move(html), ""};
}

RestResponse not_now(const Error& error) {
  return page(503, message_page("Not now", error.message));
}

// Once a report was written, any job but one that ended otherwise can have been withdrawn.
bool can_be_withdrawn(const db::Job& job) {
  return job.revision > 0 && (job.state != JobState::done || job.outcome == db::withdrawn_outcome);
}

// All jobs of the study, newest first. list() leaves withdrawals out: what can have one is read as a whole.
Result<std::vector<db::Job>> jobs_of_study(db::Queue& queue, const std::string& study_instance_uid) {
  db::JobFilter of_study;
  of_study.study_instance_uid = study_instance_uid;
  auto jobs = queue.list(of_study);
  if (!jobs) return jobs.error();
  for (db::Job& job : *jobs) {
    if (!can_be_withdrawn(job)) continue;
    auto whole = queue.job(job.id);
    if (!whole) return whole.error();
    if (*whole) job = std::move(**whole);
  }
  return jobs;
}

// A draft that was taken back replaces none.
const db::Job* latest_after(const db::Job& job, const std::vector<db::Job>& of_study) {
  const db::Job* latest = nullptr;
  for (const db::Job& other : of_study) {
    const bool later = other.revision > job.revision && !other.withdrawal;
    if (later && (latest == nullptr || other.revision > latest->revision)) latest = &other;
  }
  return latest;
}

}  // namespace

RestResponse RestApi::report(const std::string& uid_text) const {
  const auto uid = Uid::parse(uid_text);
  if (!uid) return page(400, message_page("No such draft", "The address does not end in a SOP Instance UID."));
  const auto queue = open_queue(Access::read);
  if (!queue) return not_now(queue.error());
  db::JobFilter wanted;
  wanted.sr_sop_instance_uid = uid->str();
  wanted.limit = 1;
  const auto listed = (*queue)->list(wanted);
  if (!listed) return not_now(listed.error());
  const RestResponse missing = page(404, message_page("No such draft", "This node holds no text of a draft with this UID."));
  if (listed->empty()) return missing;
  const auto found = (*queue)->job(listed->front().id);
  if (!found) return not_now(found.error());
  if (!*found || (*found)->revision == 0 || (*found)->report_text.empty()) return missing;  // not while it is written
  const db::Job& job = **found;
  const auto of_study = jobs_of_study(**queue, job.identity.study_instance_uid);
  if (!of_study) return not_now(of_study.error());
  const auto page_json = (*queue)->draft_page(job.id);
  if (!page_json) return not_now(page_json.error());
  return page(200, draft_page(job, latest_after(job, *of_study), *page_json));
}

RestResponse RestApi::study(const std::string& uid_text) const {
  const auto uid = Uid::parse(uid_text);
  if (!uid) return page(400, message_page("No such study", "The address does not end in a Study Instance UID."));
  const auto queue = open_queue(Access::read);
  if (!queue) return not_now(queue.error());
  const auto jobs = jobs_of_study(**queue, uid->str());
  if (!jobs) return not_now(jobs.error());
  return page(200, study_page(uid->str(), *jobs));
}

}  // namespace radfm::plugin
