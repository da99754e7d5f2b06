// SPDX-License-Identifier: Apache-2.0
// Drafts in bytes, as the report's writer makes them and the withdrawal's note-maker reads them, without building each anew: a
// real one is built once, and its UIDs and one word of its text are replaced by others of the same length.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/job.h"

namespace radfm::simulation {

class DraftBytes {
 public:
  // `number` makes the text another one: no two drafts of a simulation have the same bytes.
  std::vector<std::uint8_t> make(const ResultUids& uids, int number);

 private:
  std::map<std::pair<std::size_t, std::size_t>, std::string> templates_;  // by the lengths of the two UIDs
};

}  // namespace radfm::simulation
