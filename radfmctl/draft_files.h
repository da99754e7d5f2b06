// SPDX-License-Identifier: Apache-2.0
// What `radfmctl report` leaves in its output folder.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/result.h"
#include "pipeline/report/draft_report.h"

namespace radfm::ctl {

// draft-report.dcm, draft-report.txt and draft-report.json; of companions draft-report-pdf.dcm with draft-report.pdf, and
// draft-report-page_1.dcm and so on. Each is written beside its name and renamed.
Status write_draft_files(const std::filesystem::path& folder, const report::DraftReport& draft,
                         const nlohmann::json& facts);

}  // namespace radfm::ctl
