// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/sr_relationships.h"

#include <dcmtk/dcmsr/dsriodcc.h>

#include <memory>

namespace radfm::report {

DSRTypes::E_DocumentType document_type(SrClass sr_class) {
  const std::string uid(sop_class_uid_of(sr_class));
  return DSRTypes::sopClassUIDToDocumentType(uid.c_str());
}

bool is_allowed(SrClass sr_class, const std::string& source_type, const std::string& relationship, const std::string& target_type) {
  const std::unique_ptr<DSRIODConstraintChecker> checker(DSRTypes::createIODConstraintChecker(document_type(sr_class)));
  return checker->checkContentRelationship(DSRTypes::definedTermToValueType(source_type.c_str()),
                                           DSRTypes::definedTermToRelationshipType(relationship.c_str()),
                                           DSRTypes::definedTermToValueType(target_type.c_str()));
}

}  // namespace radfm::report
