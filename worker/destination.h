// SPDX-License-Identifier: Apache-2.0
// Where finished objects go: the Orthanc beside us ("orthanc") and the archives of the configuration's `pacs`. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/result.h"
#include "db/queue_types.h"
#include "orthanc-client/orthanc.h"

namespace radfm::worker {

using orthanc::Orthanc;

inline constexpr const char* orthanc_destination = "orthanc";
struct ReportJudge;  // destination_reports.h

class Destination {
 public:
  virtual ~Destination() = default;
  enum class Presence {
    absent,
    same,        // it holds our object
    different,   // it holds that SOP Instance UID with other content: nothing may be sent
    cannot_tell  // this destination cannot be asked: a send is repeated, the fixed UID makes that harmless
  };
  // Asked before each send and after it. `send_begun`: a send of this object to this destination was begun before, by whichever
  // worker (durable in the queue since begin_send).
  //
  // Where the object can be fetched, what it holds decides and `send_begun` is not looked at. Where a destination only says that
  // it has an object of that UID (C-FIND, storage commitment), whose it is must be inferred: the UID is a UUIDv5 of the job,
  // fixed when it was queued, so nobody else makes it by accident; and the first send is not begun before the destination was
  // asked and did not have it. So
  //   there, no send begun   it came from elsewhere (a lost queue, an old revision, a copy that somebody changed), and nobody
  //                          knows what it holds: different, a person decides
  //   there, a send begun    it was absent before that send, which may have arrived although its answer was lost: same
  // What this cannot see: other content that came under our UID between a begun send that never arrived and the next question.
  // Nothing is overwritten then either: the job is called delivered without another send.
  virtual Result<Presence> ask(const db::OutboxObject& object, bool send_begun) = 0;
  // The question right after a send that the destination has answered.
  virtual Result<Presence> confirm(const db::OutboxObject& object) { return ask(object, /*send_begun=*/true); }
  virtual Status send(const db::OutboxObject& object) = 0;
  // Whether a final report of somebody else is there, in the study of `object`, which is not (destination_reports.h). false where
  // it cannot be asked; the Orthanc beside us is asked once for all destinations (job_runner.cpp).
  virtual Result<bool> has_final_report(const db::OutboxObject&, const ReportJudge&) { return false; }
  // The longest time that ask + send + ask may take: the lease has to outlast it.
  virtual std::int64_t send_timeout_ms() const = 0;
  // What ask() would say, where an answer to an earlier question has come meanwhile; nothing: it has to be asked.
  virtual std::optional<Presence> known(const db::OutboxObject&, bool /*send_begun*/) { return std::nullopt; }
};

// The destination of that name, or nothing when the configuration has none (any more).
using FindDestination = std::function<std::unique_ptr<Destination>(const std::string& name)>;

class OrthancDestination final : public Destination {
 public:
  // `orthanc` must outlive it.
  OrthancDestination(Orthanc& orthanc, std::int64_t request_timeout_ms)
      : orthanc_(orthanc), request_timeout_ms_(request_timeout_ms) {}
  Result<Presence> ask(const db::OutboxObject& object, bool send_begun) override;
  Status send(const db::OutboxObject& object) override;
  std::int64_t send_timeout_ms() const override;

 private:
  Orthanc& orthanc_;
  std::int64_t request_timeout_ms_;
};

}  // namespace radfm::worker
