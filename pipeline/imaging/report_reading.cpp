// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/report_reading.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include <algorithm>

#include "core/sop_class.h"
#include "pipeline/imaging/element_text.h"
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
  if (type == "PNAME") return text_of(item, DCM_PersonName);
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

void append_item(DcmItem& item, int depth, std::string& out);

void append_children(DcmItem& item, int depth, std::string& out) {
  DcmSequenceOfItems* content = nullptr;
  if (item.findAndGetSequence(DCM_ContentSequence, content).bad() || content == nullptr) return;
  for (unsigned long i = 0; i < content->card() && out.size() < report_text_bytes_max; ++i) {
    append_item(*content->getItem(i), depth + 1, out);
  }
}

void append_item(DcmItem& item, int depth, std::string& out) {
  if (depth > report_depth_max) return;
  const std::string relation = text_of(item, DCM_RelationshipType);
  // Context and modifiers say who observed what in which language; they are no text of the report.
  if (relation == "HAS OBS CONTEXT" || relation == "HAS CONCEPT MOD" || relation == "HAS ACQ CONTEXT") return;
  const std::string type = text_of(item, DCM_ValueType);
  const std::string name = meaning_of(item, DCM_ConceptNameCodeSequence);
  if (type == "CONTAINER") {
    if (!name.empty()) out += (out.empty() ? "" : "\n") + name + ":\n";
  } else if (const std::string value = with_plain_line_ends(value_of(item, type)); !value.empty()) {
    out += (type == "TEXT" || name.empty() ? "" : name + ": ") + value + "\n";
  }
  append_children(item, depth, out);
}

}  // namespace

std::optional<ReportReading> read_report(DcmItem& data_set) {
  ReportReading report;
  report.sop_instance_uid = text_of(data_set, DCM_SOPInstanceUID);
  report.sop_class_uid = text_of(data_set, DCM_SOPClassUID);
  report.series_instance_uid = text_of(data_set, DCM_SeriesInstanceUID);
  report.completion_flag = text_of(data_set, DCM_CompletionFlag);
  report.verification_flag = text_of(data_set, DCM_VerificationFlag);
  report.preliminary_flag = text_of(data_set, DCM_PreliminaryFlag);
  report.manufacturer = text_of(data_set, DCM_Manufacturer);
  report.model_name = text_of(data_set, DCM_ManufacturerModelName);
  report.content_date = text_of(data_set, DCM_ContentDate);
  report.content_time = text_of(data_set, DCM_ContentTime);
  for (std::string* text : {&report.completion_flag, &report.verification_flag, &report.preliminary_flag, &report.manufacturer,
                            &report.model_name, &report.content_date, &report.content_time}) {
    cut_text(*text, fact_text_bytes_max);
  }
  report.ours = report.manufacturer == product_manufacturer && report.model_name == product_model_name;
  report.title = meaning_of(data_set, DCM_ConceptNameCodeSequence);
  if (report.title.empty()) report.title = text_of(data_set, DCM_DocumentTitle);
  cut_text(report.title, fact_text_bytes_max);
  DcmItem* title = nullptr;
  if (data_set.findAndGetSequenceItem(DCM_ConceptNameCodeSequence, title).good() && title != nullptr) {
    const std::string code = text_of(*title, DCM_CodeValue);
    if (std::find(std::begin(other_titles), std::end(other_titles), code) != std::end(other_titles))
      return std::nullopt;
  }
  append_children(data_set, 0, report.text);
  cut_text(report.text, report_text_bytes_max);
  return report;
}

}  // namespace radfm::imaging
