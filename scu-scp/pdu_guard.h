// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "scu-scp/command_guard.h"

namespace radfm::scu {

inline constexpr std::size_t pdu_head_bytes = 6;
inline constexpr std::uint32_t data_pdu_bytes_max = 64u << 10;  // announced to the peer (PS3.8 D.1)
inline constexpr std::uint32_t associate_pdu_bytes_max =
    256u << 10;  // 128 contexts with all that may stand in them

// What a peer sends on one association, PDU by PDU (PS3.8 9.3), before DCMTK sees it: known types in an order
// that makes sense, lengths at their limits, fragments that fit their PDU, flat commands, data sets only
// where one was announced, and no more bytes than asked for. Knows no sockets. One thread. After the first
// fault everything is refused.
class PduGuard {
 public:
  enum class Side { requestor, acceptor };  // ours
  PduGuard(Side side, std::uint64_t received_bytes_max) : side_(side), bytes_left_(received_bytes_max) {}

  // How many bytes follow this head of pdu_head_bytes; nothing: refused, see fault().
  std::optional<std::size_t> body_bytes(std::span<const std::uint8_t> head);
  // The body that the last head announced. False: refused.
  bool take_body(std::span<const std::uint8_t> body);
  // Why nothing more is taken, in words for an administrator; empty: all is well.
  const std::string& fault() const { return fault_; }
  // The parameters of an association have been taken.
  bool associated() const { return associated_; }
  // The fault is that the peer sent more than was asked for.
  bool over_limit() const { return over_limit_; }

 private:
  bool refuse(std::string why);
  bool length_fits(std::uint8_t type, std::uint32_t length);
  bool order_fits(std::uint8_t type);
  bool take_fragments(std::span<const std::uint8_t> body);
  bool take_fragment(std::span<const std::uint8_t> fragment, std::uint8_t control);

  const Side side_;
  std::uint64_t bytes_left_;
  std::uint8_t type_ = 0;
  bool associated_ = false, over_limit_ = false, in_command_ = false, data_set_due_ = false;
  std::uint8_t context_ = 0;  // of the message that is on its way
  CommandGuard command_;
  std::string fault_;
};

}  // namespace radfm::scu
