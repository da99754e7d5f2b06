// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "scu-scp/peer.h"

namespace radfm::scu {

inline constexpr std::size_t store_objects_max = 20'000;           // of one call
inline constexpr std::size_t store_object_bytes_max = 2'000u << 20;  // DCMTK counts in 32 bits

struct StoreResult {
  std::size_t stored = 0;
  // Status of the objects that the peer took with a warning (Bxxx: coerced or ignored elements), "B000 for 2.25...".
  std::vector<std::string> warnings;
};

// C-STORE (PS3.4 annex B): sends DICOM files, held in memory, in their order over one association. Objects are cheap and
// keep no connection; one thread each. Sending an object twice is harmless: the same UID names the same object.
// Uncompressed objects may be re-encoded as implicit VR for a peer that knows nothing else; compressed ones travel as
// they are. Errors: peer.h; the first one ends the call, what was stored before it stays stored. permanent
// "object_not_readable" for bytes that are no DICOM file.
class StoreScu {
 public:
  explicit StoreScu(Peer peer) : peer_(std::move(peer)) {}
  // `files` must live during the call. `wake_fd`: when readable, cancelled "woken" (negative: none).
  Result<StoreResult> store(const std::vector<std::span<const std::uint8_t>>& files, int wake_fd = -1) const;

 private:
  Peer peer_;
};

// What a C-STORE response's status means (PS3.4 B.2.3, PS3.7 annex C); success and warnings give no error.
std::optional<Error> store_status_error(std::uint16_t status, const std::string& sop_instance_uid);

}  // namespace radfm::scu
