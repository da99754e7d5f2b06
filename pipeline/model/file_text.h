// SPDX-License-Identifier: Apache-2.0
// A whole small file of a model directory as text.
#pragma once

#include <filesystem>
#include <string>

#include "core/result.h"

namespace radfm::model {

// permanent "model_file_missing" when it cannot be read, "model_file_too_large" over the limit.
Result<std::string> read_file_text(const std::filesystem::path& file, std::size_t bytes_max);

}  // namespace radfm::model
