// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/tree_writer.h"

#include <dcmtk/dcmsr/dsrcomvl.h>
#include <dcmtk/dcmsr/dsrimgvl.h>

#include "core/sop_class.h"
#include "core/uid.h"
#include "pipeline/report/sections.h"

namespace radfm::report {

DSRCodedEntryValue coded(const Code& code) { return DSRCodedEntryValue(code.value, code.scheme, code.meaning); }

TreeWriter::TreeWriter(std::string_view sop_class_uid)
    : sop_class_uid_(sop_class_uid), tree_(DSRTypes::sopClassUIDToDocumentType(sop_class_uid_.c_str())) {}

void TreeWriter::root(const Code& title, const char* template_identifier, const std::string& observation_datetime) {
  title_ = title;
  if (tree_.addContentItem(DSRTypes::RT_isRoot, DSRTypes::VT_Container) == 0) refuse(title, "no root");
  require(title, tree_.getCurrentContentItem().setConceptName(coded(title)));
  require(title, tree_.getCurrentContentItem().setTemplateIdentification(template_identifier, "DCMR"));
  // 1C, required only if it differs from the content date and time. DCMTK 3.6.7, and so any reader built on it, calls
  // a zone of +0000 illegal: the contributing equipment's date and time says it then.
  if (tree_.getCurrentContentItem().setObservationDateTime(observation_datetime.c_str()).bad()) {
    require(title, tree_.getCurrentContentItem().setObservationDateTime(OFString()));
  }
}

void TreeWriter::code(DSRTypes::E_RelationshipType relationship, const Code& name, const Code& value) {
  code(relationship, name, coded(value));
}

void TreeWriter::code(DSRTypes::E_RelationshipType relationship, const Code& name, const DSRCodedEntryValue& value) {
  add(relationship, DSRTypes::VT_Code, name);
  require(name, tree_.getCurrentContentItem().setCodeValue(value));
  close();
}

void TreeWriter::uid(DSRTypes::E_RelationshipType relationship, const Code& name, const std::string& value) {
  if (!Uid::parse(value)) return;
  add(relationship, DSRTypes::VT_UIDRef, name);
  require(name, tree_.getCurrentContentItem().setStringValue(value.c_str()));
  close();
}

void TreeWriter::text(DSRTypes::E_RelationshipType relationship, const Code& name, const std::string& value) {
  if (open_text(relationship, name, value)) close();
}

bool TreeWriter::open_text(DSRTypes::E_RelationshipType relationship, const Code& name, const std::string& value) {
  const std::string legal = legal_text(value);
  if (legal.empty()) return false;
  add(relationship, DSRTypes::VT_Text, name);
  require(name, tree_.getCurrentContentItem().setStringValue(OFString(legal.data(), legal.size())));
  return true;
}

void TreeWriter::image(DSRTypes::E_RelationshipType relationship, const Code& purpose, const EvidenceInstance& instance) {
  if (!Uid::parse(instance.sop_class_uid) || !Uid::parse(instance.sop_instance_uid)) return;
  add(relationship, DSRTypes::VT_Image, purpose);
  // Unchecked: dcmsr knows the image classes of its own year only.
  const DSRImageReferenceValue reference(instance.sop_class_uid.c_str(), instance.sop_instance_uid.c_str(), OFFalse);
  require(purpose, tree_.getCurrentContentItem().setImageReference(reference, OFFalse));
  close();
}

void TreeWriter::selected(DSRTypes::E_ValueType type, const std::string& sop_class_uid, const std::string& sop_instance_uid) {
  if (tree_.addContentItem(DSRTypes::RT_contains, type, DSRTypes::AM_belowCurrent) == 0) {
    return refuse(title_, "it may not name an object of this kind");
  }
  auto& item = tree_.getCurrentContentItem();
  if (type == DSRTypes::VT_Image) {
    require(title_, item.setImageReference(DSRImageReferenceValue(sop_class_uid.c_str(), sop_instance_uid.c_str(), OFFalse), OFFalse));
  } else {
    require(title_, item.setCompositeReference(DSRCompositeReferenceValue(sop_class_uid.c_str(), sop_instance_uid.c_str(), OFFalse), OFFalse));
  }
  close();
}

Status TreeWriter::write(DcmItem& dataset) {
  if (!refusal_ && !tree_.isValid()) refuse(title_, "the tree is not valid");
  if (!refusal_) require(title_, tree_.write(dataset));
  if (refusal_) return *refusal_;
  return {};
}

void TreeWriter::add(DSRTypes::E_RelationshipType relationship, DSRTypes::E_ValueType type, const Code& name) {
  require(name, tree_.addChildContentItem(relationship, type, coded(name)));
}

void TreeWriter::require(const Code& name, const OFCondition& condition) {
  if (condition.bad()) refuse(name, condition.text());
}

void TreeWriter::refuse(const Code& name, const char* why) {
  if (refusal_) return;
  refusal_ = permanent_error("report_not_valid", std::string("the report's item \"") + name.meaning +
                                                     "\" is not legal in an object of " + std::string(sop_class_name(sop_class_uid_)) +
                                                     ": " + why + "; this is a fault of the product, please report it");
}

}  // namespace radfm::report
