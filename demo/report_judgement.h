// SPDX-License-Identifier: Apache-2.0
// A report against the truth of what was shown, attribute by attribute. Safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "demo/report_parser.h"

namespace radfm::demo {

struct Verdict {
  std::string_view attribute;
  bool right = false;
};

// All attributes, in the order in which they are printed:
//   present          a lesion, or none; and a diagnostic image, or none
//   kind side zone size   of a lesion that there is; one that was missed is wrong in all of them
//   heart modality
//   change           with a prior image: the verdict, its lesions and what has gone
//   heart_change     with a prior image: the heart then and now
//   prior_statement  what it says of the prior study: compared with, none, or the report only
//   impression       says the same as a true one
//   consistent       contradicts itself nowhere, and is in its language (report_parser.h)
const std::vector<std::string_view>& judged_attributes();

// Only those that are asked of this truth.
std::vector<Verdict> judge(const ParsedReport& report, const Told& told);

}  // namespace radfm::demo
