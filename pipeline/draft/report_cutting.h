// SPDX-License-Identifier: Apache-2.0
// A prior report's text made short enough for a prompt without changing what it says.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace radfm::draft {

// One line of at most `bytes_max` bytes (plain_text.h). A text that is too long loses first its sections that
// are neither findings nor impression, the oldest (upper) ones first; then whole sentences from the front of
// the findings, last from the front of the impression. A sentence stays whole or goes: half of one could have
// lost its "no". Only the last sentence, if it alone is over the limit, is cut: it keeps its front, where its
// "no" stands. Addenda stand at the end of a report and stay longest. `shortened` (optional) tells.
std::string fit_report_text(std::string_view text, std::size_t bytes_max, bool* shortened = nullptr);

}  // namespace radfm::draft
