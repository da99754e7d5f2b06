// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace radfm::scu {

inline constexpr std::size_t command_bytes_max = 16u << 10;  // of one DIMSE command set

// A DIMSE command set (PS3.7 6.3.1, E.1) as its fragments come: implicit VR, group 0000 only, nothing nested,
// values of their sizes, and only commands that this node takes. DCMTK parses fragments as they come, so each
// one is looked at before it.
class CommandGuard {
 public:
  // What is wrong with it, in words.
  std::optional<std::string> take(std::span<const std::uint8_t> fragment, bool last);
  // After the last fragment: a data set follows (Command Data Set Type is not 0101).
  bool announces_data_set() const { return data_set_; }

 private:
  std::optional<std::string> check_header();
  std::optional<std::string> check_whole();
  std::vector<std::uint8_t> bytes_;
  std::size_t at_ = 0;
  bool data_set_ = false;
};

}  // namespace radfm::scu
