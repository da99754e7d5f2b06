// SPDX-License-Identifier: Apache-2.0
// Files that an administrator names on the command line.
#pragma once

#include <string>
#include <vector>

#include "core/configuration.h"
#include "core/result.h"
#include "pipeline/imaging/reader_client.h"

namespace radfm::ctl {

inline constexpr std::size_t study_files_max = 20'000;

// Opens files, and everything below folders in the order of their paths. permanent "no_such_file", "unreadable_file",
// "too_many_files", "no_file".
Result<std::vector<imaging::StudyFile>> open_study_files(const std::vector<std::string>& paths);

imaging::ReaderLimits reader_limits(const ReaderSettings& settings);

}  // namespace radfm::ctl
