// SPDX-License-Identifier: Apache-2.0
#include "worker/prior_archives.h"

#include "dicomweb/web_source.h"
#include "worker/dicom_peer.h"
#include "worker/web_peer.h"

namespace radfm::worker {
namespace {

Result<std::unique_ptr<scu::PriorSource>> open_web(const Configuration& configuration, const PacsNode& node, std::int64_t timeout_ms) {
  dicomweb::WebSettings settings = web_settings(configuration, node);
  settings.timeout_ms = timeout_ms;
  return dicomweb::web_source(settings);
}

}  // namespace

std::vector<PriorArchive> prior_archives(const Configuration& configuration, scu::ExpectedMoves& moves) {
  std::vector<PriorArchive> archives;
  for (const PacsNode& node : configuration.pacs) {
    if (node.priors == PriorsBy::none) continue;
    archives.push_back({node.name, node.timeout_ms, [&configuration, &node, &moves](std::int64_t timeout_ms) -> Result<std::unique_ptr<scu::PriorSource>> {
                          if (node.priors == PriorsBy::dicomweb) return open_web(configuration, node, timeout_ms);
                          scu::Peer peer = dicom_peer(configuration, node);
                          peer.timeout_ms = timeout_ms;
                          const auto model = node.patient_root ? scu::QueryModel::patient_root : scu::QueryModel::study_root;
                          if (node.priors == PriorsBy::c_get) return scu::get_source(peer, model);
                          return scu::move_source(peer, model, moves);
                        }});
  }
  return archives;
}

}  // namespace radfm::worker
