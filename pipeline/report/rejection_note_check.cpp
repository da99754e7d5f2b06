// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/rejection_note_check.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>

#include <map>
#include <set>
#include <string_view>

#include "core/sop_class.h"
#include "core/uid.h"
#include "pipeline/report/codes.h"
#include "pipeline/report/object_check.h"
#include "pipeline/report/rejection_note.h"
#include "pipeline/report/sections.h"
#include "pipeline/report/sequence_items.h"
#include "pipeline/report/sr_values.h"

namespace radfm::report {
namespace {

class NoteCheck : private ObjectCheck {
 public:
  explicit NoteCheck(DcmFileFormat& file) : ObjectCheck(file) {}

  std::vector<SrMistake> run() {
    check_flags();
    check_document("KO");
    check_series();
    check_manufacturer();
    list_evidence();
    check_title();
    for_each_item(dataset_, DCM_ContentSequence, [&](DcmItem& item) { check_item(item); });
    check_whole();
    return std::move(mistakes_);
  }

 private:
  void check_flags() {
    names_no_verifier();
    for (const DcmTagKey& flag : {DCM_VerificationFlag, DCM_PreliminaryFlag, DCM_CompletionFlag}) {
      demand(!dataset_.tagExists(flag), "never_verified", "it has a flag of a report");
    }
  }

  void check_series() {
    const std::string series = value(DCM_SeriesNumber);
    const bool number = !series.empty() && series.size() <= 9 && series.find_first_not_of("0123456789") == std::string::npos;
    demand(number && std::stoi(series) > rejection_series_base && value(DCM_InstanceNumber) == "1", "document",
           "Series Number or Instance Number is not that of a rejection note");
    demand(value(DCM_SeriesDescription) == rejection_series_description, "document", "Series Description does not say that a draft is withdrawn");
  }

  void list_evidence() {
    for_each_item(dataset_, DCM_CurrentRequestedProcedureEvidenceSequence, [&](DcmItem& study) {
      demand(value_of(study, DCM_StudyInstanceUID) == value(DCM_StudyInstanceUID), "evidence", "an object of another study is listed");
      for_each_item(study, DCM_ReferencedSeriesSequence, [&](DcmItem& series) {
        demand(Uid::parse(value_of(series, DCM_SeriesInstanceUID)).has_value(), "evidence", "an object is listed without its series");
        for_each_item(series, DCM_ReferencedSOPSequence, [&](DcmItem& object) {
          const std::string sop_class = value_of(object, DCM_ReferencedSOPClassUID);
          demand(listed_.emplace(value_of(object, DCM_ReferencedSOPInstanceUID), sop_class).second, "evidence", "an object is listed twice");
          if (sr_class_of(sop_class)) ++reports_;
        });
      });
    });
    demand(reports_ == 1, "evidence", "not exactly one report is listed");
    demand(!listed_.contains(value(DCM_SOPInstanceUID)), "evidence", "the note names itself");
  }

  void check_title() {
    names_template("2010");
    const std::string title = code_value(dataset_, DCM_ConceptNameCodeSequence);
    quality_ = title == name(code::rejected_for_quality);
    demand(quality_ || title == name(code::rejected_for_patient_safety), "template", "the title rejects nothing");
  }

  void check_item(DcmItem& item) {
    const std::string type = value_of(item, DCM_ValueType), relationship = value_of(item, DCM_RelationshipType);
    const std::string concept_name = code_value(item, DCM_ConceptNameCodeSequence);
    demand(first_item(item, DCM_ContentSequence) == nullptr && !item.tagExists(DCM_ReferencedContentItemIdentifier), "structure",
           "an item has items below it, or is a reference to one");
    modified_ = modified_ || (concept_name == name(code::document_title_modifier) && !code_value(item, DCM_ConceptCodeSequence).empty());
    device_ = device_ || (concept_name == name(code::observer_type) && code_value(item, DCM_ConceptCodeSequence) == name(code::device));
    if (type == "TEXT") {
      const std::string text = check_text(item);
      described_ = described_ || (concept_name == name(code::key_object_description) && text.starts_with(withdrawn_notice));
    }
    if (relationship != "CONTAINS") {
      demand(relationship == "HAS CONCEPT MOD" || relationship == "HAS OBS CONTEXT", "structure", "an item has a relationship that no note has");
      demand(type == "CODE" || type == "UIDREF" || type == "TEXT", "structure", "an item about the note is neither code nor UID nor text");
    } else if (type == "IMAGE" || type == "COMPOSITE") {
      check_reference(item);
    } else {
      demand(type == "TEXT", "structure", "the note contains an item that is neither text nor a reference");
    }
  }

  void check_reference(DcmItem& item) {
    DcmItem* object = first_item(item, DCM_ReferencedSOPSequence);
    const std::string instance = object == nullptr ? "" : value_of(*object, DCM_ReferencedSOPInstanceUID);
    const auto listed = listed_.find(instance);
    demand(listed != listed_.end() && object != nullptr && listed->second == value_of(*object, DCM_ReferencedSOPClassUID), "evidence",
           "the tree names an object that is not listed");
    demand(named_.insert(instance).second, "evidence", "the tree names an object twice");
  }

  void check_whole() {
    demand(modified_ == quality_, "template", quality_ ? "the title has no modifier" : "a modifier belongs to another title");
    demand(device_, "template", "the observer is not named as a device; a reader would take it for a person");
    demand(described_, "text", "no description says that a draft is withdrawn");
    for (const auto& [instance, sop_class] : listed_) {
      demand(named_.contains(instance), "evidence", "an object is listed that the tree does not name: " + std::string(sop_class_name(sop_class)));
    }
  }

  bool quality_ = false, modified_ = false, device_ = false, described_ = false;
  int reports_ = 0;
  std::map<std::string, std::string> listed_;  // SOP class by instance
  std::set<std::string> named_;
};

}  // namespace

std::vector<SrMistake> check_rejection_note(DcmFileFormat& file) { return NoteCheck(file).run(); }

}  // namespace radfm::report
