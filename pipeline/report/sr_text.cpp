// SPDX-License-Identifier: Apache-2.0
// An SR document as text: title, flags, the tree, what it was made from. Any SR, not only ours: the walk knows value
// types, no template.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>

#include "core/sop_class.h"
#include "pipeline/report/draft_report.h"
#include "pipeline/report/sections.h"
#include "pipeline/report/sequence_items.h"
#include "pipeline/report/sr_file.h"
#include "pipeline/report/sr_values.h"

namespace radfm::report {
namespace {

std::string measurement(DcmItem& item) {
  DcmItem* measured = first_item(item, DCM_MeasuredValueSequence);
  if (measured == nullptr) return {};
  return value_of(*measured, DCM_NumericValue) + " " + code_meaning(*measured, DCM_MeasurementUnitsCodeSequence);
}

std::string reference(DcmItem& item) {
  DcmItem* object = first_item(item, DCM_ReferencedSOPSequence);
  if (object == nullptr) return {};
  return std::string(sop_class_name(value_of(*object, DCM_ReferencedSOPClassUID))) + " " +
         value_of(*object, DCM_ReferencedSOPInstanceUID);
}

std::string item_value(DcmItem& item, const std::string& type) {
  if (type == "TEXT") return value_of(item, DCM_TextValue);
  if (type == "CODE") return code_meaning(item, DCM_ConceptCodeSequence);
  if (type == "NUM") return measurement(item);
  if (type == "PNAME") return value_of(item, DCM_PersonName);
  if (type == "DATE") return value_of(item, DCM_Date);
  if (type == "TIME") return value_of(item, DCM_Time);
  if (type == "DATETIME") return value_of(item, DCM_DateTime);
  if (type == "UIDREF") return value_of(item, DCM_UID);
  if (type == "IMAGE" || type == "COMPOSITE" || type == "WAVEFORM") return reference(item);
  return {};
}

std::string indented(const std::string& text, const std::string& indent) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out += indent;
  }
  return out;
}

// Depth is bounded by from_file_bytes.
void print_children(DcmItem& parent, int depth, std::string& out) {
  for_each_item(parent, DCM_ContentSequence, [&](DcmItem& item) {
    const std::string type = value_of(item, DCM_ValueType);
    const std::string name = code_meaning(item, DCM_ConceptNameCodeSequence);
    const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
    if (type == "CONTAINER") {
      out += "\n" + indent + name + "\n";
    } else {
      out += indent + (name.empty() ? type : name) + ": " + indented(item_value(item, type), indent + "  ") + "\n";
    }
    print_children(item, depth + 1, out);
  });
}

void print_evidence(DcmItem& dataset, const DcmTagKey& sequence, const char* title, std::string& out) {
  bool empty = true;
  for_each_item(dataset, sequence, [&](DcmItem& study) {
    if (empty) out += std::string("\n") + title + "\n";
    empty = false;
    for_each_item(study, DCM_ReferencedSeriesSequence, [&](DcmItem& series) {
      for_each_item(series, DCM_ReferencedSOPSequence, [&](DcmItem& object) {
        out += "  " + std::string(sop_class_name(value_of(object, DCM_ReferencedSOPClassUID))) + " " +
               value_of(object, DCM_ReferencedSOPInstanceUID) + "\n";
      });
    });
  });
}

}  // namespace

Result<std::string> sr_text(const std::vector<std::uint8_t>& dicom) {
  auto file = from_file_bytes(dicom);
  if (!file) return file.error();
  DcmDataset& dataset = *(*file)->getDataset();
  if (value_of(dataset, DCM_ValueType) != "CONTAINER") {
    return permanent_error("not_an_sr_file", "the file is DICOM but no structured report: it has no content tree");
  }
  if (dataset.convertToUTF8().bad()) {
    return permanent_error("not_an_sr_file", "the report's character set cannot be read (Specific Character Set)");
  }
  std::string out = code_meaning(dataset, DCM_ConceptNameCodeSequence) + "\n";
  for (const DcmTagKey& flag : {DCM_PreliminaryFlag, DCM_CompletionFlag, DCM_VerificationFlag}) {
    const std::string value = value_of(dataset, flag);
    if (!value.empty()) out += value + " ";
  }
  const std::string description = value_of(dataset, DCM_CompletionFlagDescription);
  out += description.empty() ? "\n" : "(" + description + ")\n";
  print_children(dataset, 0, out);
  const bool selection = value_of(dataset, DCM_SOPClassUID) == key_object_selection_uid;
  print_evidence(dataset, DCM_CurrentRequestedProcedureEvidenceSequence, selection ? "Names" : "Made from", out);
  print_evidence(dataset, DCM_PertinentOtherEvidenceSequence, "Compared with", out);
  print_evidence(dataset, DCM_PredecessorDocumentsSequence, "Replaces", out);
  return out;
}

}  // namespace radfm::report
