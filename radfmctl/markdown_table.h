// SPDX-License-Identifier: Apache-2.0
// Tables and quantities as they stand in a document.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace radfm::ctl {

using Row = std::vector<std::string>;

inline std::string table_row(const Row& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + (cell.empty() ? "—" : cell) + " |";
  return line + "\n";
}

inline std::string markdown_table(const Row& head, const std::vector<Row>& rows) {
  std::string text = table_row(head) + table_row(Row(head.size(), "---"));
  for (const Row& row : rows) text += table_row(row);
  return text + "\n";
}

// "64 KiB" where it is whole, else bytes.
inline std::string size_text(std::uint64_t bytes) {
  const char* units[] = {"bytes", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  for (; unit < 3 && bytes >= 1024 && bytes % 1024 == 0; ++unit) bytes /= 1024;
  return std::to_string(bytes) + " " + units[unit];
}

inline std::string time_text(std::int64_t ms) {
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

inline std::string code_text(const std::string& text) { return "`" + text + "`"; }

}  // namespace radfm::ctl
