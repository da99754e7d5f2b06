// SPDX-License-Identifier: Apache-2.0
// What is asked of every object of ours, whatever its class: base of the rules of a report and of a rejection note. For use inside one call.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/report/codes.h"
#include "pipeline/report/sr_check.h"

namespace radfm::report {

class ObjectCheck {
 protected:
  // `file` must outlive the check.
  explicit ObjectCheck(DcmFileFormat& file);

  void demand(bool holds, const char* rule, const std::string& text);
  std::string value(const DcmTagKey& tag);

  void names_no_verifier();
  // The same object in the file's header, that modality, legal UIDs, UTF-8.
  void check_document(const char* modality);
  void check_manufacturer();
  void names_template(const char* identifier);
  // The item's text as it was before it was made even (PS3.5 6.2).
  std::string check_text(DcmItem& item);

  static std::string name(const Code& code) { return std::string(code.value) + "," + code.scheme; }

  DcmMetaInfo& meta_;
  DcmDataset& dataset_;
  std::vector<SrMistake> mistakes_;
};

}  // namespace radfm::report
