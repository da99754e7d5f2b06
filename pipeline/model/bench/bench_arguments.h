// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/model/bench/model_bench.h"

namespace radfm::model {

inline constexpr const char* bench_usage =
    "usage: radfm-model-bench (--model DIR | --sizes NAME) [--device auto|cpu|cuda|cuda:N]\n"
    "                         [--dtype auto|f32|bf16|f16|int8|int4] [--threads N] [--rounds N]\n"
    "                         [--pictures N,N..] [--prompts N,N..] [--batches N,N..] [--cached N]\n"
    "                         [--only speed|decode|exactness] [--json | --serve]\n";

struct BenchArguments {
  BenchOptions options;
  bool json = false, serve = false;
};

// The command line; nothing when it is none.
std::optional<BenchArguments> parse_bench_arguments(const std::vector<std::string>& words);

}  // namespace radfm::model
