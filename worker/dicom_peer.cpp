// SPDX-License-Identifier: Apache-2.0
#include "worker/dicom_peer.h"

namespace radfm::worker {
namespace {

scu::TlsSettings tls_of(const Configuration& configuration) {
  const DicomTlsSettings& tls = configuration.dicom.tls;
  return {tls.private_key_file.string(), tls.certificate_file.string(), tls.trusted_certificates_file.string()};
}

}  // namespace

scu::Peer dicom_peer(const Configuration& configuration, const PacsNode& node) {
  scu::Peer peer{configuration.dicom.ae_title, node.ae_title, node.host, node.port, node.timeout_ms};
  if (node.tls) peer.tls = tls_of(configuration);
  return peer;
}

bool calls_us(const PacsNode& node) { return node.priors == PriorsBy::c_move || node.verify == VerifyBy::commitment; }

std::optional<scu::ScpSettings> own_scp(const Configuration& configuration) {
  scu::ScpSettings settings;
  settings.address = configuration.dicom.address;
  settings.port = configuration.dicom.port;
  settings.policy.own_ae_title = configuration.dicom.ae_title;
  for (const PacsNode& node : configuration.pacs) {
    if (!calls_us(node)) continue;
    settings.policy.callers.push_back({node.ae_title, ""});
    if (node.tls) settings.policy.tls = tls_of(configuration);
  }
  if (settings.port == 0 || settings.policy.callers.empty()) return std::nullopt;
  return settings;
}

}  // namespace radfm::worker
