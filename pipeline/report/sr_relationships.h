// SPDX-License-Identifier: Apache-2.0
// Which content item may stand below which, and how: value types and relationships of the four SR IODs (PS3.3 A.35.1.3.1,
// A.35.2.3.1, A.35.3.3.1, A.35.13.3.1) as DCMTK's tables have them. Pure functions; any thread.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmsr/dsrtypes.h>

#include <string>

#include "core/sop_class.h"

namespace radfm::report {

DSRTypes::E_DocumentType document_type(SrClass sr_class);

// In the words of the file: "TEXT", "INFERRED FROM", "IMAGE". Relationships by value only: those by reference, which
// Comprehensive SR has, are in no draft.
bool is_allowed(SrClass sr_class, const std::string& source_type, const std::string& relationship, const std::string& target_type);

}  // namespace radfm::report
