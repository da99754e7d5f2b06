// SPDX-License-Identifier: Apache-2.0
#include "worker/destinations.h"

#include <algorithm>

#include "scu-scp/store_scu.h"
#include "worker/dicom_peer.h"

namespace radfm::worker {
namespace {

// An archive of the configuration, by C-STORE. It cannot be asked here what it holds (that would take C-FIND and C-GET): a
// send is repeated, and the SOP Instance UID that was fixed at enqueue makes that harmless.
class StoreDestination final : public Destination {
 public:
  StoreDestination(scu::Peer peer, int wake_fd) : peer_(std::move(peer)), wake_fd_(wake_fd) {}
  Result<Presence> ask(const db::OutboxObject&) override { return Presence::cannot_tell; }
  Status send(const db::OutboxObject& object) override {
    Result<scu::StoreResult> stored = scu::StoreScu(peer_).store({object.dicom}, wake_fd_);
    return stored ? Status() : stored.error();
  }
  std::int64_t send_timeout_ms() const override { return peer_.timeout_ms; }

 private:
  scu::Peer peer_;
  int wake_fd_;
};

}  // namespace

FindDestination destinations(const Configuration& configuration, Orthanc& orthanc, int wake_fd) {
  return [&configuration, &orthanc, wake_fd](const std::string& name) -> std::unique_ptr<Destination> {
    if (name == orthanc_destination) {
      return std::make_unique<OrthancDestination>(orthanc, configuration.orthanc.timeout_ms);
    }
    const auto node = std::ranges::find(configuration.pacs, name, &PacsNode::name);
    if (node == configuration.pacs.end()) return nullptr;
    return std::make_unique<StoreDestination>(dicom_peer(configuration, *node), wake_fd);
  };
}

}  // namespace radfm::worker
