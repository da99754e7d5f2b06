// SPDX-License-Identifier: Apache-2.0
// A model's speed beside the limit that the machine's memory sets.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/placement.h"

namespace radfm::model {

struct BenchOptions {
  PlacementWish wish;
  int threads = 0;  // 0: all cores
  int prompt_tokens = 256, new_tokens = 32;  // less where the context is shorter
};

struct ImageSpeed {
  int depth = 0;  // slices
  double images_per_s = 0;
};

struct BenchFigures {
  std::string model, device, dtype;
  int threads = 0, layers = 0;
  std::int64_t parameters = 0;
  double load_s = 0;  // files to ready, digest included
  std::vector<ImageSpeed> images;
  int prompt_tokens = 0, new_tokens = 0;
  double prefill_tokens_per_s = 0, decode_tokens_per_s = 0;
  double read_bytes_per_s = 0;        // measured
  std::int64_t bytes_per_token = 0;   // that decoding must read
  std::int64_t peak_bytes = 0;        // of the process (on a GPU: of its tensors), weights included
  std::int64_t estimated_bytes = 0;   // what is asked for before loading (memory_need)

  double limit_tokens_per_s() const { return read_bytes_per_s / static_cast<double>(bytes_per_token); }
  double share_of_limit() const { return decode_tokens_per_s / limit_tokens_per_s(); }
};

// Bytes that one new token reads with `cached` positions in the cache: the matrices of each layer, the output head
// (float32), keys and values.
std::int64_t decode_bytes(const LlamaConfig& llama, WeightType type, std::int64_t cached);

// The published vision tower and one of the 40 published language layers, weights by formula: what a machine makes
// of the published widths without 26 GB of weights.
ModelFiles published_layer();

// Loads and measures; each figure is the best of some repetitions, since other work can only slow it down.
// Errors: those of place and Weights::load.
Result<BenchFigures> run_bench(const ModelFiles& files, const BenchOptions& options);

}  // namespace radfm::model
