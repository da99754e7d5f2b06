// SPDX-License-Identifier: Apache-2.0
#pragma once

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

}  // namespace radfm::scu
