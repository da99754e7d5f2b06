// SPDX-License-Identifier: Apache-2.0
// An object of ours as an archive has it: where it is asked for, and what comes compared with what was sent.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "db/queue_types.h"
#include "scu-scp/object_sink.h"
#include "scu-scp/retrieval.h"
#include "worker/destination.h"

namespace radfm::worker {

inline constexpr std::uint64_t read_back_bytes_max = std::uint64_t{64} << 20;  // far more than any object of ours has

// Study, series, patient and object, from the object's own bytes. permanent "object_not_readable" where they do not stand there.
Result<scu::RetrievalRequest> address_of(const db::OutboxObject& object);

// Takes one object into memory, at most `bytes_max` of it. Any thread. Errors of begin() and of the writer: permanent
// "retrieval_too_large", for a second object too.
class OneObject final : public scu::ObjectSink {
 public:
  explicit OneObject(std::uint64_t bytes_max = read_back_bytes_max) : bytes_max_(bytes_max) {}
  Result<std::unique_ptr<Writer>> begin(const scu::ObjectIdentity& identity) override;
  // Once it was kept.
  const std::optional<std::vector<std::uint8_t>>& file() const { return file_; }

 private:
  class Memory;
  const std::uint64_t bytes_max_;
  bool begun_ = false;
  std::optional<std::vector<std::uint8_t>> file_;
};

// What a retrieval of the one object says. Nothing came, and nothing was wrong: absent. One that is larger than any of ours,
// or that is no object of the kind that its UID names, is another. transient "peer_sent_nothing" where the archive says that
// it could not send it.
Result<Destination::Presence> compare_retrieved(const db::OutboxObject& ours, const scu::RetrievalResult& result, const OneObject& theirs,
                                                const std::string& who);

}  // namespace radfm::worker
