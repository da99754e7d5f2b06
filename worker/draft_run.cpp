// SPDX-License-Identifier: Apache-2.0
#include "worker/draft_run.h"

#include <algorithm>

#include "pipeline/draft/final_report.h"
#include "pipeline/imaging/montage.h"
#include "worker/job_detail.h"
#include "worker/object_destinations.h"
#include "worker/part10_file.h"
#include "worker/study_preparation.h"

namespace radfm::worker {
namespace {

using Early = DraftRun::Early;

db::OutboxObject as_outbox_object(const std::string& role, const std::string& sop_instance_uid, const std::vector<std::uint8_t>& dicom) {
  const std::optional<Part10File> file = view_part10(dicom);
  if (!file || file->sop_instance_uid != sop_instance_uid) {
    broken_invariant("a draft was built that is no DICOM file of the job's UID");
  }
  return {role, file->sop_class_uid, file->sop_instance_uid, dicom};
}

// The SR first: deliveries go in this order, and companions refer to it.
std::vector<db::OutboxObject> as_outbox_objects(const report::DraftReport& draft, const ResultUids& uids) {
  std::vector<db::OutboxObject> objects{as_outbox_object(std::string(db::report_role), uids.sr_sop_instance_uid, draft.dicom)};
  for (const report::Companion& companion : draft.companions) {
    objects.push_back(as_outbox_object(companion.role, companion.sop_instance_uid, companion.dicom));
  }
  return objects;
}

}  // namespace

draft::ReportFrame report_frame(const db::Job& job, int revision, std::optional<report::Predecessor> predecessor) {
  return {.identity = job.identity,
          .uids = job.uids,
          .revision = revision,
          .predecessor = std::move(predecessor),
          .content_wall_ms = job.created_wall_ms};
}

Result<Early> DraftRun::run() {
  parts_.drafting.expect_study();
  if (Status begun = stages_.begin(JobStage::indexing); !begun) return begun.error();
  Result<StudyIndex> index = index_of(parts_.orthanc, job_);
  if (!index && index.error().code == "study_gone") return Early("skipped: study_gone");
  if (!index) return index.error();
  Result<Early> early = check_images(*index);
  if (!early || early->has_value()) return early;
  early = prepare(*index);
  if (!early || early->has_value()) return early;
  early = check_need();
  if (!early || early->has_value()) return early;
  if (Status asked = generate(); !asked) return asked.error();
  if (Status filled = fill_outbox(); !filled) return filled.error();
  return Early();
}

Result<Early> DraftRun::check_images(const StudyIndex& index) {
  if (index.study_instance_uid != job_.identity.study_instance_uid) {
    return transient_error("orthanc_bad_answer", "Orthanc answered with another study than the one asked for");
  }
  const std::vector<std::string> now = image_instances(index);
  if (now.empty()) return Early("skipped: no_image");
  const std::string digest = image_digest(now);
  if (digest == job_.identity.digest) return Early();
  // Images came: the plugin sees that and makes their job when the study is stable. Images were deleted: Orthanc reports
  // no change for that, so the job of what is left is made here, in the transaction that supersedes this one.
  const bool only_grown = std::ranges::includes(now, job_.instances);
  if (!only_grown && index.is_stable && job_.identity.run == 0) {
    const db::NewJob rest{.identity = {index.study_instance_uid, digest, 0},
                          .orthanc_study_id = index.orthanc_id,
                          .instances = now,
                          .rule_name = job_.rule_name,
                          .action = job_.action,
                          .skip = "",
                          .skip_detail = "",
                          .actor = "worker"};
    Result<db::EnqueueResult> settled = parts_.queue.settle_study(job_.orthanc_study_id, rest);
    if (!settled) return settled.error();
  }
  return Early("superseded");
}

Result<Early> DraftRun::prepare(const StudyIndex& index) {
  // The model comes first: how many slices it sees says how many are fetched.
  Result<model::ModelFacts> facts = parts_.drafting.model(parts_.interrupt.fd());
  if (!facts) return facts.error();
  facts_ = *facts;
  Result<StudyPreparation> prepared = prepare_study(
      parts_, job_.action, index, facts_,
      {[&](JobStage stage) { return stages_.begin(stage); }, [&](JobStage stage, int done, int of) { stages_.progress(stage, done, of, ""); }});
  if (!prepared) return prepared.error();
  prepared_ = std::move(prepared->result);
  priors_not_fetched_ = std::move(prepared->priors_not_fetched);
  if (Status saved = save_detail(nullptr); !saved) return saved.error();
  if (prepared_.skip) return Early("skipped: " + prepared_.skip->code);
  if (!prepared_.prepared) broken_invariant("the pipeline gave neither a prompt nor a reason to skip");
  if (Status saved = save_montage(); !saved) return saved.error();
  return Early();
}

Result<Early> DraftRun::check_need() {
  if (job_.identity.run != 0) return Early();  // an administrator asked for it
  const draft::Prepared& prepared = *prepared_.prepared;
  if (std::ranges::any_of(prepared.current.reports, draft::is_final_of_others)) return Early("skipped: final_report_present");
  Result<db::Queue::Revision> revision = parts_.queue.next_revision(lease_);
  if (!revision) return revision.error();
  if (revision->number <= 1) return Early();
  if (!prepared.input_digest.empty() && prepared.input_digest == revision->last_input_digest) return Early("unchanged");
  return Early();
}

Status DraftRun::generate() {
  if (Status begun = stages_.begin(JobStage::waiting_for_model); !begun) return begun;
  parts_.needs_no_preparation();
  Result<Answer> answer = parts_.drafting.ask(*prepared_.prepared, job_.action, turn_of_question(), progress(), parts_.interrupt.fd());
  if (!answer) return answer.error();
  generated_ = std::move(answer->generated);
  // An engine that was started anew meanwhile may have found another model in the directory: a report names the one that
  // wrote it.
  if (answer->model.digest != facts_.digest) {
    return transient_error("model_changed", "the model was exchanged while the job ran; the job is done again with the new one");
  }
  if (Status saved = save_detail(&generated_); !saved) return saved;
  return check_held();
}

// A job that an engine has died of is asked in its turn and alone: it holds up nobody, and when the engine dies again it has held
// nothing else in its memory. The lane is that of this moment: the job may have been rushed since it was claimed.
model::EngineTurn DraftRun::turn_of_question() {
  using enum model::EngineTurn;
  if (job_.poison_count > 0) return alone;
  if (!parts_.configuration.queue.stat_interrupts) return together;
  const Result<std::optional<db::Job>> now = parts_.queue.job(job_.id);
  return (now && *now ? (*now)->lane : job_.lane) == Lane::stat ? urgent : together;
}

// A person released one text, which a model that decodes without chance writes again; another one is for a person again.
Status DraftRun::check_held() {
  Status free = draft::check_held(generated_, parts_.configuration.report);
  if (free) return free;
  if (Status kept = parts_.queue.hold_text(lease_, generated_.text); !kept) return kept;
  const Result<std::optional<db::Job>> now = parts_.queue.job(job_.id);
  if (!now) return now.error();
  return *now && !(*now)->held_released_by.empty() ? Status() : free;
}

Status DraftRun::fill_outbox() {
  if (Status begun = stages_.begin(JobStage::reporting); !begun) return begun;
  for (int tries = 0; tries < revision_moves_max; ++tries) {
    Result<db::Queue::Revision> revision = parts_.queue.next_revision(lease_);
    if (!revision) return revision.error();
    Status filled = write_revision(*revision);
    if (filled || filled.error().code != "revision_moved") return filled;
  }
  return transient_error("revision_moved", "other revisions of this study were delivered while this one was written");
}

Status DraftRun::write_revision(const db::Queue::Revision& revision) {
  std::optional<report::Predecessor> predecessor;
  // A reference needs the class of what it refers to (PS3.3 C.17.2): without it the predecessor is not named.
  if (!revision.predecessor_sop_instance_uid.empty() && !revision.predecessor_sop_class_uid.empty()) {
    predecessor = report::Predecessor{job_.identity.study_instance_uid, revision.predecessor_series_instance_uid,
                                      revision.predecessor_sop_class_uid, revision.predecessor_sop_instance_uid};
  }
  const draft::ReportFrame frame = report_frame(job_, revision.number, std::move(predecessor));
  Result<report::DraftReport> draft = parts_.drafting.write(*prepared_.prepared, generated_, facts_, frame);
  if (!draft) return draft.error();
  for (const std::string& remark : draft->companion_remarks) {
    if (Status noted = parts_.queue.note(lease_, "companions", remark); !noted) return noted;
  }
  if (Status kept = save_page(draft->page_json); !kept) return kept;
  const std::vector<std::string> destinations = destinations_of(job_.action);
  std::vector<db::OutboxObject> objects = as_outbox_objects(*draft, job_.uids);
  choose_destinations(objects, destinations, parts_.configuration);
  return parts_.queue.fill_outbox(lease_, revision, objects, destinations, draft->text);
}

Status DraftRun::save_detail(const model::Generated* generated) {
  const std::string detail = job_detail_json(prepared_, priors_not_fetched_, facts_, job_.action.max_new_tokens, generated);
  return parts_.queue.set_detail(lease_, detail, prepared_.prepared ? prepared_.prepared->input_digest : "");
}

Status DraftRun::save_montage() {
  const auto images = imaging::montage_images(prepared_.prepared->current);
  if (images.empty()) return {};
  const Result<std::vector<std::uint8_t>> png = imaging::montage_png(images);
  // A picture for the page is no reason to lose a report: it is missed, and the job's history says so.
  if (!png) return parts_.queue.note(lease_, "no_montage", png.error().message);
  return parts_.queue.set_montage(lease_, *png);
}

// The page is no reason to lose a report either: without it the draft's plain text is shown.
Status DraftRun::save_page(const std::string& page_json) {
  Status kept = parts_.queue.set_draft_page(lease_, page_json);
  if (kept || kept.error().error_class != ErrorClass::permanent) return kept;
  return parts_.queue.note(lease_, "no_page", kept.error().message);
}

DraftProgressFunction DraftRun::progress() {
  return [this](const draft::DraftProgress& p) { stages_.progress(p.stage, p.done, p.of, p.text_so_far); };
}

}  // namespace radfm::worker
