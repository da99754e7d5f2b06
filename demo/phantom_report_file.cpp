// SPDX-License-Identifier: Apache-2.0
#include "demo/phantom_report_file.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcuid.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/digest.h"

namespace radfm::demo {
namespace {

// PS3.16 annex D. The longer name comes first: "Finding: " is in no other.
struct Heading {
  const char *name, *code;
};
constexpr std::array<Heading, 3> headings = {{{"Findings", "121070"}, {"Finding", "121071"}, {"Impression", "121073"}}};

class Item {
 public:
  Item(DcmItem& item, OFCondition& result) : item_(item), result_(result) {}
  void put(const DcmTagKey& tag, const std::string& value) { keep(item_.putAndInsertString(tag, value.c_str())); }
  void empty(const DcmTagKey& tag) { keep(item_.insertEmptyElement(tag)); }
  void code(const DcmTagKey& sequence, const char* value, const char* scheme, const char* meaning) {
    Item inner = add(sequence);
    inner.put(DCM_CodeValue, value);
    inner.put(DCM_CodingSchemeDesignator, scheme);
    inner.put(DCM_CodeMeaning, meaning);
  }
  Item add(const DcmTagKey& sequence) {
    DcmItem* inner = nullptr;
    keep(item_.findOrCreateSequenceItem(sequence, inner, -2));  // a new one at the end
    if (inner == nullptr) broken_invariant("DCMTK makes no item of a sequence");
    return {*inner, result_};
  }

 private:
  void keep(const OFCondition& condition) {
    if (result_.good()) result_ = condition;
  }
  DcmItem& item_;
  OFCondition& result_;
};

void put_section(Item& document, const Heading& heading, const std::string& text) {
  Item section = document.add(DCM_ContentSequence);
  section.put(DCM_RelationshipType, "CONTAINS");
  section.put(DCM_ValueType, "CONTAINER");
  section.code(DCM_ConceptNameCodeSequence, heading.code, "DCM", heading.name);
  section.put(DCM_ContinuityOfContent, "SEPARATE");
  Item content = section.add(DCM_ContentSequence);
  content.put(DCM_RelationshipType, "CONTAINS");
  content.put(DCM_ValueType, "TEXT");
  content.code(DCM_ConceptNameCodeSequence, heading.code, "DCM", heading.name);
  content.put(DCM_TextValue, text);
}

// Each heading's text up to the next heading.
void put_sections(Item& document, const std::string& text) {
  constexpr std::string_view last = "Impression: ";
  const std::size_t end = std::min(text.find(last), text.size());
  for (const Heading& heading : headings) {
    const std::string start = std::string(heading.name) + ": ";
    if (start == last) {
      if (end < text.size()) put_section(document, heading, text.substr(end + last.size()));
    } else if (text.rfind(start, 0) == 0) {
      const std::size_t stop = text.find_last_not_of(' ', end - 1);
      put_section(document, heading, text.substr(start.size(), stop + 1 - start.size()));
    }
  }
}

void put_header(Item& out, const Study& study) {
  out.put(DCM_SOPClassUID, UID_BasicTextSRStorage);
  out.put(DCM_SOPInstanceUID, uid_from_name("phantom report|" + study.uid));
  out.put(DCM_Modality, "SR");
  out.put(DCM_SeriesInstanceUID, uid_from_name("phantom report series|" + study.uid));
  out.put(DCM_SeriesNumber, "99");
  out.empty(DCM_ReferencedPerformedProcedureStepSequence);
  out.put(DCM_Manufacturer, "Phantom Reporting");
}

void put_document(Item& out, const Study& study, const std::string& text) {
  out.put(DCM_InstanceNumber, "1");
  out.put(DCM_ContentDate, study.date);
  out.put(DCM_ContentTime, study.time);
  out.put(DCM_CompletionFlag, "COMPLETE");
  out.put(DCM_VerificationFlag, "VERIFIED");
  Item observer = out.add(DCM_VerifyingObserverSequence);
  observer.put(DCM_VerifyingOrganization, "Phantom Hospital");
  observer.put(DCM_VerificationDateTime, study.date + study.time);
  observer.put(DCM_VerifyingObserverName, "Phantom^Radiologist");
  observer.empty(DCM_VerifyingObserverIdentificationCodeSequence);
  out.empty(DCM_PerformedProcedureCodeSequence);
  out.put(DCM_ValueType, "CONTAINER");
  out.code(DCM_ConceptNameCodeSequence, "18748-4", "LN", "Diagnostic imaging study");
  out.put(DCM_ContinuityOfContent, "SEPARATE");
  put_sections(out, text);
}

}  // namespace

Status save_report(const std::filesystem::path& path, const Patient& patient, const Study& study, const std::string& text) {
  DcmFileFormat file;
  OFCondition result = EC_Normal;
  Item out(*file.getDataset(), result);
  const bool identified = put_patient_and_study(patient, study, *file.getDataset());
  put_header(out, study);
  put_document(out, study, text);
  if (!identified || result.bad()) return permanent_error("not_written", "DCMTK refuses a value of the report");
  if (file.saveFile(path.c_str(), EXS_LittleEndianExplicit).bad()) {
    return transient_error("file_not_written", "cannot write " + path.string() + ": is the folder there, the disk full?");
  }
  return {};
}

}  // namespace radfm::demo
