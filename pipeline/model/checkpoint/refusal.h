// SPDX-License-Identifier: Apache-2.0
// How a weights' file is refused: "checkpoint_<reason>" with the file's own name and a sentence for people.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace radfm::model {

// permanent "checkpoint_<reason>": "<file name>: <sentence>".
Error refusal(const std::string& file_name, std::string_view reason, const std::string& sentence);

// A name out of a hostile file as it may stand in a message: at most 100 bytes, printable ASCII.
std::string printable(std::string_view name);

}  // namespace radfm::model
