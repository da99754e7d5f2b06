// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"
#include "scu-scp/association.h"
#include "scu-scp/incoming_object.h"

namespace radfm::scu {

struct IncomingCommand;

// What a peer is told of an object that is refused (PS3.4 B.2.3, PS3.7 C.5). The last line is for all other reasons.
struct RefusalStatus {
  const char* code;
  std::uint16_t status;
  const char* meaning;
};
inline constexpr RefusalStatus refusal_statuses[] = {
    {"object_not_readable", 0xC000, "its UIDs do not stand where they must, or its lengths lie"},
    {"object_not_as_named", 0xA900, "the object names another class or instance than the command"},
    {"object_not_asked_for", 0x0124, "no running retrieval of ours asked for it"},
    {"", 0xA700, "a limit was reached, or it could not be kept"},
};

struct StoredObject {
  ObjectIdentity identity;
  std::optional<Error> refusal;  // none: it is kept
};
// Receives the object that a C-STORE request announces, and answers it. An Error ends the association; a
// refused object does not.
Result<StoredObject> receive_object(Association& association, const IncomingCommand& command,
                                    const std::string& source, const SinkChoice& choose);

}  // namespace radfm::scu
