// SPDX-License-Identifier: Apache-2.0
// The structure of A-ASSOCIATE-RQ and -AC (PS3.8 9.3.2, 9.3.3; PS3.7 D.3), checked before DCMTK parses them:
// its parser leaks and reads on where items are doubled, odd or longer than what holds them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace radfm::scu {

enum class AssociatePdu : std::uint8_t { request = 0x01, accept = 0x02 };

// `body`: the bytes after the six of the PDU's head. What is wrong with it, in words; nothing: it is in
// order.
std::optional<std::string> associate_pdu_fault(AssociatePdu kind, std::span<const std::uint8_t> body);

}  // namespace radfm::scu
