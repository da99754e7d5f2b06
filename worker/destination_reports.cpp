// SPDX-License-Identifier: Apache-2.0
#include "worker/destination_reports.h"

#include <algorithm>
#include <optional>

#include "core/log.h"
#include "core/sop_class.h"
#include "pipeline/draft/final_report.h"
#include "pipeline/draft/report_choice.h"
#include "worker/fetched_objects.h"

namespace radfm::worker {
namespace {

using scu::FoundDocument;

bool is_worth_another_try(const Error& error) {
  return error.error_class == ErrorClass::transient || error.error_class == ErrorClass::cancelled;
}

imaging::ReportReading as_reading(const FoundDocument& document) {
  imaging::ReportReading reading;
  reading.sop_instance_uid = document.sop_instance_uid;
  reading.sop_class_uid = document.sop_class_uid;
  reading.title = document.title;
  reading.title_code = document.title_code;
  reading.title_scheme = document.title_scheme;
  reading.verification_flag = document.verification_flag;
  reading.preliminary_flag = document.preliminary_flag;
  reading.model_name = document.model_name;
  return reading;
}

bool is_called_final(const FoundDocument& document) { return draft::is_final_of_others(as_reading(document)); }

bool is_ours(const FoundDocument& document, const scu::RetrievalRequest& ours) {
  return document.model_name == product_model_name || document.sop_instance_uid == ours.sop_instance_uid ||
         document.series_uid == ours.series_uids.front();
}

bool may_be_final(const FoundDocument& document) {
  const bool draft = document.verification_flag == "UNVERIFIED" && document.preliminary_flag == "PRELIMINARY";
  return !draft && (document.sop_class_uid.empty() || draft::is_narrative(as_reading(document)));
}

void say_not_known(const ReportQuestion& question, const std::string& what, const Error& error) {
  log_line(LogLevel::warning, "delivery", question.source.name() + ": " + what + ", so it withholds no draft: " + error.code + ": " + error.message);
}

// Nothing: the archive does not send it.
Result<std::optional<imaging::StudyFile>> fetch(const ReportQuestion& question, const FoundDocument& document, const ReportJudge& judge) {
  const auto sink = FetchedObjects::make(judge.directory, {.objects_max = 1, .bytes_max = fetched_document_bytes_max});
  const scu::RetrievalRequest request{question.ours.study_uid, {document.series_uid}, question.ours.patient_id, document.sop_instance_uid};
  // Of the whole answer: the object, and what the protocol adds to it.
  const Result<scu::RetrievalResult> result = question.source.retrieve(request, sink, 2 * fetched_document_bytes_max, question.wake_fd);
  std::vector<FetchedObjects::Object> objects = sink->close();
  if (!result) return result.error();
  if (result->stopped) return *result->stopped;
  if (objects.empty()) return std::optional<imaging::StudyFile>();
  return std::optional(imaging::StudyFile{std::move(objects.front().file), "0"});
}

// The document itself decides; where it does not come or cannot be read, what the archive says of it.
Result<bool> is_final(const ReportQuestion& question, const FoundDocument& document, const ReportJudge& judge) {
  Result<std::optional<imaging::StudyFile>> file = fetch(question, document, judge);
  if (!file && is_worth_another_try(file.error())) return file.error();
  if (!file) say_not_known(question, "a report there was not fetched", file.error());
  if (!file || !file->has_value()) return is_called_final(document);
  std::vector<imaging::StudyFile> files;
  files.push_back(std::move(**file));
  const Result<bool> judged = judge.has_final_report(files);
  if (judged || is_worth_another_try(judged.error())) return judged;
  say_not_known(question, "a report there could not be read", judged.error());
  return is_called_final(document);
}

}  // namespace

Result<bool> holds_final_report(const ReportQuestion& question, const ReportJudge& judge) {
  Result<scu::Found<FoundDocument>> found =
      question.source.documents(question.ours.study_uid, question.ours.patient_id, destination_documents_max, question.wake_fd);
  if (!found && is_worth_another_try(found.error())) return found.error();
  if (!found) {
    say_not_known(question, "it does not tell which reports it has", found.error());
    return false;
  }
  std::vector<FoundDocument>& documents = found->matches;
  std::erase_if(documents, [&](const FoundDocument& document) { return is_ours(document, question.ours) || !may_be_final(document); });
  if (!question.fetch) return std::ranges::any_of(documents, is_called_final);
  std::ranges::stable_partition(documents, is_called_final);
  if (documents.size() > fetched_documents_max) documents.resize(fetched_documents_max);
  for (const FoundDocument& document : documents) {
    const Result<bool> final = is_final(question, document, judge);
    if (!final || *final) return final;
  }
  return false;
}

}  // namespace radfm::worker
