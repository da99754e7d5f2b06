// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.h"

namespace radfm::dicomweb {

inline constexpr std::size_t boundary_length_max = 70;  // RFC 2046 5.1.1
inline constexpr std::size_t part_head_bytes_max = 8u << 10;
inline constexpr std::size_t preamble_bytes_max = 8u << 10;
inline constexpr std::size_t parts_max = 20'000;

// The boundary of "multipart/related; type=...; boundary=..." (RFC 2046 5.1, RFC 2387). transient
// "web_bad_answer".
Result<std::string> boundary_of(std::string_view content_type);

// A multipart body, piece by piece as it comes; holds no more of it than a part's head. One thread.
class MultipartReader {
 public:
  // What stands in the body; the first Error ends the reading and is returned as it is.
  class Parts {
   public:
    virtual ~Parts() = default;
    virtual Status begin() = 0;
    virtual Status take(std::string_view piece) = 0;
    virtual Status end() = 0;
  };

  MultipartReader(const std::string& boundary, Parts& parts);
  // transient "web_bad_answer" for what RFC 2046 does not allow or a limit does not.
  Status take(std::string_view piece);
  // After the last piece: transient "web_bad_answer" when the closing boundary has not come.
  Status finish() const;

 private:
  enum class Where { preamble, after_boundary, head, body, epilogue };
  Status step(bool& more);
  Status step_preamble(bool& more);
  Status step_after_boundary(bool& more);
  Status step_head(bool& more);
  Status step_body(bool& more);

  const std::string delimiter_;  // with the line break before it, which belongs to it
  Parts& parts_;
  std::string buffer_ = "\r\n";  // the first boundary may stand at the very beginning
  Where where_ = Where::preamble;
  std::size_t count_ = 0;
  std::size_t skip_ = 0;  // bytes at the beginning of a body that are not its own
};

}  // namespace radfm::dicomweb
