// SPDX-License-Identifier: Apache-2.0
// A cursor in a content tree that remembers the first refusal, so that a layout reads like its template.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmsr/dsrdoctr.h>

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "pipeline/report/codes.h"
#include "pipeline/report/draft_report.h"

class DcmItem;

namespace radfm::report {

DSRCodedEntryValue coded(const Code& code);

class TreeWriter {
 public:
  // One of the SOP classes that dcmsr knows.
  explicit TreeWriter(std::string_view sop_class_uid);

  void root(const Code& title, const char* template_identifier, const std::string& observation_datetime);
  void open_section(const Code& heading) { add(DSRTypes::RT_contains, DSRTypes::VT_Container, heading); }
  // Leaves a section, or a text that has images below it.
  void close() { tree_.goUp(); }

  void code(DSRTypes::E_RelationshipType relationship, const Code& name, const Code& value);
  void code(DSRTypes::E_RelationshipType relationship, const Code& name, const DSRCodedEntryValue& value);
  void uid(DSRTypes::E_RelationshipType relationship, const Code& name, const std::string& value);
  void text(DSRTypes::E_RelationshipType relationship, const Code& name, const std::string& value);
  // False, and nothing is open, when there is no text: an empty TEXT item is not legal.
  bool open_text(DSRTypes::E_RelationshipType relationship, const Code& name, const std::string& value);
  void image(DSRTypes::E_RelationshipType relationship, const Code& purpose, const EvidenceInstance& instance);
  // IMAGE or COMPOSITE, contained, without a purpose: the title says why it is named.
  void selected(DSRTypes::E_ValueType type, const std::string& sop_class_uid, const std::string& sop_instance_uid);

  // permanent "report_not_valid": what was refused first.
  Status write(DcmItem& dataset);

 private:
  void add(DSRTypes::E_RelationshipType relationship, DSRTypes::E_ValueType type, const Code& name);
  void require(const Code& name, const OFCondition& condition);
  void refuse(const Code& name, const char* why);

  const std::string sop_class_uid_;
  Code title_{};
  DSRDocumentTree tree_;
  std::optional<Error> refusal_;
};

}  // namespace radfm::report
