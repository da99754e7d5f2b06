// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "scu-scp/data_elements.h"
#include "scu-scp/object_sink.h"

namespace radfm::scu {

inline constexpr std::size_t object_head_bytes_max = 1u << 20;  // within which the four UIDs must stand
inline constexpr std::uint64_t object_bytes_max = std::uint64_t{2} << 30;  // of one object's data set

// Says where an object goes, once its own bytes have said what it is. An error: it is refused, and the peer
// is told.
using SinkChoice = std::function<Result<std::shared_ptr<ObjectSink>>(const ObjectIdentity& identity)>;

// One object that comes by C-STORE (PS3.4 B.2), piece by piece. Its bytes must say the same SOP class and
// instance as the command, and name their study and series; they are read in place, bounded, and written
// through a sink. One thread. Refusals, besides those of the choice and of the sink (all are told to the peer
// by a status of PS3.4 B.2.3):
//   permanent  object_not_readable   the UIDs do not stand in the first object_head_bytes_max, or lengths lie
//   permanent  object_not_as_named   the bytes and the command name different objects
//   permanent  object_too_large      more than object_bytes_max
class IncomingObject {
 public:
  // `named`: what the command says; study and series are found in the bytes. `source`: the sender's AE title.
  IncomingObject(ObjectIdentity named, std::string source, const SinkChoice& choose);
  void take(std::span<const std::uint8_t> piece);
  // After the last piece: kept, or why not.
  Status finish();
  const ObjectIdentity& identity() const { return identity_; }

 private:
  void refuse(Error error);
  void read_head(bool is_all);
  void start();
  void write(std::span<const std::uint8_t> piece);

  ObjectIdentity identity_;
  const std::string source_;
  const SinkChoice& choose_;
  const std::optional<Encoding> encoding_;
  std::vector<std::uint8_t> head_;  // until the identity is known
  std::size_t next_look_ = 4096;    // head_ is read again when it is this long
  std::uint64_t bytes_ = 0;
  std::unique_ptr<ObjectSink::Writer> writer_;
  std::optional<Error> refusal_;
};

}  // namespace radfm::scu
