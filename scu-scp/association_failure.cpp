// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/association_failure.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dimse.h>

#include <algorithm>

#include "scu-scp/guarded_transport.h"
#include "scu-scp/watchdog.h"

namespace radfm::scu {
namespace {

bool is_one_of(const OFCondition& condition, std::initializer_list<OFCondition> list) {
  return std::any_of(list.begin(), list.end(), [&](const OFCondition& one) { return condition == one; });
}

Error timed_out(const std::string& who, std::int64_t timeout_ms) {
  return transient_error("peer_timeout", who + ": no end within " + std::to_string(timeout_ms) +
                                             " ms; check the peer's load, or allow more time (timeout_ms)");
}

}  // namespace

Error association_failure(const OFCondition& condition, const std::string& who, const Watchdog& watchdog,
                          const GuardedTransport& transport, std::int64_t timeout_ms) {
  switch (watchdog.reason()) {
    case Watchdog::Reason::woken:
      return cancelled_error("woken", "given up on request: " + who);
    case Watchdog::Reason::deadline:
      return timed_out(who, timeout_ms);
    case Watchdog::Reason::none:
      break;
  }
  if (transport.guard().over_limit()) {
    return permanent_error("peer_sent_too_much",
                           who + ": " + transport.guard().fault() + "; ask for less at once, or allow more");
  }
  if (!transport.guard().fault().empty()) {
    return transient_error("peer_broke_protocol",
                           who + ": " + transport.guard().fault() + "; the association was ended");
  }
  if (!transport.handshake_fault().empty()) {
    return transient_error("tls_refused",
                           who + ": the TLS handshake failed (" + transport.handshake_fault() +
                               "); check both certificates, who trusts whom, and the host's name in them");
  }
  if (is_one_of(condition, {DUL_READTIMEOUT, DIMSE_NODATAAVAILABLE, DUL_NETWORKCLOSED}) &&
      watchdog.left_ms() == 0) {
    return timed_out(who, timeout_ms);
  }
  if (is_one_of(condition, {DUL_PEERABORTEDASSOCIATION, DUL_PEERREQUESTEDRELEASE})) {
    return transient_error("peer_refused_association", who + ": the peer ended the association; see its log");
  }
  std::string text = condition.text();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return transient_error("peer_unreachable", who + ": the connection failed (" + text +
                                                 "); check that the peer runs, its address and the network");
}

}  // namespace radfm::scu
