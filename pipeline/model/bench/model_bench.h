// SPDX-License-Identifier: Apache-2.0
// A model's speed beside what the machine allows, taken in turn in one run, and beside how exact the numbers are.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/bench/exactness.h"
#include "pipeline/model/bench/machine_limits.h"
#include "pipeline/model/bench/model_measurements.h"
#include "pipeline/model/placement.h"

namespace radfm::model {

struct BenchOptions {
  std::filesystem::path directory;  // of a model; empty: `sizes`
  std::string sizes;                // named_sizes.h
  PlacementWish wish;
  int threads = 0;  // 0: all cores
  int rounds = 5;   // one more before them does not count: it also fills caches
  Workload workload;
  bool speed = true, exactness = true;
};

struct Measured {
  Measurement what;
  Timing timing;
};

struct BenchFigures {
  std::string model, device, dtype, processor;
  int threads = 0, layers = 0;
  std::int64_t parameters = 0;
  double load_s = 0;                 // files to ready, digest included; of random weights: making them
  std::int64_t weight_bytes = 0;     // of all weights, in memory
  std::int64_t peak_bytes = 0;       // of the process (on a GPU: of its tensors), weights included, the limits' buffers not
  std::int64_t estimated_bytes = 0;  // what is asked for before loading (memory_need)
  MachineLimits limits;
  std::vector<Measured> of_limits, of_model;
  ReportParts report;
  std::vector<std::string> left_out;  // sentences
  std::optional<Exactness> exactness;
};

// Errors: those of open_model_files, place and Weights::load; permanent "bench_sizes_unknown".
Result<BenchFigures> run_bench(const BenchOptions& options);

// The same measurements one by one, for whoever measures something else in turn with them: each line of `questions`
// ("decode 8", "prefill 200", "vision 1", "report") is answered by one line, the seconds of one run and what it made (8 tokens ...); "?" is answered
// to what is none of the measurements. Begins with the line "ready".
Status serve_bench(const BenchOptions& options, std::istream& questions, std::ostream& answers);

}  // namespace radfm::model
