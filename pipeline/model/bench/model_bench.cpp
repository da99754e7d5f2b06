// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/model_bench.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <fstream>
#include <functional>

#include "pipeline/model/bench/memory_bandwidth.h"
#include "pipeline/model/bench/stopwatch.h"
#include "pipeline/model/cuda_device.h"
#include "pipeline/model/radfm.h"
#include "pipeline/model/seed_weights.h"

namespace radfm::model {
namespace {

constexpr int repetitions = 3;
constexpr int rounds = 3;  // of language and bandwidth in turn, so that a busy moment does not fall on one of them alone
constexpr int published_depth_max = 16;  // keeps the whole within 4 GB in float32

void finish(c10::Device device) {
  if (device.is_cuda()) cuda::synchronize(device.index());
}

// Seconds of the quickest repetition; the first one, which also fills caches, does not count.
double best_s(c10::Device device, const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i <= repetitions; ++i) {
    finish(device);
    const Stopwatch watch;
    work();
    finish(device);
    if (i > 0) best = std::min(best, watch.s());
  }
  return best;
}

// VmHWM: the most memory that was resident.
std::int64_t peak_resident_bytes() {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;) {
    std::int64_t kib = 0;
    if (word == "VmHWM:" && file >> kib) return kib * 1024;
  }
  return 0;
}

ModelInput drawn_image(const ModelConfig& config, int depth) {
  ModelInput input{1, config.vision.image_height, config.vision.image_width, depth, {}};
  input.values.resize(std::size_t{3} * static_cast<std::size_t>(input.height) *
                      static_cast<std::size_t>(input.width) * static_cast<std::size_t>(depth));
  const auto hash = name_hash("bench");
  for (std::size_t i = 0; i < input.values.size(); ++i) input.values[i] = drawn_unit(hash, i);
  return input;
}

std::vector<int> drawn_words(const ModelConfig& config, int count) {
  const auto hash = name_hash("bench words");
  std::vector<int> ids{1};
  while (static_cast<int>(ids.size()) < count)
    ids.push_back(3 + static_cast<int>(drawn_unit(hash, ids.size()) * static_cast<float>(config.llama.vocab - 3)));
  return ids;
}

// A picture, and a volume as deep as the model takes.
std::vector<ImageSpeed> image_speeds(const Radfm& model, c10::Device device) {
  const ModelConfig& config = model.config();
  const int shallow = config.vision.frame_patch, deep = config.input.depth_max / shallow * shallow;
  std::vector<ImageSpeed> speeds;
  for (const int depth : {shallow, deep}) {
    if (depth == shallow && !speeds.empty()) continue;
    const ModelInput input = drawn_image(config, depth);
    speeds.push_back({depth, 1 / best_s(device, [&] { model.encode_image(input, 0); })});
  }
  return speeds;
}

void measure_language(const Radfm& model, c10::Device device, BenchFigures& figures) {
  const auto ids = drawn_words(model.config(), figures.prompt_tokens);
  const at::Tensor embeddings = *model.embed(ids, {});
  const double prefill_s = best_s(device, [&] {
    KeyValueCache cache = model.make_cache(figures.prompt_tokens);
    model.prefill(embeddings, cache);
  });
  KeyValueCache read = model.make_cache(figures.prompt_tokens + (repetitions + 1) * figures.new_tokens);
  model.prefill(embeddings, read);
  const double decode_s = best_s(device, [&] {
    for (int i = 0; i < figures.new_tokens; ++i) model.decode_one(3, read);
  });
  figures.prefill_tokens_per_s = std::max(figures.prefill_tokens_per_s, figures.prompt_tokens / prefill_s);
  figures.decode_tokens_per_s = std::max(figures.decode_tokens_per_s, figures.new_tokens / decode_s);
}

}  // namespace

std::int64_t decode_bytes(const LlamaConfig& llama, WeightType type, std::int64_t cached) {
  const std::int64_t hidden = llama.hidden, mlp = llama.mlp, element = static_cast<std::int64_t>(bytes_of(type));
  const std::int64_t layer = 4 * hidden * hidden + 3 * hidden * mlp + 2 * cached * hidden;
  return llama.layers * layer * element + std::int64_t{llama.vocab} * hidden * 4;
}

ModelFiles published_layer() {
  ModelFiles files;
  files.card.name = "one layer of published width, weights by formula";
  files.config = *parse_model_config(R"({
    "vision": {"image_size": 512, "frames": 512, "patch": 32, "frame_patch": 4, "dim": 768, "depth": 12, "heads": 8,
               "dim_head": 64, "mlp": 2048},
    "perceiver": {"depth": 6, "latents": 32, "heads": 8, "dim_head": 64, "ff_mult": 4},
    "llama": {"vocab": 32000, "hidden": 5120, "mlp": 13824, "layers": 1, "heads": 40, "context": 2048}})");
  files.config.input.depth_max = published_depth_max;
  files.config.weights_seed = "published layer";
  return files;
}

Result<BenchFigures> run_bench(const ModelFiles& files, const BenchOptions& options) {
  if (options.threads > 0) at::set_num_threads(options.threads);
  const auto placement = place(options.wish, files, available_memory());
  if (!placement) return placement.error();
  const c10::Device device = placement->device;
  if (device.is_cuda()) cuda::set_deterministic();

  BenchFigures figures;
  figures.model = files.card.name;
  figures.device = device.is_cuda() ? device.str() + " (" + cuda::device_name(device.index()) + ")" : device.str();
  figures.dtype = compute_type_name(placement->type);
  figures.threads = at::get_num_threads();
  figures.layers = files.config.llama.layers;
  figures.parameters = parameters_of(files.config);
  figures.estimated_bytes = memory_need(files.config, placement->type, device.is_cuda() ? DeviceKind::gpu : DeviceKind::processor).total();
  const Stopwatch load;
  const auto weights = Weights::load(files, *placement, {});
  if (!weights) return weights.error();
  const Radfm model(files.config, *weights);
  figures.load_s = load.s();

  // The context holds the prompt and the new tokens of every repetition.
  const int context = files.config.llama.context;
  figures.new_tokens = std::max(1, std::min(options.new_tokens, context / 2 / (repetitions + 1)));
  figures.prompt_tokens = std::min(options.prompt_tokens, context / 2);
  figures.images = image_speeds(model, device);
  for (int round = 0; round < rounds; ++round) {
    measure_language(model, device, figures);
    if (round == 0)  // before the bandwidth's buffer, which is no memory of the model
      figures.peak_bytes = device.is_cuda() ? cuda::peak_bytes(device.index()) : peak_resident_bytes();
    figures.read_bytes_per_s = std::max(figures.read_bytes_per_s, read_bandwidth(device));
  }
  const std::int64_t cached = figures.prompt_tokens + (repetitions + 1) * figures.new_tokens / 2;
  figures.bytes_per_token = decode_bytes(files.config.llama, placement->type, cached);
  return figures;
}

}  // namespace radfm::model
