// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/sr_check.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "core/sop_class.h"
#include "core/uid.h"
#include "pipeline/report/codes.h"
#include "pipeline/report/draft_report.h"
#include "pipeline/report/object_check.h"
#include "pipeline/report/rejection_note_check.h"
#include "pipeline/report/sections.h"
#include "pipeline/report/sequence_items.h"
#include "pipeline/report/sr_file.h"
#include "pipeline/report/sr_relationships.h"
#include "pipeline/report/sr_values.h"

namespace radfm::report {
namespace {

class SrCheck : private ObjectCheck {
 public:
  explicit SrCheck(DcmFileFormat& file) : ObjectCheck(file), sr_class_(sr_class_of(value(DCM_SOPClassUID))) {}

  std::vector<SrMistake> run() {
    check_flags();
    check_document("SR");
    check_numbers();
    check_equipment();
    check_template();
    check_notices();
    check_evidence();
    walk(dataset_, value(DCM_ValueType));
    return std::move(mistakes_);
  }

 private:
  void check_flags() {
    demand(value(DCM_VerificationFlag) == "UNVERIFIED", "never_verified", "Verification Flag is not UNVERIFIED");
    names_no_verifier();
    demand(value(DCM_PreliminaryFlag) == "PRELIMINARY", "never_verified", "Preliminary Flag is not PRELIMINARY");
    const std::string completion = value(DCM_CompletionFlag);
    demand(completion == "PARTIAL" || completion == "COMPLETE", "never_verified", "Completion Flag is neither PARTIAL nor COMPLETE");
  }

  void check_numbers() {
    demand(sr_class_.has_value(), "document", "SOP Class UID is that of no SR which drafts have");
    const std::string number = value(DCM_InstanceNumber), series = value(DCM_SeriesNumber);
    const bool numbered = !number.empty() && number.size() <= 4 && number.find_first_not_of("0123456789") == std::string::npos && number != "0";
    demand(numbered && series == std::to_string(9900 + std::stoi(numbered ? number : "0")), "document",
           "Series Number is not 9900 and the revision in Instance Number");
  }

  void check_equipment() {
    check_manufacturer();
    bool model_named = false;
    for_each_item(dataset_, DCM_ContributingEquipmentSequence, [&](DcmItem& item) {
      model_named = model_named || (!value_of(item, DCM_ManufacturerModelName).empty() && !value_of(item, DCM_SoftwareVersions).empty());
    });
    demand(model_named, "equipment", "no contributing equipment names the model and its version");
  }

  void check_template() {
    names_template("2000");
    demand(code_value(dataset_, DCM_ConceptNameCodeSequence) == name(code::diagnostic_imaging_report), "template",
           "the title is not Diagnostic Imaging Report");
    bool language = false, device = false, device_uid = false;
    for_each_item(dataset_, DCM_ContentSequence, [&](DcmItem& item) {
      const std::string concept_name = code_value(item, DCM_ConceptNameCodeSequence);
      language = language || (concept_name == name(code::language) && !code_value(item, DCM_ConceptCodeSequence).empty());
      device = device || (concept_name == name(code::observer_type) && code_value(item, DCM_ConceptCodeSequence) == name(code::device));
      device_uid = device_uid || (concept_name == name(code::device_observer_uid) && Uid::parse(value_of(item, DCM_UID)));
      if (value_of(item, DCM_RelationshipType) != "CONTAINS") return;
      demand(value_of(item, DCM_ValueType) == "CONTAINER", "template", "the root contains an item that is no section");
    });
    demand(language, "template", "the language is not named");
    demand(device, "template", "the observer is not named as a device; a reader would take it for a person");
    demand(device_uid, "template", "the observing device has no UID");
  }

  // Viewers without headers show the tree, and some only its beginning or its end.
  void check_notices() {
    std::vector<DcmItem*> sections;
    for_each_item(dataset_, DCM_ContentSequence, [&](DcmItem& item) {
      if (value_of(item, DCM_ValueType) == "CONTAINER") sections.push_back(&item);
    });
    const auto says = [](DcmItem& section, const char* text) {
      bool found = false;
      for_each_item(section, DCM_ContentSequence, [&](DcmItem& item) { found = found || value_of(item, DCM_TextValue) == text; });
      return found;
    };
    demand(!sections.empty() && says(*sections.front(), draft_notice), "says_draft", "the first section does not say that it is a draft");
    demand(!sections.empty() && says(*sections.back(), closing_notice), "says_draft", "the last section does not say that it is a draft");
    demand(value(DCM_SeriesDescription) == series_description, "says_draft", "Series Description does not say that it is a draft");
  }

  void list(const DcmTagKey& sequence, std::set<std::string>& uids) {
    for_each_item(dataset_, sequence, [&](DcmItem& study) {
      for_each_item(study, DCM_ReferencedSeriesSequence, [&](DcmItem& series) {
        for_each_item(series, DCM_ReferencedSOPSequence, [&](DcmItem& object) {
          demand(uids.insert(value_of(object, DCM_ReferencedSOPInstanceUID)).second, "evidence", "an object is listed twice as evidence");
        });
      });
    });
  }

  void check_evidence() {
    std::set<std::string> other, predecessors;
    list(DCM_CurrentRequestedProcedureEvidenceSequence, evidence_);
    list(DCM_PertinentOtherEvidenceSequence, other);
    list(DCM_PredecessorDocumentsSequence, predecessors);
    for (const std::string& uid : other) demand(evidence_.insert(uid).second, "evidence", "an object is current evidence and other evidence at once");
    demand(!evidence_.contains(value(DCM_SOPInstanceUID)), "evidence", "the report is its own evidence");
    demand(!predecessors.contains(value(DCM_SOPInstanceUID)), "predecessors", "the report replaces itself");
  }

  // Depth is bounded by from_file_bytes.
  void walk(DcmItem& parent, const std::string& parent_type) {
    for_each_item(parent, DCM_ContentSequence, [&](DcmItem& item) {
      const std::string type = value_of(item, DCM_ValueType);
      check_relationship(parent_type, item, type);
      if (type == "TEXT") check_text(item);
      if (DcmItem* object = first_item(item, DCM_ReferencedSOPSequence)) {
        demand(evidence_.contains(value_of(*object, DCM_ReferencedSOPInstanceUID)), "evidence", "the tree refers to an object that is not listed as evidence");
      }
      walk(item, type);
    });
  }

  void check_relationship(const std::string& source, DcmItem& item, const std::string& target) {
    const bool by_reference = item.tagExists(DCM_ReferencedContentItemIdentifier);
    demand(!by_reference, "structure", "an item of the tree is a reference to another one");
    if (!sr_class_ || by_reference) return;
    const std::string relationship = value_of(item, DCM_RelationshipType);
    demand(is_allowed(*sr_class_, source, relationship, target), "structure",
           source + " " + relationship + " " + target + " is not allowed in an object of " + std::string(sop_class_name(value(DCM_SOPClassUID))));
  }

  const std::optional<SrClass> sr_class_;
  std::set<std::string> evidence_;
};

}  // namespace

Result<std::vector<SrMistake>> check_sr(const std::vector<std::uint8_t>& dicom) {
  auto file = from_file_bytes(dicom);
  if (!file) return file.error();
  DcmDataset& dataset = *(*file)->getDataset();
  if (value_of(dataset, DCM_ValueType) != "CONTAINER") {
    return permanent_error("not_an_sr_file", "the file is DICOM but no structured report: it has no content tree");
  }
  if (value_of(dataset, DCM_SOPClassUID) == key_object_selection_uid) return check_rejection_note(**file);
  return SrCheck(**file).run();
}

Status require_no_mistakes(const std::vector<std::uint8_t>& dicom) {
  const auto mistakes = check_sr(dicom);
  if (!mistakes) return mistakes.error();
  if (mistakes->empty()) return {};
  const SrMistake& first = mistakes->front();
  return permanent_error("report_not_conformant",
                         "the finished object breaks " + std::to_string(mistakes->size()) + " of the rules of radfmctl sr check, first " + first.rule +
                             ": " + first.text + "; it was not sent, this is a fault of the product, please report it");
}

}  // namespace radfm::report
