// SPDX-License-Identifier: Apache-2.0
#include "core/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "core/result.h"

namespace radfm {

std::string hmac_sha256_hex(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), code.data(),
           &size) == nullptr) {
    broken_invariant("OpenSSL makes no HMAC");
  }
  std::string text;
  constexpr std::string_view digits = "0123456789abcdef";
  for (unsigned int i = 0; i < size; ++i) {
    text.push_back(digits[code.at(i) >> 4U]);
    text.push_back(digits[code.at(i) & 0xFU]);
  }
  return text;
}

}  // namespace radfm
