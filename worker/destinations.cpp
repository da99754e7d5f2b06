// SPDX-License-Identifier: Apache-2.0
#include "worker/destinations.h"

#include <algorithm>

#include "worker/dicom_destination.h"
#include "worker/dicom_peer.h"
#include "worker/web_destination.h"
#include "worker/web_peer.h"

namespace radfm::worker {
namespace {

std::unique_ptr<Destination> archive(const Configuration& configuration, const PacsNode& node, OpenCommitments& commitments, int wake_fd) {
  if (node.store == StoreBy::stow) {
    return std::make_unique<WebDestination>(web_settings(configuration, node), node.verify == VerifyBy::wado_rs, wake_fd);
  }
  scu::Peer peer = dicom_peer(configuration, node);
  const auto model = node.patient_root ? scu::QueryModel::patient_root : scu::QueryModel::study_root;
  switch (node.verify) {
    case VerifyBy::c_find:
    case VerifyBy::c_get:
      return std::make_unique<QueriedDestination>(std::move(peer), model, node.verify == VerifyBy::c_get, wake_fd);
    case VerifyBy::commitment:
      return std::make_unique<CommitmentDestination>(node.name, std::move(peer), commitments, wake_fd);
    case VerifyBy::none:
    case VerifyBy::wado_rs:
      break;
  }
  return std::make_unique<StoreDestination>(std::move(peer), wake_fd);
}

}  // namespace

FindDestination destinations(const Configuration& configuration, Orthanc& orthanc, SharedByDestinations shared, int wake_fd) {
  return [&configuration, &orthanc, shared, wake_fd](const std::string& name) -> std::unique_ptr<Destination> {
    if (name == orthanc_destination) {
      return std::make_unique<OrthancDestination>(orthanc, configuration.orthanc.timeout_ms);
    }
    const auto node = std::ranges::find(configuration.pacs, name, &PacsNode::name);
    if (node == configuration.pacs.end()) return nullptr;
    return with_rests(name, archive(configuration, *node, shared.commitments, wake_fd), shared.rests);
  };
}

}  // namespace radfm::worker
