// SPDX-License-Identifier: Apache-2.0
// Where finished objects go: the Orthanc beside us ("orthanc") and the archives of the configuration's `pacs`. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "db/queue_types.h"
#include "orthanc-client/orthanc.h"

namespace radfm::worker {

using orthanc::Orthanc;

inline constexpr const char* orthanc_destination = "orthanc";

class Destination {
 public:
  virtual ~Destination() = default;
  enum class Presence {
    absent,
    same,        // it holds our object
    different,   // it holds that SOP Instance UID with other content: nothing may be sent
    cannot_tell  // this destination cannot be asked: a send is repeated, the fixed UID makes that harmless
  };
  virtual Result<Presence> ask(const db::OutboxObject& object) = 0;
  virtual Status send(const db::OutboxObject& object) = 0;
  // The longest time that ask + send + ask may take: the lease has to outlast it.
  virtual std::int64_t send_timeout_ms() const = 0;
};

// The destination of that name, or nothing when the configuration has none (any more).
using FindDestination = std::function<std::unique_ptr<Destination>(const std::string& name)>;

class OrthancDestination final : public Destination {
 public:
  // `orthanc` must outlive it.
  OrthancDestination(Orthanc& orthanc, std::int64_t request_timeout_ms)
      : orthanc_(orthanc), request_timeout_ms_(request_timeout_ms) {}
  Result<Presence> ask(const db::OutboxObject& object) override;
  Status send(const db::OutboxObject& object) override;
  std::int64_t send_timeout_ms() const override;

 private:
  Orthanc& orthanc_;
  std::int64_t request_timeout_ms_;
};

}  // namespace radfm::worker
