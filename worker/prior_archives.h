// SPDX-License-Identifier: Apache-2.0
// The entries of `pacs` that are asked for earlier studies.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/configuration.h"
#include "scu-scp/expected_moves.h"
#include "scu-scp/prior_source.h"

namespace radfm::worker {

struct PriorArchive {
  std::string name;  // of its entry: for people
  std::int64_t timeout_ms = 60'000;
  // A source whose every call has at most this much time. Cheap: nobody is called yet. Any thread.
  std::function<Result<std::unique_ptr<scu::PriorSource>>(std::int64_t timeout_ms)> open;
};

// In the configuration's order, which is that of the search. `moves` outlives what is returned, and belongs to the storage
// SCP that runs where an entry says c_move.
std::vector<PriorArchive> prior_archives(const Configuration& configuration, scu::ExpectedMoves& moves);

}  // namespace radfm::worker
