// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/presentation_tables.h"

#include <algorithm>
#include <iterator>

namespace radfm::scu {
namespace {

// PS3.5 A: uncompressed; then JPEG 2000, JPEG-LS, JPEG, RLE and HTJ2K, those without loss before those with.
constexpr TransferSyntax syntaxes[] = {
    {"1.2.840.10008.1.2.1", "Explicit VR Little Endian"},
    {"1.2.840.10008.1.2", "Implicit VR Little Endian"},
    {"1.2.840.10008.1.2.4.90", "JPEG 2000 Image Compression (Lossless Only)"},
    {"1.2.840.10008.1.2.4.80", "JPEG-LS Lossless Image Compression"},
    {"1.2.840.10008.1.2.4.70", "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14, Selection Value 1)"},
    {"1.2.840.10008.1.2.4.57", "JPEG Lossless, Non-Hierarchical (Process 14)"},
    {"1.2.840.10008.1.2.5", "RLE Lossless"},
    {"1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Image Compression (Lossless Only)"},
    {"1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)"},
    {"1.2.840.10008.1.2.4.91", "JPEG 2000 Image Compression"},
    {"1.2.840.10008.1.2.4.81", "JPEG-LS Lossy (Near-Lossless) Image Compression"},
    {"1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)"},
    {"1.2.840.10008.1.2.4.51", "JPEG Extended (Process 2 & 4)"},
    {"1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000 Image Compression"},
};
constexpr std::size_t native_count = 2;
constexpr const char* explicit_vr_big_endian = "1.2.840.10008.1.2.2";

constexpr const char* verification = "1.2.840.10008.1.1";
constexpr const char* storage_commitment = "1.2.840.10008.1.20.1";
constexpr const char* by_get = "an archive of `pacs` with `\"priors\": \"c_get\"` or `\"verify\": \"c_get\"`";
constexpr const char* by_move = "an archive of `pacs` with `\"priors\": \"c_move\"`";
constexpr const char* by_get_or_move = "an archive of `pacs` with `\"priors\": \"c_get\"` or `\"c_move\"`, or `\"verify\": \"c_find\"` or `\"c_get\"`";
constexpr const char* by_nothing = "nothing yet: the code has it, no key of the configuration asks for it";

constexpr ActivityEntry entries[] = {
    {Activity::echo, "echo", verification, "is a peer there, and does it know us", by_nothing},
    {Activity::find_study_root, "find_study_root", "1.2.840.10008.5.1.4.1.2.2.1",
     "which earlier studies has the patient, and which series have they; is a draft there, and a final report", by_get_or_move},
    {Activity::find_patient_root, "find_patient_root", "1.2.840.10008.5.1.4.1.2.1.1",
     "the same, for archives that know no other model", "the same with `\"query_root\": \"patient\"`"},
    {Activity::get_study_root, "get_study_root", "1.2.840.10008.5.1.4.1.2.2.3", "earlier studies, and a draft that is read back, come on the same association", by_get},
    {Activity::get_patient_root, "get_patient_root", "1.2.840.10008.5.1.4.1.2.1.3", "the same, for archives that know no other model",
     "the same with `\"query_root\": \"patient\"`"},
    {Activity::move_study_root, "move_study_root", "1.2.840.10008.5.1.4.1.2.2.2", "earlier studies are sent to our own server", by_move},
    {Activity::move_patient_root, "move_patient_root", "1.2.840.10008.5.1.4.1.2.1.2", "the same, for archives that know no other model",
     "the same with `\"query_root\": \"patient\"`"},
    {Activity::deliver, "deliver", basic_text_sr_uid.data(), "sends the draft report",
     "an archive of `pacs` among the `destinations` of a rule"},
    {Activity::request_commitment, "request_commitment", storage_commitment, "does an archive take on itself to keep an object",
     "an archive of `pacs` with `\"verify\": \"commitment\"`"},
    {Activity::serve, "serve", verification, "takes what a C-MOVE of ours asked for, and results of storage commitment",
     "`dicom.port`, and an archive that is asked by C-MOVE or for storage commitment"},
};

constexpr DeliveredClass delivered[] = {
    {encapsulated_pdf_uid, "the draft as a page", "`report.companions` with `pdf`"},
    {secondary_capture_uid, "the draft as a page, one object for each", "`report.companions` with `secondary_capture`"},
    {key_object_selection_uid, "the note that a draft is withdrawn", "a person who withdraws it"},
};

const ActivityEntry& entry_of(Activity activity) {
  return *std::find_if(std::begin(entries), std::end(entries),
                       [&](const ActivityEntry& entry) { return entry.activity == activity; });
}

std::vector<std::string> uids(std::span<const TransferSyntax> list) {
  std::vector<std::string> found;
  for (const TransferSyntax& syntax : list) found.emplace_back(syntax.uid);
  return found;
}

std::string_view name_of(const std::string& sop_class_uid) {
  constexpr std::pair<std::string_view, std::string_view> services[] = {
      {verification, "Verification SOP Class"},
      {storage_commitment, "Storage Commitment Push Model SOP Class"},
      {"1.2.840.10008.5.1.4.1.2.1.1", "Patient Root Query/Retrieve Information Model - FIND"},
      {"1.2.840.10008.5.1.4.1.2.1.2", "Patient Root Query/Retrieve Information Model - MOVE"},
      {"1.2.840.10008.5.1.4.1.2.1.3", "Patient Root Query/Retrieve Information Model - GET"},
      {"1.2.840.10008.5.1.4.1.2.2.1", "Study Root Query/Retrieve Information Model - FIND"},
      {"1.2.840.10008.5.1.4.1.2.2.2", "Study Root Query/Retrieve Information Model - MOVE"},
      {"1.2.840.10008.5.1.4.1.2.2.3", "Study Root Query/Retrieve Information Model - GET"}};
  for (const auto& [uid, name] : services) {
    if (uid == sop_class_uid) return name;
  }
  for (const SopRole role : {SopRole::radiograph, SopRole::slice, SopRole::other_image, SopRole::report}) {
    for (const std::string& uid : sop_classes_of(role)) {
      if (uid == sop_class_uid) return sop_class_name(uid);  // of the table: it outlives `sop_class_uid`
    }
  }
  return {};
}

PresentationLine line_of(const std::string& sop_class_uid, ServiceRole role, std::vector<std::string> transfer_syntaxes) {
  return {sop_class_uid, name_of(sop_class_uid), role, std::move(transfer_syntaxes)};
}

// The images and reports that this node can read (PS3.4 B.5). Of an image two contexts are proposed, native and
// compressed, so that the archive's choice of one syntax for each context keeps both kinds possible.
std::vector<PresentationLine> retrieval_lines(const char* service) {
  std::vector<PresentationLine> lines = {line_of(service, ServiceRole::scu, native_transfer_syntaxes())};
  for (const SopRole role : {SopRole::radiograph, SopRole::slice, SopRole::other_image, SopRole::report}) {
    for (const std::string& uid : sop_classes_of(role)) {
      lines.push_back(line_of(uid, ServiceRole::scp, native_transfer_syntaxes()));
      if (role != SopRole::report) lines.push_back(line_of(uid, ServiceRole::scp, compressed_transfer_syntaxes()));
    }
  }
  return lines;
}

// The peer is the SCU of Verification and Storage, and the SCP of Storage Commitment, whose results it brings
// (PS3.4 J.3.3).
std::vector<PresentationLine> served_lines() {
  const std::vector<std::string> all = uids(syntaxes);
  std::vector<PresentationLine> lines = {line_of(verification, ServiceRole::scp, all)};
  for (const SopRole role : {SopRole::radiograph, SopRole::slice, SopRole::other_image, SopRole::report}) {
    for (const std::string& uid : sop_classes_of(role)) lines.push_back(line_of(uid, ServiceRole::scp, all));
  }
  lines.push_back(line_of(storage_commitment, ServiceRole::scu, native_transfer_syntaxes()));
  return lines;
}

}  // namespace

const std::vector<std::string>& native_transfer_syntaxes() {
  static const std::vector<std::string> native = uids(std::span(syntaxes).first(native_count));
  return native;
}

const std::vector<std::string>& compressed_transfer_syntaxes() {
  static const std::vector<std::string> compressed = uids(std::span(syntaxes).subspan(native_count));
  return compressed;
}

std::span<const TransferSyntax> known_transfer_syntaxes() { return syntaxes; }

std::span<const ActivityEntry> activities() { return entries; }

std::span<const DeliveredClass> delivered_classes() { return delivered; }

const char* service_class_uid(Activity activity) { return entry_of(activity).sop_class_uid; }

std::vector<PresentationLine> presentation_lines(Activity activity) {
  const char* service = service_class_uid(activity);
  switch (activity) {
    case Activity::echo:
      return {line_of(service, ServiceRole::scu, {syntaxes[1].uid})};  // PS3.5 10.1: the one that everybody knows
    case Activity::get_study_root:
    case Activity::get_patient_root:
      return retrieval_lines(service);
    case Activity::deliver:
      return {line_of(service, ServiceRole::scu, stored_object_context(service, syntaxes[0].uid).transfer_syntaxes)};
    case Activity::serve:
      return served_lines();
    default:
      return {line_of(service, ServiceRole::scu, native_transfer_syntaxes())};
  }
}

std::vector<ProposedContext> proposed_contexts(Activity activity) {
  std::vector<ProposedContext> contexts;
  for (PresentationLine& line : presentation_lines(activity)) {
    contexts.push_back({line.sop_class_uid, std::move(line.transfer_syntaxes), line.role == ServiceRole::scp});
  }
  return contexts;
}

ProposedContext stored_object_context(const std::string& sop_class_uid, const std::string& transfer_syntax_uid) {
  const auto& native = native_transfer_syntaxes();
  const bool is_native = transfer_syntax_uid == explicit_vr_big_endian ||
                         std::find(native.begin(), native.end(), transfer_syntax_uid) != native.end();
  if (is_native) return {sop_class_uid, native};
  return {sop_class_uid, {transfer_syntax_uid}};
}

}  // namespace radfm::scu
