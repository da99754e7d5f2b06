// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/encapsulated_document.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "core/sop_class.h"
#include "pipeline/imaging/cda_text.h"
#include "pipeline/imaging/element_text.h"

namespace radfm::imaging {
namespace {

// Without the byte that pads an odd length; Encapsulated Document Length (0042,0015) says which, where it is
// there.
std::span<const std::uint8_t> document_of(DcmItem& data_set) {
  DcmElement* element = nullptr;
  Uint8* bytes = nullptr;
  if (data_set.findAndGetElement(DCM_EncapsulatedDocument, element).bad() || element == nullptr) return {};
  if (element->getUint8Array(bytes).bad() || bytes == nullptr) return {};
  std::size_t length = element->getLengthField();
  const auto said = integer_of(data_set, DCM_EncapsulatedDocumentLength);
  if (said && *said > 0) length = std::min(length, static_cast<std::size_t>(*said));
  return {bytes, length};
}

void read_cda(std::span<const std::uint8_t> document, ReportReading& report) {
  Result<CdaDocument> cda = read_cda_document(document);
  if (!cda) {
    report.text_missing = cda.error().message;
    return;
  }
  report.text = std::move(cda->text);
  report.patient = std::move(cda->patient);
  for (std::string& person : cda->persons) report.persons.push_back(std::move(person));
  if (report.title.empty()) report.title = std::move(cda->title);
  // The object's own flag, where it has one, is the archive's word; else the signature in the document.
  if (report.verification_flag.empty() && cda->is_signed) report.verification_flag = "VERIFIED";
}

}  // namespace

void read_encapsulated(DcmItem& data_set, ReportReading& report, std::vector<std::uint8_t>* pdf) {
  const std::span<const std::uint8_t> document = document_of(data_set);
  if (document.empty()) {
    report.text_missing = "the report's document is empty";
  } else if (document.size() > encapsulated_bytes_max) {
    report.text_missing =
        "the report's document is larger than " + std::to_string(encapsulated_bytes_max >> 20) + " MiB";
  } else if (report.sop_class_uid == encapsulated_cda_uid) {
    read_cda(document, report);
  } else if (constexpr std::string_view magic = "%PDF-";
             document.size() < magic.size() || !std::equal(magic.begin(), magic.end(), document.begin())) {
    report.text_missing = "the report's document is no PDF";
  } else if (pdf != nullptr) {
    pdf->assign(document.begin(), document.end());
  }
}

}  // namespace radfm::imaging
