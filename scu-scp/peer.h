// SPDX-License-Identifier: Apache-2.0
// Another DICOM application, and what can go wrong with it.
//
// Errors of everything in this room that talks to a peer:
//   transient  peer_unreachable           no connection, or it broke
//   transient  peer_refused_association   A-ASSOCIATE-RJ, or an abort (PS3.8 9.3.4)
//   transient  peer_timeout               the total deadline passed
//   transient  peer_busy                  C-STORE status A7xx: out of resources (PS3.4 B.2.3)
//   permanent  peer_refused_object        C-STORE status A9xx, Cxxx, 01xx, or no presentation context for the
//   class transient  peer_broke_protocol        it sent what PS3.7 or PS3.8 forbid; the association was ended
//   permanent  peer_sent_too_much         it sent more than was asked for; the association was ended
//   permanent  peer_lacks_service         it accepts no presentation context for what it was asked
//   transient  tls_refused                the handshake failed: certificates, names, versions
//   permanent  tls_not_usable             our own files for TLS
//   cancelled  woken                      the caller's wake descriptor became readable
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "scu-scp/tls_settings.h"

namespace radfm::scu {

// DCMTK waits for a TCP connection by itself and cannot be woken there; a longer deadline still gives up
// after this.
inline constexpr int connect_timeout_s_max = 10;

struct Peer {
  std::string own_ae_title = "RADFM";
  std::string ae_title;  // the called one
  std::string host;
  int port = 104;
  // Total, from the first connect to the release: a peer that sends a byte now and then does not hold it up.
  // A peer that does not even answer the TCP connect may take up to a second longer, since DCMTK counts in
  // whole seconds there, and a name server takes what the system's resolver allows.
  std::int64_t timeout_ms = 60'000;
  std::optional<TlsSettings> tls{};  // none: plain TCP
};

}  // namespace radfm::scu
