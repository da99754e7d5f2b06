// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/rejection_note.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>

#include <algorithm>

#include "core/dicom_time.h"
#include "core/digest.h"
#include "core/uid.h"
#include "pipeline/report/evidence.h"
#include "pipeline/report/header_copy.h"
#include "pipeline/report/object_header.h"
#include "pipeline/report/sections.h"
#include "pipeline/report/sequence_items.h"
#include "pipeline/report/sr_file.h"
#include "pipeline/report/sr_values.h"
#include "pipeline/report/tree_writer.h"

namespace radfm::report {
namespace {

constexpr std::int64_t ms_per_minute = 60'000;

void put(DcmItem& item, const DcmTagKey& tag, const std::string& value) {
  item.putAndInsertString(tag, value.data(), static_cast<Uint32>(value.size()));
}

Error unusable(const std::string& why) {
  return permanent_error("report_not_valid", "no rejection note can be made from the report in the outbox: " + why +
                                                 "; the queue's file is damaged: restore it, or remove the report in the archive by hand");
}

// What the note must know of the draft, checked.
struct Draft {
  EvidenceInstance object;
  int revision = 1;
};

Result<Draft> read_draft(DcmDataset& sr) {
  Draft draft;
  draft.object = {value_of(sr, DCM_StudyInstanceUID), value_of(sr, DCM_SeriesInstanceUID), value_of(sr, DCM_SOPClassUID),
                  value_of(sr, DCM_SOPInstanceUID)};
  if (!sr_class_of(draft.object.sop_class_uid)) return unusable("its SOP Class UID is that of no SR which drafts have");
  if (!Uid::parse(draft.object.study_instance_uid) || !Uid::parse(draft.object.series_instance_uid) ||
      !Uid::parse(draft.object.sop_instance_uid)) {
    return unusable("its study, series or instance UID is missing or illegal");
  }
  if (value_of(sr, DCM_SpecificCharacterSet) != "ISO_IR 192") return unusable("its character set is not the one that drafts have");
  // The tree comes last in the file: without it the rest is a beginning only.
  if (value_of(sr, DCM_ValueType) != "CONTAINER" || first_item(sr, DCM_ContentSequence) == nullptr) {
    return unusable("its content tree is missing");
  }
  const std::string number = value_of(sr, DCM_InstanceNumber);
  constexpr std::size_t digits_max = 6;
  const bool digits = !number.empty() && number.size() <= digits_max && number.find_first_not_of("0123456789") == std::string::npos;
  draft.revision = digits ? std::stoi(number) : 0;
  if (draft.revision < 1) return unusable("its Instance Number is none of a draft");
  return draft;
}

// As the draft's own (draft_content, object_header.h): in the zone that its copied header names, which holds for every date and
// time of an object (PS3.3 C.12.1.1.8); else UTC.
ContentTime content_time(DcmDataset& sr, const Withdrawal& withdrawal) {
  const std::int64_t zone_minutes = parse_zone_minutes(value_of(sr, DCM_TimezoneOffsetFromUTC)).value_or(0);
  const std::int64_t local_ms = withdrawal.wall_ms + zone_minutes * ms_per_minute;
  return {format_da(local_ms), format_tm(local_ms)};
}

void write_header(DcmDataset& sr, const RejectionNoteOrder& order, const ContentTime& at, DcmDataset& dataset) {
  put(dataset, DCM_SpecificCharacterSet, "ISO_IR 192");
  copy_own_header(sr, dataset);
  put(dataset, DCM_SOPClassUID, std::string(key_object_selection_uid));
  put(dataset, DCM_SOPInstanceUID, order.sop_instance_uid);
  put(dataset, DCM_InstanceCreationDate, at.date);
  put(dataset, DCM_InstanceCreationTime, at.time);
  put(dataset, DCM_InstanceCreatorUID, uid_from_name("instance creator"));
  for (const DcmTagKey& tag : {DCM_Manufacturer, DCM_ManufacturerModelName, DCM_DeviceSerialNumber, DCM_StationName}) {
    put(dataset, tag, value_of(sr, tag));
  }
  put(dataset, DCM_SoftwareVersions, RADFM_VERSION);
}

// Key Object Document Series and Key Object Document, PS3.3 C.17.6.1, C.17.6.2.
void write_document(DcmDataset& sr, const Draft& draft, const RejectionNoteOrder& order, const ContentTime& at, DcmDataset& dataset) {
  put(dataset, DCM_Modality, "KO");
  put(dataset, DCM_SeriesInstanceUID, order.series_instance_uid);
  put(dataset, DCM_SeriesNumber, std::to_string(rejection_series_base + draft.revision));
  put(dataset, DCM_SeriesDescription, rejection_series_description);
  dataset.insertEmptyElement(DCM_ReferencedPerformedProcedureStepSequence);
  put(dataset, DCM_InstanceNumber, "1");
  put(dataset, DCM_ContentDate, at.date);
  put(dataset, DCM_ContentTime, at.time);
  if (sr.tagExists(DCM_ReferencedRequestSequence)) sr.findAndInsertCopyOfElement(DCM_ReferencedRequestSequence, &dataset);
  std::vector<EvidenceInstance> rejected{draft.object};
  for (const RejectedObject& companion : order.companions) {
    rejected.push_back({draft.object.study_instance_uid, companion.series_instance_uid, companion.sop_class_uid, companion.sop_instance_uid});
  }
  write_references(rejected, DCM_CurrentRequestedProcedureEvidenceSequence, dataset);
}

bool is_named(const std::string& concept_name, const Code& code) { return concept_name == std::string(code.value) + "," + code.scheme; }

// Language (TID 1204), then the observer (TID 1002, 1004), as the draft has them.
void write_context(DcmDataset& sr, TreeWriter& tree) {
  for_each_item(sr, DCM_ContentSequence, [&](DcmItem& item) {
    if (!is_named(code_value(item, DCM_ConceptNameCodeSequence), code::language)) return;
    DcmItem* value = first_item(item, DCM_ConceptCodeSequence);
    if (value == nullptr) return;
    tree.code(DSRTypes::RT_hasConceptMod, code::language,
              DSRCodedEntryValue(value_of(*value, DCM_CodeValue).c_str(), value_of(*value, DCM_CodingSchemeDesignator).c_str(),
                                 value_of(*value, DCM_CodeMeaning).c_str()));
  });
  constexpr auto context = DSRTypes::RT_hasObsContext;
  tree.code(context, code::observer_type, code::device);
  for_each_item(sr, DCM_ContentSequence, [&](DcmItem& item) {
    const std::string concept_name = code_value(item, DCM_ConceptNameCodeSequence);
    if (is_named(concept_name, code::device_observer_uid)) tree.uid(context, code::device_observer_uid, value_of(item, DCM_UID));
    for (const Code& text : {code::device_observer_name, code::device_observer_manufacturer, code::device_observer_model_name,
                             code::device_observer_serial_number, code::station_ae_title}) {
      if (is_named(concept_name, text)) tree.text(context, text, value_of(item, DCM_TextValue));
    }
  });
}

std::string description(const Withdrawal& withdrawal) {
  const std::string why = legal_text(withdrawal.why);
  return why.empty() ? withdrawn_notice : std::string(withdrawn_notice) + "\r\nIn the words of that person: " + why;
}

// TID 2010, whose order of rows is significant.
Status write_note_tree(DcmDataset& sr, const Draft& draft, const RejectionNoteOrder& order, DcmDataset& dataset) {
  const bool quality = order.withdrawal.reason == RejectionReason::quality;
  TreeWriter tree(key_object_selection_uid);
  tree.root(quality ? code::rejected_for_quality : code::rejected_for_patient_safety, "2010", {});
  if (quality) tree.code(DSRTypes::RT_hasConceptMod, code::document_title_modifier, code::other_failure);
  write_context(sr, tree);
  tree.text(DSRTypes::RT_contains, code::key_object_description, description(order.withdrawal));
  tree.selected(DSRTypes::VT_Composite, draft.object.sop_class_uid, draft.object.sop_instance_uid);
  std::vector<std::string> named{draft.object.sop_instance_uid};
  for (const RejectedObject& companion : order.companions) {
    if (std::ranges::find(named, companion.sop_instance_uid) != named.end()) continue;
    const bool image = companion.sop_class_uid == secondary_capture_uid;
    tree.selected(image ? DSRTypes::VT_Image : DSRTypes::VT_Composite, companion.sop_class_uid, companion.sop_instance_uid);
    named.push_back(companion.sop_instance_uid);
  }
  return tree.write(dataset);
}

void require_own_uids(const RejectionNoteOrder& order) {
  bool legal = Uid::parse(order.series_instance_uid) && Uid::parse(order.sop_instance_uid);
  for (const RejectedObject& companion : order.companions) {
    legal = legal && Uid::parse(companion.sop_class_uid) && Uid::parse(companion.sop_instance_uid) && Uid::parse(companion.series_instance_uid);
  }
  if (!legal) broken_invariant("a rejection note and what it names have UIDs, fixed by their job");
}

}  // namespace

CompanionUids rejection_note_uids(const JobIdentity& identity, const Withdrawal& withdrawal) {
  const std::string at = std::to_string(withdrawal.wall_ms);
  return {result_uid(identity, "rejection_series:" + at), result_uid(identity, "rejection:" + at)};
}

Result<std::vector<std::uint8_t>> build_rejection_note(const RejectionNoteOrder& order) {
  require_own_uids(order);
  const auto read = from_file_bytes(order.draft);
  if (!read) return unusable(read.error().message);
  DcmDataset& sr = *(*read)->getDataset();
  const Result<Draft> draft = read_draft(sr);
  if (!draft) return draft.error();
  DcmFileFormat file;
  DcmDataset& dataset = *file.getDataset();
  const ContentTime at = content_time(sr, order.withdrawal);
  write_header(sr, order, at, dataset);
  write_document(sr, *draft, order, at, dataset);
  if (Status written = write_note_tree(sr, *draft, order, dataset); !written) return written.error();
  return to_file_bytes(file);
}

}  // namespace radfm::report
