// SPDX-License-Identifier: Apache-2.0
// What was measured, for people and for programs.
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>

#include "pipeline/model/bench/model_bench.h"

namespace radfm::model {

// Seconds are of one run. "limit_s" is the least that the machine's limits allow, "share_of_limit" its part of the median.
nlohmann::json to_json(const BenchFigures& figures);
void print_table(const BenchFigures& figures, std::ostream& out);

}  // namespace radfm::model
