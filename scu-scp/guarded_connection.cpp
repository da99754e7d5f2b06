// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/guarded_connection.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace radfm::scu {

GuardedConnection::GuardedConnection(DcmNativeSocketType socket,
                                     std::unique_ptr<DcmTransportConnection> inner, PduGuard& guard,
                                     std::string& handshake_fault)
    : DcmTransportConnection(socket),
      inner_(std::move(inner)),
      guard_(guard),
      handshake_fault_(handshake_fault) {}

OFCondition GuardedConnection::noted(const OFCondition& handshake) {
  if (handshake.bad()) handshake_fault_ = handshake.text();
  return handshake;
}

bool GuardedConnection::read_all(std::uint8_t* to, std::size_t bytes) {
  while (bytes > 0) {
    errno = 0;  // OpenSSL leaves it alone, and an old interruption would be tried again for ever
    const ssize_t count = inner_->read(to, bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    to += count;
    bytes -= static_cast<std::size_t>(count);
  }
  return true;
}

bool GuardedConnection::fetch() {
  at_ = 0;
  pdu_.resize(pdu_head_bytes);
  const auto body_bytes = read_all(pdu_.data(), pdu_head_bytes) ? guard_.body_bytes(pdu_) : std::nullopt;
  bool passes = body_bytes.has_value();
  if (passes) {
    pdu_.resize(pdu_head_bytes + *body_bytes);
    passes = read_all(pdu_.data() + pdu_head_bytes, *body_bytes) &&
             guard_.take_body(std::span<const std::uint8_t>(pdu_).subspan(pdu_head_bytes));
  }
  if (!passes) pdu_.clear();
  return passes;
}

ssize_t GuardedConnection::read(void* buffer, size_t bytes) {
  if (bytes == 0) return 0;
  if (at_ == pdu_.size() && !fetch()) return 0;  // for DCMTK the peer has closed
  const std::size_t count = std::min<std::size_t>(bytes, pdu_.size() - at_);
  std::memcpy(buffer, pdu_.data() + at_, count);
  at_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t GuardedConnection::write(void* buffer, size_t bytes) {
  return inner_->write(buffer, bytes);
}

OFBool GuardedConnection::networkDataAvailable(int timeout_s) {
  return at_ < pdu_.size() ? OFTrue : inner_->networkDataAvailable(timeout_s);
}

}  // namespace radfm::scu
