// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"
#include "scu-scp/association.h"
#include "scu-scp/data_elements.h"

class DcmDataset;

namespace radfm::scu {

inline constexpr std::size_t answers_past_bound_max = 1'000;  // that a peer may still send when it was told to stop

// One C-FIND on an association: sends `keys`, gives each pending answer to `take`, in the syntax that was
// negotiated. After `matches_max` of them the peer is told to stop. True: it had more.
struct FindExchange {
  std::string sop_class_uid;
  std::string doing;  // for messages: "asking for studies"
  std::size_t matches_max = 1;
  std::function<void(std::span<const std::uint8_t> identifier, Encoding encoding)> take;

  Result<bool> run(Association& association, DcmDataset& keys) const;
};

}  // namespace radfm::scu
