// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint/refusal.h"

namespace radfm::model {

Error refusal(const std::string& file_name, std::string_view reason, const std::string& sentence) {
  return permanent_error("checkpoint_" + std::string(reason), printable(file_name) + ": " + sentence);
}

std::string printable(std::string_view name) {
  constexpr std::size_t shown_bytes_max = 100;
  std::string text(name.substr(0, shown_bytes_max));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  return text;
}

}  // namespace radfm::model
