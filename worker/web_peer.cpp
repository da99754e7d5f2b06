// SPDX-License-Identifier: Apache-2.0
#include "worker/web_peer.h"

namespace radfm::worker {

dicomweb::WebSettings web_settings(const Configuration& configuration, const PacsNode& node) {
  dicomweb::WebSettings settings;
  settings.name = node.name;
  settings.url = node.url;
  settings.username = node.username;
  settings.password = node.password;
  settings.timeout_ms = node.timeout_ms;
  if (node.tls) {
    const DicomTlsSettings& tls = configuration.dicom.tls;
    settings.tls = {tls.trusted_certificates_file.string(), tls.certificate_file.string(), tls.private_key_file.string()};
  }
  return settings;
}

}  // namespace radfm::worker
