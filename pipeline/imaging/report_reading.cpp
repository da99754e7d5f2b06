// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/report_reading.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include <algorithm>
#include <utility>

#include "core/sop_class.h"
#include "pipeline/imaging/element_text.h"
#include "pipeline/imaging/encapsulated_document.h"
#include "pipeline/imaging/instance_facts.h"
#include "pipeline/imaging/utf8_text.h"

namespace radfm::imaging {
namespace {

// Document titles (DCM) of SRs that hold no narrative report.
constexpr std::string_view other_titles[] = {
    "113701",  // X-Ray Radiation Dose Report
    "113500",  // Radiopharmaceutical Radiation Dose Report
    "126000",  // Imaging Measurement Report
    "126001",  // Oncology Measurement Report
    "126002",  // Dynamic Contrast MR Measurement Report
    "121181",  // DICOM Object Catalog
};

std::string meaning_of(DcmItem& item, const DcmTagKey& sequence) {
  DcmItem* code = nullptr;
  if (item.findAndGetSequenceItem(sequence, code).bad() || code == nullptr) return {};
  return text_of(*code, DCM_CodeMeaning);
}

std::string value_of(DcmItem& item, const std::string& type) {
  if (type == "TEXT" || type == "UT") return text_of(item, DCM_TextValue);
  if (type == "CODE") return meaning_of(item, DCM_ConceptCodeSequence);
  if (type == "DATE") return text_of(item, DCM_Date);
  if (type == "TIME") return text_of(item, DCM_Time);
  if (type == "DATETIME") return text_of(item, DCM_DateTime);
  DcmItem* measured = nullptr;
  if (type != "NUM" || item.findAndGetSequenceItem(DCM_MeasuredValueSequence, measured).bad() ||
      measured == nullptr) {
    return {};
  }
  const std::string unit = meaning_of(*measured, DCM_MeasurementUnitsCodeSequence);
  return text_of(*measured, DCM_NumericValue) + (unit.empty() ? "" : " " + unit);
}

void add_person(ReportReading& report, std::string name) {
  cut_text(name, fact_text_bytes_max);
  if (!name.empty() && report.persons.size() < report_items_max) report.persons.push_back(std::move(name));
}

std::string with_plain_line_ends(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      if (i + 1 == text.size() || text[i + 1] != '\n') out += '\n';
    } else {
      out += text[i];
    }
  }
  return out;
}

// The walk over the content tree: its text, and whom it names.
class ContentWalk {
 public:
  explicit ContentWalk(ReportReading& report) : report_(report) {}

  void append_children(DcmItem& item, int depth) {
    DcmSequenceOfItems* content = nullptr;
    if (item.findAndGetSequence(DCM_ContentSequence, content).bad() || content == nullptr) return;
    for (unsigned long i = 0; i < content->card() && report_.text.size() < report_text_bytes_max; ++i) {
      append_item(*content->getItem(i), depth + 1);
    }
  }

 private:
  void append_item(DcmItem& item, int depth) {
    if (depth > report_depth_max) return;
    const std::string type = text_of(item, DCM_ValueType);
    // A person is no text of the report, but must be known: the name may stand in a text.
    if (type == "PNAME") add_person(report_, text_of(item, DCM_PersonName));
    const std::string relation = text_of(item, DCM_RelationshipType);
    // Context and modifiers say who observed what in which language; they are no text of the report either.
    const bool context = relation == "HAS OBS CONTEXT" || relation == "HAS CONCEPT MOD" || relation == "HAS ACQ CONTEXT";
    if (context || type == "PNAME") return;
    const std::string name = meaning_of(item, DCM_ConceptNameCodeSequence);
    std::string& out = report_.text;
    if (type == "CONTAINER") {
      if (!name.empty()) out += (out.empty() ? "" : "\n") + name + ":\n";
    } else if (const std::string value = with_plain_line_ends(value_of(item, type)); !value.empty()) {
      out += (type == "TEXT" || name.empty() ? "" : name + ": ") + value + "\n";
    }
    append_children(item, depth);
  }

  ReportReading& report_;
};

void read_title(DcmItem& data_set, ReportReading& report) {
  report.title = meaning_of(data_set, DCM_ConceptNameCodeSequence);
  if (report.title.empty()) report.title = text_of(data_set, DCM_DocumentTitle);
  DcmItem* title = nullptr;
  if (data_set.findAndGetSequenceItem(DCM_ConceptNameCodeSequence, title).good() && title != nullptr) {
    report.title_code = text_of(*title, DCM_CodeValue);
    report.title_scheme = text_of(*title, DCM_CodingSchemeDesignator);
  }
}

// Calls `take` for each item of a sequence, up to a limit that no honest document reaches.
template <class Take>
void for_each_item(DcmItem& data_set, const DcmTagKey& sequence, const Take& take) {
  DcmSequenceOfItems* items = nullptr;
  if (data_set.findAndGetSequence(sequence, items).bad() || items == nullptr) return;
  for (unsigned long i = 0; i < items->card() && i < report_items_max; ++i) take(*items->getItem(i));
}

// PS3.3 C.17.2: Predecessor Documents Sequence names its documents by study, series and instance.
void read_predecessors(DcmItem& data_set, ReportReading& report) {
  for_each_item(data_set, DCM_PredecessorDocumentsSequence, [&](DcmItem& study) {
    for_each_item(study, DCM_ReferencedSeriesSequence, [&](DcmItem& series) {
      for_each_item(series, DCM_ReferencedSOPSequence, [&](DcmItem& instance) {
        const std::string uid = text_of(instance, DCM_ReferencedSOPInstanceUID);
        if (!uid.empty() && report.predecessors.size() < report_items_max) report.predecessors.push_back(uid);
      });
    });
  });
}

void read_persons(DcmItem& data_set, ReportReading& report) {
  for_each_item(data_set, DCM_VerifyingObserverSequence, [&](DcmItem& observer) {
    add_person(report, text_of(observer, DCM_VerifyingObserverName));
    std::string at = text_of(observer, DCM_VerificationDateTime);
    cut_text(at, fact_text_bytes_max);
    report.verified_at = std::max(report.verified_at, at);
  });
  for (const DcmTagKey& sequence : {DCM_AuthorObserverSequence, DCM_ParticipantSequence}) {
    for_each_item(data_set, sequence, [&](DcmItem& person) { add_person(report, text_of(person, DCM_PersonName)); });
  }
}

void read_flags(DcmItem& data_set, ReportReading& report) {
  report.completion_flag = text_of(data_set, DCM_CompletionFlag);
  report.verification_flag = text_of(data_set, DCM_VerificationFlag);
  report.preliminary_flag = text_of(data_set, DCM_PreliminaryFlag);
  report.manufacturer = text_of(data_set, DCM_Manufacturer);
  report.model_name = text_of(data_set, DCM_ManufacturerModelName);
  report.content_date = text_of(data_set, DCM_ContentDate);
  report.content_time = text_of(data_set, DCM_ContentTime);
}

}  // namespace

std::optional<ReportReading> read_report(DcmItem& data_set, std::vector<std::uint8_t>* pdf) {
  ReportReading report;
  report.sop_instance_uid = text_of(data_set, DCM_SOPInstanceUID);
  report.sop_class_uid = text_of(data_set, DCM_SOPClassUID);
  report.series_instance_uid = text_of(data_set, DCM_SeriesInstanceUID);
  read_flags(data_set, report);
  read_title(data_set, report);
  for (std::string* text : {&report.completion_flag, &report.verification_flag, &report.preliminary_flag, &report.manufacturer,
                            &report.model_name, &report.content_date, &report.content_time, &report.title, &report.title_code,
                            &report.title_scheme}) {
    cut_text(*text, fact_text_bytes_max);
  }
  report.ours = report.manufacturer == product_manufacturer && report.model_name == product_model_name;
  if (std::find(std::begin(other_titles), std::end(other_titles), report.title_code) != std::end(other_titles)) return std::nullopt;
  read_predecessors(data_set, report);
  read_persons(data_set, report);
  if (report.sop_class_uid == encapsulated_pdf_uid || report.sop_class_uid == encapsulated_cda_uid) {
    // A companion of a draft of ours is read by nobody, and is not to use up what others' documents are allowed.
    read_encapsulated(data_set, report, report.ours ? nullptr : pdf);
  } else {
    ContentWalk(report).append_children(data_set, 0);
  }
  cut_text(report.text, report_text_bytes_max);
  return report;
}

}  // namespace radfm::imaging
