// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/guarded_transport.h"

#include <arpa/inet.h>
#include <dcmtk/dcmtls/tlslayer.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include "scu-scp/guarded_connection.h"

namespace radfm::scu {
namespace {

Error not_usable(const std::string& file, const std::string& what) {
  return permanent_error("tls_not_usable", "TLS cannot be used with " + file + ": " + what);
}

// RFC 6125: the called name, or the called address, stands in the certificate.
bool require_name(SSL_CTX* context, const std::string& host) {
  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
  unsigned char address[sizeof(in6_addr)];
  const bool is_address =
      ::inet_pton(AF_INET, host.c_str(), address) == 1 || ::inet_pton(AF_INET6, host.c_str(), address) == 1;
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return (is_address ? X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str())
                     : X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), 0)) == 1;
}

bool choose_suites(DcmTLSTransportLayer& tls) {
  bool chosen = tls.setTLSProfile(TSP_Profile_BCP195_ND).good();
  for (const TlsSuite& suite : tls_suites) {
    if (!suite.in_profile) chosen = chosen && tls.addCipherSuite(suite.name).good();
  }
  return chosen && tls.activateCipherSuites().good();
}

}  // namespace

GuardedTransport::GuardedTransport(Watchdog& watchdog, PduGuard::Side side, std::uint64_t received_bytes_max)
    : watchdog_(watchdog), guard_(side, received_bytes_max), side_(side) {}

GuardedTransport::~GuardedTransport() = default;

Status GuardedTransport::secure(const TlsSettings& settings, const std::string& host) {
  const auto role = side_ == PduGuard::Side::requestor ? NET_REQUESTOR : NET_ACCEPTOR;
  // OpenSSL since 1.1.0 sets itself up, safely from any thread.
  auto tls = std::make_unique<DcmTLSTransportLayer>(role, nullptr, OFFalse);
  if (!*tls) return not_usable("this OpenSSL", "it makes no context; see its configuration file");
  SSL_CTX_set_security_level(tls->getNativeHandle(), 2);  // no RSA below 2048 bits, no SHA-1; DCMTK sets 0
  tls->setPrivateKeyPasswd("");  // an encrypted key is an error, not a question at a terminal
  if (tls->setPrivateKeyFile(settings.private_key_file.c_str(), DCF_Filetype_PEM).bad()) {
    return not_usable(settings.private_key_file,
                      "it is no readable private key in PEM without a pass phrase");
  }
  if (tls->setCertificateFile(settings.certificate_file.c_str(), DCF_Filetype_PEM).bad()) {
    return not_usable(settings.certificate_file, "it is no readable certificate in PEM");
  }
  if (!tls->checkPrivateKeyMatchesCertificate()) {
    return not_usable(settings.certificate_file,
                      "it does not belong to the key in " + settings.private_key_file);
  }
  if (tls->addTrustedCertificateFile(settings.trusted_certificates_file.c_str(), DCF_Filetype_PEM).bad()) {
    return not_usable(settings.trusted_certificates_file, "it holds no readable certificates in PEM");
  }
  if (!choose_suites(*tls)) return not_usable("this OpenSSL", "it lacks the cipher suites of the BCP 195 profile");
  tls->setCertificateVerification(DCV_requireCertificate);
  // A certificate that is itself listed as trusted needs no authority above it.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(tls->getNativeHandle()), X509_V_FLAG_PARTIAL_CHAIN);
  if (!host.empty() && !require_name(tls->getNativeHandle(), host))
    return not_usable(host, "it is no host name");
  tls_ = std::move(tls);
  return {};
}

DcmTransportConnection* GuardedTransport::createConnection(DcmNativeSocketType socket, OFBool secure) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watchdog_.guard(socket);
  if (on_connection_) on_connection_();
  if (static_cast<bool>(secure) != is_secure()) return nullptr;
  std::unique_ptr<DcmTransportConnection> inner(
      secure ? tls_->createConnection(socket, OFTrue) : DcmTransportLayer::createConnection(socket, OFFalse));
  if (!inner) return nullptr;
  return new GuardedConnection(socket, std::move(inner), guard_, handshake_fault_);  // DCMTK deletes it
}

}  // namespace radfm::scu
