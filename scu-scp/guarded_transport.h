// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dcmlayer.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/result.h"
#include "scu-scp/pdu_guard.h"
#include "scu-scp/tls_settings.h"
#include "scu-scp/watchdog.h"

class DcmTLSTransportLayer;

namespace radfm::scu {

// DCMTK's way to the socket of one association: hands the socket to the watchdog, and shows DCMTK no PDU that
// the guard refuses. Outlives the association. One thread.
class GuardedTransport final : public DcmTransportLayer {
 public:
  GuardedTransport(Watchdog& watchdog, PduGuard::Side side, std::uint64_t received_bytes_max);
  ~GuardedTransport() override;

  // Everything that is connected afterwards is secure. `host`: whose name the certificate must bear (empty:
  // nobody's). permanent "tls_not_usable": a file is missing, is no PEM, or key and certificate do not belong
  // together.
  Status secure(const TlsSettings& settings, const std::string& host);
  bool is_secure() const { return tls_ != nullptr; }
  // Called once, when the socket has been taken over from DCMTK.
  void on_connection(std::function<void()> call) { on_connection_ = std::move(call); }
  const PduGuard& guard() const { return guard_; }
  // Why the TLS handshake failed; empty: it did not.
  const std::string& handshake_fault() const { return handshake_fault_; }

  DcmTransportConnection* createConnection(DcmNativeSocketType socket, OFBool secure) override;

 private:
  Watchdog& watchdog_;
  PduGuard guard_;
  const PduGuard::Side side_;
  std::string handshake_fault_;
  std::unique_ptr<DcmTLSTransportLayer> tls_;
  std::function<void()> on_connection_;
};

}  // namespace radfm::scu
