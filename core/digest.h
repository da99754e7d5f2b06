// SPDX-License-Identifier: Apache-2.0
// SHA-256 and name-based UUIDs. Nothing here keeps state between calls; safe from any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace radfm {

std::string sha256(std::string_view bytes);      // 32 bytes
std::string sha256_hex(std::string_view bytes);  // 64 lower-case hex digits

// SHA-256 of a stream. Not shared between threads.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(const void* data, std::size_t bytes);
  std::string hex();  // ends the stream; call once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// UUIDv5 of `name` in this product's name space, as a DICOM UID "2.25.<decimal>" (PS3.5 B.2; RFC 4122 4.3).
// The same name gives the same UID for ever: that makes the write-back idempotent.
std::string uid_from_name(std::string_view name);

}  // namespace radfm
