// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/result.h"
#include "scu-scp/association.h"
#include "scu-scp/find_scu.h"
#include "scu-scp/retrieval.h"

class DcmDataset;

namespace radfm::scu {

// The identifier of a retrieval (PS3.4 C.4.2.1.4, C.4.3.1.3): the study, one series of it (empty: the
// study), or the one object of that series that the request names.
void fill_identifier(DcmDataset& identifier, const RetrievalRequest& request, const std::string& series_uid,
                     QueryModel model);

// What a final C-GET or C-MOVE status means (PS3.4 C.4.2.1.5, C.4.3.1.4), of which so many sub-operations
// failed: those are no error by themselves.
Status judge_retrieval(std::uint16_t status, std::size_t failed, const std::string& who);

}  // namespace radfm::scu
