// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/result.h"

class OFCondition;

namespace radfm::scu {

class GuardedTransport;
class Watchdog;

// What a failed call of DCMTK means. Who ended the association wins over what the call itself says: the
// caller (woken), the deadline, the guard, the handshake. `who`: "PEER at host:104 while ..."
Error association_failure(const OFCondition& condition, const std::string& who, const Watchdog& watchdog,
                          const GuardedTransport& transport, std::int64_t timeout_ms);

}  // namespace radfm::scu
