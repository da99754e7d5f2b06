// SPDX-License-Identifier: Apache-2.0
// JSON with // and /* */ comments as people write it: syntax errors by line and column, doubled keys found.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/json_section.h"

namespace radfm {

// The document; discarded (is_discarded()) after a syntax error. Each mistake goes to `mistakes`.
nlohmann::json parse_commented_json(const std::string& text, std::vector<JsonMistake>* mistakes);

}  // namespace radfm
