// SPDX-License-Identifier: Apache-2.0
// A model made ready to be measured: of a directory, or of named sizes with random weights.
#pragma once

#include "pipeline/model/bench/model_bench.h"

namespace radfm::model {

struct LoadedBench {
  ModelFiles files;
  Placement placement;
  Weights weights;
  Radfm model;
  int threads = 0;
  double load_s = 0;

  WeightForm form() const { return {placement.type, placement.packed}; }
  // The most that caches may take besides what is loaded.
  std::int64_t cache_bytes_max() const;
};

Result<LoadedBench> load_bench(const BenchOptions& options);

// The same weights in float32 for the reference; nothing where they do not fit the memory.
std::optional<Result<Weights>> reference_weights(const LoadedBench& loaded);

}  // namespace radfm::model
