// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/simulated_orthanc.h"

#include "core/study_index.h"
#include "orthanc-client/orthanc_json.h"
#include "worker/destination.h"
#include "worker/part10_file.h"

namespace radfm::simulation {
namespace {

bool refuses(World& world) { return world.orthanc_trouble.refuses > 0 && world.orthanc_trouble.refuses-- > 0; }

}  // namespace

Result<std::string> OrthancForPlugin::get(const std::string& path) {
  world_.scheduler.pause();
  if (refuses(world_)) return transient_error("orthanc_unavailable", "it is told to refuse");
  world_.orthanc_index.requests.clear();
  return world_.orthanc_index.get(path);
}

Result<std::string> OrthancForPlugin::post(const std::string& path, const std::string& body) {
  world_.scheduler.pause();
  if (refuses(world_)) return transient_error("orthanc_unavailable", "it is told to refuse");
  world_.orthanc_index.requests.clear();
  return world_.orthanc_index.post(path, body);
}

Result<std::string> OrthancForPlugin::kept_text() {
  world_.scheduler.pause();
  if (refuses(world_)) return transient_error("orthanc_unavailable", "it is told to refuse");
  return world_.orthanc_index.kept_text();
}

Status OrthancForPlugin::keep_text(const std::string& text) {
  world_.scheduler.pause();
  if (refuses(world_)) return transient_error("orthanc_unavailable", "it is told to refuse");
  return world_.orthanc_index.keep_text(text);
}

Status OrthancForWorker::request() {
  const auto woken = [this] { return interrupt_.reason() != worker::Interrupt::Reason::none; };
  const bool hangs = world_.orthanc_up && world_.orthanc_trouble.hangs;
  if (world_.scheduler.sleep(hangs ? orthanc_timeout_ms : world_.draw.between(1, 30), woken)) {
    return cancelled_error("woken", "the job was interrupted");
  }
  if (hangs) return transient_error("orthanc_timeout", "no answer");
  if (!world_.orthanc_up) return transient_error("orthanc_unreachable", "nobody listens");
  if (refuses(world_)) return transient_error("orthanc_error", "503");
  return {};
}

Result<StudyIndex> OrthancForWorker::study_index(const std::string& id) {
  if (Status answered = request(); !answered) return answered.error();
  plugin::FakeOrthanc& index = world_.orthanc_index;
  index.requests.clear();
  const Result<std::string> study = index.get("/studies/" + id);
  if (!study) return permanent_error("study_gone", "no such study");
  const Result<std::string> series = index.get("/studies/" + id + "/series");
  const Result<std::string> instances = index.post("/tools/bulk-content", orthanc::bulk_content_request(id));
  if (!series || !instances) return transient_error("orthanc_error", "500");
  return parse_study_index(*study, *series, *instances);
}

Result<std::optional<std::string>> OrthancForWorker::find_study(const std::string& uid) {
  if (Status answered = request(); !answered) return answered.error();
  const SimulatedStudy* study = world_.study_of_uid(uid);
  if (study == nullptr || study->gone) return std::optional<std::string>();
  return std::optional(study->orthanc_id);
}

Result<std::vector<orthanc::PatientStudy>> OrthancForWorker::patient_studies(const std::string&) {
  if (Status answered = request(); !answered) return answered.error();
  return std::vector<orthanc::PatientStudy>();
}

// The files are opened by nobody here: the model is not there.
Result<std::vector<process::FileDescriptor>> OrthancForWorker::fetch_files(const std::vector<std::string>& ids, const FetchedCount&) {
  if (Status answered = request(); !answered) return answered.error();
  return std::vector<process::FileDescriptor>(ids.size());
}

Result<orthanc::Orthanc::Stored> OrthancForWorker::store_instance(const std::vector<std::uint8_t>& dicom) {
  if (Status answered = request(); !answered) return answered.error();
  const std::optional<worker::Part10File> file = worker::view_part10(dicom);
  if (!file) return permanent_error("orthanc_refused_object", "no DICOM file");
  const std::string uid = file->sop_instance_uid;
  OrthancTrouble& trouble = world_.orthanc_trouble;
  const bool loses = trouble.loses_silently > 0 && trouble.loses_silently-- > 0;
  const bool fails = trouble.stores_and_fails > 0 && trouble.stores_and_fails-- > 0;
  world_.oracle.sends(worker::orthanc_destination, uid, dicom, lease_);
  const bool had = world_.orthanc_objects.contains(uid);
  if (!loses) {
    world_.oracle.arrives(worker::orthanc_destination, uid, dicom);
    world_.orthanc_objects.emplace(uid, dicom);
    const auto study = world_.study_of_report.find(uid);
    if (!had && study != world_.study_of_report.end() && !world_.studies.at(study->second)->gone) {
      world_.orthanc_index.receive(study->second, "drafts", uid, plugin::sr_class, "RADFM");
      world_.something_arrived(*world_.studies.at(study->second));
    }
  }
  world_.say("      Orthanc is sent an object of job " + std::to_string(lease_.job) +
             (loses ? ", says it is stored, and loses it" : fails ? ", stores it, and breaks off" : ""));
  world_.scheduler.pause();
  if (fails) return transient_error("orthanc_timeout", "no answer");
  return had ? Stored::already_stored : Stored::success;
}

Result<std::optional<std::string>> OrthancForWorker::find_instance(const std::string& uid) {
  if (Status answered = request(); !answered) return answered.error();
  const bool there = world_.orthanc_objects.contains(uid);
  world_.oracle.asked(worker::orthanc_destination, uid, lease_, there);
  return there ? std::optional(uid) : std::nullopt;
}

Result<std::vector<std::uint8_t>> OrthancForWorker::read_instance(const std::string& id) {
  if (Status answered = request(); !answered) return answered.error();
  const auto found = world_.orthanc_objects.find(id);
  if (found == world_.orthanc_objects.end()) {
    world_.oracle.asked(worker::orthanc_destination, id, lease_, false);  // a later answer than find_instance()'s
    return transient_error("instance_gone", "it was deleted");
  }
  return found->second;
}

Result<std::string> OrthancForWorker::read_mark(const std::string& id) {
  if (Status answered = request(); !answered) return answered.error();
  Result<std::string> mark = world_.orthanc_index.get("/studies/" + id + "/metadata/4317");
  return mark ? mark : Result<std::string>(std::string());
}

Status OrthancForWorker::put_mark(const std::string& id, const std::string& text) {
  if (Status answered = request(); !answered) return answered;
  for (const auto& [name, study] : world_.studies) {
    if (study->orthanc_id != id || study->gone) continue;
    world_.orthanc_index.mark(name, text);
    world_.orthanc_index.log_other("UpdatedMetadata", name);
    return {};
  }
  return transient_error("orthanc_error", "404");
}

}  // namespace radfm::simulation
