// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/simulated_archive.h"

#include "tests/simulation/world.h"
#include "worker/destination.h"
#include "worker/interrupt.h"
#include "worker/part10_file.h"

namespace radfm::simulation {
namespace {

constexpr std::int64_t association_timeout_ms = 60'000;
constexpr int associations = 3;  // ask, store, ask

class ArchiveDestination final : public worker::Destination {
 public:
  ArchiveDestination(World& world, SimulatedArchive& archive, const worker::Interrupt& interrupt, const db::Lease& lease)
      : world_(world), archive_(archive), interrupt_(interrupt), lease_(lease) {}

  Result<Presence> ask(const db::OutboxObject& object, bool send_begun) override {
    if (archive_.asking == Asking::cannot) return Presence::cannot_tell;
    if (Status answered = associate(); !answered) return answered.error();
    const auto found = archive_.holds.find(object.sop_instance_uid);
    const bool there = found != archive_.holds.end();
    Presence presence = there ? Presence::same : Presence::absent;
    if (there && archive_.asking == Asking::names && !send_begun) presence = Presence::different;
    if (there && archive_.asking == Asking::fetches && !worker::same_object(object.dicom, found->second)) presence = Presence::different;
    world_.oracle.asked(archive_.name, object.sop_instance_uid, lease_, there);
    world_.say("      " + archive_.name + " is asked: " + (presence == Presence::same ? "there" : there ? "another is there" : "not there"));
    world_.scheduler.pause();
    return presence;
  }
  Status send(const db::OutboxObject& object) override {
    if (Status answered = associate(); !answered) return answered;
    const bool loses = archive_.asking != Asking::cannot && archive_.loses_silently > 0 && archive_.loses_silently-- > 0;
    const bool fails = archive_.fails_though_stored > 0 && archive_.fails_though_stored-- > 0;
    world_.oracle.sends(archive_.name, object.sop_instance_uid, object.dicom, lease_);
    if (!loses) {
      world_.oracle.arrives(archive_.name, object.sop_instance_uid, object.dicom);
      archive_.holds.emplace(object.sop_instance_uid, object.dicom);
    }
    world_.say("      " + archive_.name + " is sent " + object.role + " of job " + std::to_string(lease_.job) +
               (loses ? ", says it is stored, and loses it" : fails ? ", stores it, and says that it failed" : ""));
    world_.scheduler.pause();
    return fails ? Status(transient_error("peer_timeout", archive_.name + " broke off")) : Status();
  }
  std::int64_t send_timeout_ms() const override { return associations * association_timeout_ms; }

 private:
  Status associate() {
    const std::int64_t takes_ms = archive_.slow ? world_.draw.between(1'000, association_timeout_ms) : world_.draw.between(1, 50);
    if (world_.scheduler.sleep(takes_ms, [this] { return interrupt_.reason() != worker::Interrupt::Reason::none; })) {
      return cancelled_error("woken", "the job was interrupted");
    }
    if (archive_.down) return transient_error("peer_unreachable", archive_.name + " does not answer");
    return {};
  }

  World& world_;
  SimulatedArchive& archive_;
  const worker::Interrupt& interrupt_;
  const db::Lease& lease_;
};

}  // namespace

std::unique_ptr<worker::Destination> archive_destination(World& world, SimulatedArchive& archive, const worker::Interrupt& interrupt,
                                                         const db::Lease& lease) {
  return std::make_unique<ArchiveDestination>(world, archive, interrupt, lease);
}

}  // namespace radfm::simulation
