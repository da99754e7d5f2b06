// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace radfm::scu {

// The secure transport of one peer or of our own server (PS3.15 B.10, the non-downgrading BCP 195 profile:
// TLS 1.2 or newer). Both sides always show a certificate, and both are verified. Files are PEM.
struct TlsSettings {
  std::string private_key_file, certificate_file;
  std::string trusted_certificates_file;  // whom we believe: authorities, or the peers' own certificates
  // When we connect: the peer's certificate must name the host that was called. Sites whose certificates name
  // no host, and who list each peer's own certificate as trusted, turn it off.
  bool check_host_name = true;
};

// What DCMTK and OpenSSL make of that profile, with what RFC 9325 4.2 recommends for keys on elliptic curves, as client and as server: this
// and nothing else is offered and taken.
struct TlsSuite {
  std::uint16_t code;  // RFC 8446 B.4, RFC 5289, RFC 5288
  const char* name;
  const char* version;
  bool in_profile = true;  // of DCMTK
};
inline constexpr TlsSuite tls_suites[] = {{0x1302, "TLS_AES_256_GCM_SHA384", "1.3"},
                                          {0x1303, "TLS_CHACHA20_POLY1305_SHA256", "1.3"},
                                          {0x1301, "TLS_AES_128_GCM_SHA256", "1.3"},
                                          {0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "1.2", false},
                                          {0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "1.2", false},
                                          {0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "1.2"},
                                          {0x009F, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "1.2"},
                                          {0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "1.2"},
                                          {0x009E, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "1.2"}};

}  // namespace radfm::scu
