// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/loaded_bench.h"

#include <ATen/Parallel.h>

#include "pipeline/model/bench/named_sizes.h"
#include "pipeline/model/bench/random_weights.h"
#include "pipeline/model/bench/stopwatch.h"
#include "pipeline/model/cuda_device.h"
#include "pipeline/model/packed_tensor.h"

namespace radfm::model {
namespace {

constexpr double cache_share_max = 0.6;  // of the free memory

Result<ModelFiles> files_of(const BenchOptions& options) {
  if (!options.directory.empty()) return open_model_files(options.directory);
  auto files = files_of_sizes(options.sizes);
  if (files) return std::move(*files);
  std::string names;
  for (const auto& name : named_sizes()) names += (names.empty() ? "" : ", ") + name;
  return permanent_error("bench_sizes_unknown", "there are no sizes of the name " + options.sizes.substr(0, 40) + "; there are " + names);
}

// What quantised weights stand for, so that only the arithmetic differs.
Weights widened(const ModelConfig& config, const Weights& weights) {
  std::unordered_map<std::string, at::Tensor> tensors;
  for (const auto& spec : tensors_of(config)) {
    const std::string& name = spec.name;
    tensors.emplace(name, weights.is_packed(name) ? unpack_tensor(weights.packed_tensor(name), at::kFloat)
                                                  : weights.at(name).to(at::kCPU, at::kFloat));
  }
  return Weights::of_tensors(std::move(tensors));
}

}  // namespace

std::int64_t LoadedBench::cache_bytes_max() const {
  const std::int64_t available = placement.device.is_cuda() ? cuda::memory(placement.device.index()).free_bytes
                                                            : available_memory().bytes;
  return static_cast<std::int64_t>(cache_share_max * static_cast<double>(available - bandwidth_buffer_bytes));
}

Result<LoadedBench> load_bench(const BenchOptions& options) {
  if (options.threads > 0) at::set_num_threads(options.threads);
  auto files = files_of(options);
  if (!files) return files.error();
  const auto placement = place(options.wish, *files, available_memory());
  if (!placement) return placement.error();
  if (placement->device.is_cuda()) cuda::set_deterministic();
  const Stopwatch watch;
  auto weights = options.directory.empty() ? Result<Weights>(random_weights(files->config, *placement))
                                           : Weights::load(*files, *placement, {});
  if (!weights) return weights.error();
  Radfm model(files->config, *weights);
  const double load_s = watch.s();
  return LoadedBench{std::move(files).value(), *placement, std::move(weights).value(), std::move(model), at::get_num_threads(), load_s};
}

std::optional<Result<Weights>> reference_weights(const LoadedBench& loaded) {
  const Placement reference{.device = c10::kCPU, .type = WeightType::f32, .packed = false};
  if (!check_memory(loaded.files.config, WeightType::f32, available_memory(), DeviceKind::processor)) return {};
  if (loaded.files.directory.empty()) return Result<Weights>(widened(loaded.files.config, loaded.weights));
  return Weights::load(loaded.files, reference, {});
}

}  // namespace radfm::model
