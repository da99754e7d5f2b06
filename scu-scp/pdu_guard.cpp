// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/pdu_guard.h"

#include "scu-scp/associate_pdu.h"

namespace radfm::scu {
namespace {

// PS3.8 9.3.1
constexpr std::uint8_t associate_request = 0x01, associate_accept = 0x02, associate_reject = 0x03,
                       data = 0x04, release_request = 0x05, release_answer = 0x06, abort_pdu = 0x07;
constexpr std::size_t fragment_head_bytes =
    4;  // of a presentation data value (PS3.8 9.3.5.1), then two bytes counted in

std::uint32_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : bytes.first(4)) value = value << 8 | byte;
  return value;
}

}  // namespace

bool PduGuard::refuse(std::string why) {
  if (fault_.empty()) fault_ = std::move(why);
  return false;
}

bool PduGuard::length_fits(std::uint8_t type, std::uint32_t length) {
  switch (type) {
    case associate_request:
    case associate_accept:
      return length <= associate_pdu_bytes_max || refuse("the association's parameters are too long");
    case associate_reject:
    case release_request:
    case release_answer:
    case abort_pdu:
      return length == 4 || refuse("a PDU of four bytes has another length");
    case data:
      return length <= data_pdu_bytes_max || refuse("a data PDU is longer than announced to the peer");
    default:
      return refuse("a PDU of an unknown type");
  }
}

bool PduGuard::order_fits(std::uint8_t type) {
  if (type == abort_pdu) return true;
  if (associated_) {
    return (type != associate_request && type != associate_accept && type != associate_reject) ||
           refuse("an association begins twice");
  }
  const bool first = side_ == Side::acceptor ? type == associate_request
                                             : type == associate_accept || type == associate_reject;
  return first || refuse("the first PDU is none that begins an association");
}

std::optional<std::size_t> PduGuard::body_bytes(std::span<const std::uint8_t> head) {
  if (!fault_.empty() || head.size() != pdu_head_bytes) return std::nullopt;
  type_ = head[0];
  const std::uint32_t length = big_endian(head.subspan(2));
  if (!length_fits(type_, length) || !order_fits(type_)) return std::nullopt;
  if (pdu_head_bytes + length > bytes_left_) {
    over_limit_ = true;
    refuse("it sends more bytes than allowed");
    return std::nullopt;
  }
  bytes_left_ -= pdu_head_bytes + length;
  return length;
}

bool PduGuard::take_body(std::span<const std::uint8_t> body) {
  if (!fault_.empty()) return false;
  switch (type_) {
    case associate_request:
    case associate_accept: {
      const auto kind = type_ == associate_request ? AssociatePdu::request : AssociatePdu::accept;
      if (auto fault = associate_pdu_fault(kind, body))
        return refuse("the association's parameters: " + *fault);
      associated_ = true;
      return true;
    }
    case data:
      return take_fragments(body);
    default:
      return true;
  }
}

bool PduGuard::take_fragments(std::span<const std::uint8_t> body) {
  if (body.empty()) return refuse("a data PDU is empty");
  while (!body.empty()) {
    if (body.size() < fragment_head_bytes + 2) return refuse("a fragment is too short");
    const std::uint32_t length = big_endian(body);
    if (length < 2 || length > body.size() - fragment_head_bytes)
      return refuse("a fragment is longer than its PDU");
    const std::uint8_t context = body[4], control = body[5];
    if (context % 2 == 0) return refuse("a fragment names no presentation context");
    if (control > 3) return refuse("a fragment has an unknown control header");
    const bool message_goes_on = in_command_ || data_set_due_;
    if (message_goes_on && context != context_) return refuse("a message changes its presentation context");
    context_ = context;
    if (!take_fragment(body.subspan(6, length - 2), control)) return false;
    body = body.subspan(fragment_head_bytes + length);
  }
  return true;
}

bool PduGuard::take_fragment(std::span<const std::uint8_t> fragment, std::uint8_t control) {
  const bool is_command = (control & 1) != 0, last = (control & 2) != 0;
  if (fragment.size() % 2 != 0) return refuse("a fragment has an odd length");
  if (fragment.empty() && !last) return refuse("an empty fragment is not the last");
  if (!is_command) {
    if (!data_set_due_) return refuse("a data set that no command announced");
    data_set_due_ = !last;
    return true;
  }
  if (data_set_due_) return refuse("a command in the midst of a data set");
  if (!in_command_) command_ = CommandGuard();
  if (auto fault = command_.take(fragment, last)) return refuse(*fault);
  in_command_ = !last;
  data_set_due_ = last && command_.announces_data_set();
  return true;
}

}  // namespace radfm::scu
