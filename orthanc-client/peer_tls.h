// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace radfm::orthanc {

// By what we know a peer, and what it knows us by. Files are PEM.
struct PeerTls {
  std::string trusted_certificates_file;           // empty: the system's authorities
  std::string certificate_file, private_key_file;  // ours, if the server asks for one; empty: none
};

}  // namespace radfm::orthanc
