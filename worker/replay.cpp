// SPDX-License-Identifier: Apache-2.0
#include "worker/replay.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/sop_class.h"
#include "pipeline/draft/made_from.h"
#include "worker/draft_run.h"
#include "worker/part10_file.h"
#include "worker/study_preparation.h"

namespace radfm::worker {
namespace {

using Bytes = std::vector<std::uint8_t>;

Result<db::Job> written_job(db::Queue& queue, db::JobId id) {
  Result<std::optional<db::Job>> job = queue.job(id);
  if (!job) return job.error();
  if (!*job) return permanent_error("no_such_job", "there is no job " + std::to_string(id));
  if ((*job)->revision == 0) {
    return permanent_error("nothing_written", "job " + std::to_string(id) + " has no report that could be made again");
  }
  return **job;
}

// From the outbox, else from the Orthanc that it was delivered to.
Result<Bytes> report_of(const JobRunner::Parts& parts, const db::Job& job) {
  Result<std::vector<db::OutboxObject>> objects = parts.queue.outbox(job.id);
  if (!objects) return objects.error();
  const auto sr = std::ranges::find(*objects, job.uids.sr_sop_instance_uid, &db::OutboxObject::sop_instance_uid);
  if (sr != objects->end() && sr->dicom.empty()) {
    return permanent_error("results_purged", "the report of job " + std::to_string(job.id) +
                                                 " and what it was made from were removed after queue.keep_results_days: there is nothing to compare with");
  }
  if (sr != objects->end()) return std::move(sr->dicom);
  Result<std::optional<std::string>> instance = parts.orthanc.find_instance(job.uids.sr_sop_instance_uid);
  if (!instance) return instance.error();
  if (!*instance) {
    return permanent_error("report_gone", "neither the queue nor Orthanc holds the report of job " + std::to_string(job.id) + " any more");
  }
  return parts.orthanc.read_instance(**instance);
}

// What was kept with the job when it was made.
draft::MadeFrom kept_of(const db::Job& job) {
  const nlohmann::json detail = nlohmann::json::parse(job.detail_json, nullptr, false);
  return draft::made_from_json(detail.is_object() ? detail.value("made_from", nlohmann::json()) : nlohmann::json());
}

// The report that this one replaced, if any: named as when this one was written, by the class in which it was delivered.
Result<std::optional<report::Predecessor>> predecessor_of(db::Queue& queue, const db::Job& job) {
  if (job.predecessor_sop_instance_uid.empty()) return std::optional<report::Predecessor>();
  db::JobFilter wanted;
  wanted.sr_sop_instance_uid = job.predecessor_sop_instance_uid;
  wanted.limit = 1;
  const Result<std::vector<db::Job>> replaced = queue.list(wanted);
  if (!replaced) return replaced.error();
  if (replaced->empty()) return std::optional<report::Predecessor>();
  const Result<std::vector<db::OutboxObject>> objects = queue.outbox(replaced->front().id);
  if (!objects) return objects.error();
  const auto sr = std::ranges::find(*objects, job.predecessor_sop_instance_uid, &db::OutboxObject::sop_instance_uid);
  if (sr == objects->end()) return std::optional<report::Predecessor>();
  return std::optional(report::Predecessor{job.identity.study_instance_uid, job.predecessor_series_instance_uid, sr->sop_class_uid,
                                           job.predecessor_sop_instance_uid});
}

std::string class_name(const Bytes& report) {
  const std::optional<Part10File> file = view_part10(report);
  return file ? std::string(sop_class_name(file->sop_class_uid)) : std::string("unknown");
}

// A place to look at.
std::string difference(const Bytes& then, const Bytes& now) {
  const auto [at, other] = std::ranges::mismatch(then, now);
  return "The report differs from byte " + std::to_string(at - then.begin()) + " of " + std::to_string(then.size()) + " on.";
}

}  // namespace

Result<Replay> replay(const JobRunner::Parts& parts, db::JobId id) {
  const Result<db::Job> job = written_job(parts.queue, id);
  if (!job) return job.error();
  const Result<Bytes> then = report_of(parts, *job);
  if (!then) return then.error();
  const Result<StudyIndex> index = index_of(parts.orthanc, *job);
  if (!index) return index.error();
  const Result<model::ModelFacts> facts = parts.drafting.model(parts.interrupt.fd());
  if (!facts) return facts.error();
  Replay replayed;
  if (image_digest(image_instances(*index)) != job->identity.digest) {
    replayed.changes.push_back("The study had " + std::to_string(job->instances.size()) + " images and has others now: " +
                               std::to_string(image_instances(*index).size()) + ".");
  }
  const PreparationStages silent{[](JobStage) { return Status(); }, [](JobStage, int, int) {}};
  Result<StudyPreparation> prepared = prepare_study(parts, job->action, *index, *facts, silent);
  if (!prepared) return prepared.error();
  if (!prepared->result.prepared) {
    replayed.changes.push_back("No report would be made now: " + (prepared->result.skip ? prepared->result.skip->why : "no image is shown") + ".");
    return replayed;
  }
  const draft::Prepared& input = *prepared->result.prepared;
  for (std::string& change : draft::changes(kept_of(*job), draft::made_from(input, *facts, job->action.max_new_tokens))) {
    replayed.changes.push_back(std::move(change));
  }
  Result<Answer> answer = parts.drafting.ask(input, job->action, model::EngineTurn::together, [](const draft::DraftProgress&) {}, parts.interrupt.fd());
  if (!answer) return answer.error();
  Result<std::optional<report::Predecessor>> predecessor = predecessor_of(parts.queue, *job);
  if (!predecessor) return predecessor.error();
  const Result<report::DraftReport> now = parts.drafting.write(input, answer->generated, *facts,
                                                               report_frame(*job, job->revision, std::move(*predecessor)));
  if (!now) return now.error();
  replayed.same = now->dicom == *then;
  if (replayed.same) {
    replayed.changes.clear();
  } else {
    const std::string before = class_name(*then), after = class_name(now->dicom);
    if (before != after) replayed.changes.push_back("The SR class (report.sop_class) was " + before + " and is " + after + ".");
    replayed.changes.push_back(difference(*then, now->dicom));
  }
  return replayed;
}

}  // namespace radfm::worker
