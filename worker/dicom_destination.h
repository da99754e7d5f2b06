// SPDX-License-Identifier: Apache-2.0
// Archives that take drafts by C-STORE, by the ways in which they are asked whether they have one.
#pragma once

#include "scu-scp/find_scu.h"
#include "worker/destination.h"

namespace radfm::worker {

// It cannot be asked: what it answers to C-STORE is believed.
class StoreDestination : public Destination {
 public:
  StoreDestination(scu::Peer peer, int wake_fd) : peer_(std::move(peer)), wake_fd_(wake_fd) {}
  Result<Presence> ask(const db::OutboxObject& object, bool send_begun) override;
  Status send(const db::OutboxObject& object) override;
  std::int64_t send_timeout_ms() const override { return peer_.timeout_ms; }

 protected:
  const scu::Peer& peer() const { return peer_; }
  int wake_fd() const { return wake_fd_; }

 private:
  scu::Peer peer_;
  int wake_fd_;
};

// It is asked by C-FIND and, with `fetch`, the object is fetched by C-GET and compared, if it is of a class that we retrieve.
class QueriedDestination final : public StoreDestination {
 public:
  QueriedDestination(scu::Peer peer, scu::QueryModel model, bool fetch, int wake_fd)
      : StoreDestination(std::move(peer), wake_fd), model_(model), fetch_(fetch) {}
  Result<Presence> ask(const db::OutboxObject& object, bool send_begun) override;
  Result<bool> has_final_report(const db::OutboxObject& object, const ReportJudge& judge) override;
  std::int64_t send_timeout_ms() const override;

 private:
  scu::QueryModel model_;
  bool fetch_;
};

}  // namespace radfm::worker
