// SPDX-License-Identifier: Apache-2.0
#include "core/orthanc_identifier.h"

#include <openssl/evp.h>

#include <cstddef>
#include <new>

namespace radfm {
namespace {

constexpr std::size_t group_digits = 8, groups = 5;
constexpr std::string_view digits = "0123456789abcdef";

}  // namespace

OrthancKey orthanc_key(std::string_view joined_identifiers) {
  OrthancKey key{};
  unsigned int bytes = 0;
  if (EVP_Digest(joined_identifiers.data(), joined_identifiers.size(), key.data(), &bytes, EVP_sha1(), nullptr) != 1 || bytes != key.size())
    throw std::bad_alloc();  // the one reason that there is; inside of Orthanc nobody ends the program for it
  return key;
}

std::string orthanc_identifier(const OrthancKey& key) {
  std::string text;
  text.reserve(groups * (group_digits + 1) - 1);
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (i > 0 && i % (group_digits / 2) == 0) text.push_back('-');
    text.push_back(digits[key[i] >> 4U]);
    text.push_back(digits[key[i] & 0xFU]);
  }
  return text;
}

std::optional<OrthancKey> parse_orthanc_identifier(std::string_view text) {
  if (text.size() != groups * (group_digits + 1) - 1) return std::nullopt;
  OrthancKey key{};
  std::size_t digit = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % (group_digits + 1) == group_digits) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const std::size_t value = digits.find(text[i]);
    if (value == std::string_view::npos) return std::nullopt;
    key[digit / 2] = static_cast<std::uint8_t>(key[digit / 2] << 4U | value);
    ++digit;
  }
  return key;
}

}  // namespace radfm
