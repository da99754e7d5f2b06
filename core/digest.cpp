// SPDX-License-Identifier: Apache-2.0
#include "core/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/result.h"

namespace radfm {
namespace {

// Never change it: every UID that was ever written follows from it.
constexpr std::array<unsigned char, 16> product_name_space{0x9f, 0x3c, 0x1d, 0x52, 0x7a, 0x0e, 0x4b, 0x6b,
                                                           0x8c, 0x55, 0x2f, 0x1e, 0x6d, 0x0a, 0x94, 0xc7};

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;
using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

Context begin(const EVP_MD* algorithm) {
  Context context(EVP_MD_CTX_new());
  if (!context || EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1) {
    broken_invariant("OpenSSL does not start a digest");
  }
  return context;
}

void add(EVP_MD_CTX* context, const void* data, std::size_t bytes) {
  if (EVP_DigestUpdate(context, data, bytes) != 1) broken_invariant("OpenSSL does not continue a digest");
}

std::size_t finish(EVP_MD_CTX* context, Digest* digest) {
  unsigned int bytes = 0;
  if (EVP_DigestFinal_ex(context, digest->data(), &bytes) != 1) broken_invariant("OpenSSL does not end a digest");
  return bytes;
}

__extension__ typedef unsigned __int128 Uint128;

std::string decimal(Uint128 number) {
  std::string digits;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(number % 10)));
    number /= 10;
  } while (number != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace

struct Sha256::State {
  Context context = begin(EVP_sha256());
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(const void* data, std::size_t bytes) {
  if (!state_) broken_invariant("a SHA-256 was continued after its end");
  add(state_->context.get(), data, bytes);
}

std::string Sha256::hex() {
  if (!state_) broken_invariant("a SHA-256 was ended twice");
  Digest digest{};
  const std::size_t bytes = finish(state_->context.get(), &digest);
  state_.reset();
  std::string text;
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < bytes; ++i) {
    text.push_back(digits[digest[i] >> 4U]);
    text.push_back(digits[digest[i] & 0xFU]);
  }
  return text;
}

std::string sha256(std::string_view bytes) {
  const Context context = begin(EVP_sha256());
  add(context.get(), bytes.data(), bytes.size());
  Digest digest{};
  const std::size_t size = finish(context.get(), &digest);
  return {digest.begin(), digest.begin() + static_cast<std::ptrdiff_t>(size)};
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 digest;
  digest.update(bytes.data(), bytes.size());
  return digest.hex();
}

std::string uid_from_name(std::string_view name) {
  const Context context = begin(EVP_sha1());  // RFC 4122 4.3 fixes SHA-1 for version 5; it guards nothing here
  add(context.get(), product_name_space.data(), product_name_space.size());
  add(context.get(), name.data(), name.size());
  Digest digest{};
  finish(context.get(), &digest);
  digest[6] = static_cast<unsigned char>((digest[6] & 0x0FU) | 0x50U);  // version 5
  digest[8] = static_cast<unsigned char>((digest[8] & 0x3FU) | 0x80U);  // RFC 4122 variant
  Uint128 number = 0;
  for (std::size_t i = 0; i < 16; ++i) number = (number << 8U) | digest[i];
  return "2.25." + decimal(number);
}

}  // namespace radfm
