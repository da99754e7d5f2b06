// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/result.h"
#include "scu-scp/association.h"
#include "scu-scp/incoming_object.h"

namespace radfm::scu {

struct IncomingCommand;

struct StoredObject {
  ObjectIdentity identity;
  std::optional<Error> refusal;  // none: it is kept
};
// Receives the object that a C-STORE request announces, and answers it. An Error ends the association; a
// refused object does not.
Result<StoredObject> receive_object(Association& association, const IncomingCommand& command,
                                    const std::string& source, const SinkChoice& choose);

}  // namespace radfm::scu
