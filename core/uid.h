// SPDX-License-Identifier: Apache-2.0
// Names of DICOM, parsed once. A parsed value is safe in JSON and SQL; it is still never made part of a path.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace radfm {

inline constexpr std::size_t uid_length_max = 64;       // PS3.5 9.1
inline constexpr std::size_t ae_title_length_max = 16;  // PS3.5 6.2 (AE)

// A UID by PS3.5 9.1: at most 64 characters, no empty component; trailing NUL and blanks are cut. Accepted since archives hold
// them and a study keeps its UID: leading zeros, and the letters, dashes and underscores of de-identifiers that write hashes.
class Uid {
 public:
  static std::optional<Uid> parse(std::string_view text);
  const std::string& str() const { return text_; }
  auto operator<=>(const Uid&) const = default;

 private:
  explicit Uid(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// An application entity title (PS3.5 6.2): 1 to 16 printable ASCII characters, no backslash, outer blanks cut.
class AeTitle {
 public:
  static std::optional<AeTitle> parse(std::string_view text);
  const std::string& str() const { return text_; }
  auto operator<=>(const AeTitle&) const = default;

 private:
  explicit AeTitle(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace radfm
