// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dcmtrans.h>

#include <memory>
#include <string>
#include <vector>

#include "scu-scp/pdu_guard.h"

namespace radfm::scu {

// A connection that reads whole PDUs, shows them to the guard, and gives DCMTK those that pass. Holds at most
// one PDU.
class GuardedConnection final : public DcmTransportConnection {
 public:
  // `handshake_fault` gets OpenSSL's words when the handshake fails. Both references outlive the connection.
  GuardedConnection(DcmNativeSocketType socket, std::unique_ptr<DcmTransportConnection> inner,
                    PduGuard& guard, std::string& handshake_fault);

  OFCondition serverSideHandshake() override { return noted(inner_->serverSideHandshake()); }
  OFCondition clientSideHandshake() override { return noted(inner_->clientSideHandshake()); }
  OFCondition renegotiate(const char* suite) override { return inner_->renegotiate(suite); }
  ssize_t read(void* buffer, size_t bytes) override;
  ssize_t write(void* buffer, size_t bytes) override;
  void close() override { inner_->close(); }
  void closeTransportConnection() override { inner_->closeTransportConnection(); }
  unsigned long getPeerCertificateLength() override { return inner_->getPeerCertificateLength(); }
  unsigned long getPeerCertificate(void* buffer, unsigned long bytes) override {
    return inner_->getPeerCertificate(buffer, bytes);
  }
  OFBool networkDataAvailable(int timeout_s) override;
  // DCMTK would wait at the socket for what is held here already.
  OFBool isTransparentConnection() override { return OFFalse; }
  OFString& dumpConnectionParameters(OFString& text) override {
    return inner_->dumpConnectionParameters(text);
  }

 private:
  OFCondition noted(const OFCondition& handshake);
  bool fetch();
  bool read_all(std::uint8_t* to, std::size_t bytes);
  std::unique_ptr<DcmTransportConnection> inner_;
  PduGuard& guard_;
  std::string& handshake_fault_;
  std::vector<std::uint8_t> pdu_;
  std::size_t at_ = 0;
};

}  // namespace radfm::scu
