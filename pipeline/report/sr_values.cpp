// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/sr_values.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>

#include "pipeline/report/sections.h"

namespace radfm::report {

std::string value_of(DcmItem& item, const DcmTagKey& tag) {
  OFString value;
  item.findAndGetOFStringArray(tag, value);
  std::string text = legal_text(std::string_view(value.data(), value.size()));
  for (std::size_t at = 0; (at = text.find('\r', at)) != std::string::npos;) text.erase(at, 1);
  return text;
}

DcmItem* first_item(DcmItem& item, const DcmTagKey& sequence) {
  DcmItem* found = nullptr;
  item.findAndGetSequenceItem(sequence, found, 0);
  return found;
}

std::string code_meaning(DcmItem& item, const DcmTagKey& sequence) {
  DcmItem* code = first_item(item, sequence);
  return code == nullptr ? std::string() : value_of(*code, DCM_CodeMeaning);
}

std::string code_value(DcmItem& item, const DcmTagKey& sequence) {
  DcmItem* code = first_item(item, sequence);
  return code == nullptr ? std::string() : value_of(*code, DCM_CodeValue) + "," + value_of(*code, DCM_CodingSchemeDesignator);
}

}  // namespace radfm::report
