// SPDX-License-Identifier: GPL-3.0-or-later
// What is said and asked of the rules at the REST interface. Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/result.h"
#include "orthanc-plugin/notice_board.h"

namespace radfm::plugin {

// Of GET status: {"in_force": how many, "read_at": ISO 8601 or null, "refused": mistakes of a file that was not taken}
nlohmann::json rules_status_json(const Notices& notices);
// Of GET rules: {"file": its name, "read_at", "refused", "rules": [...] as in the configuration, with every default written out}
nlohmann::json rules_json(const Notices& notices);

// The body of POST rules/test: {"study": TEXT} and nothing else. permanent "bad_request" repeats nothing of it.
Result<std::string> read_rules_question(const std::string& body);

}  // namespace radfm::plugin
