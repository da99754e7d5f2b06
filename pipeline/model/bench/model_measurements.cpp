// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/model_measurements.h"

#include <algorithm>

#include "core/result.h"
#include "pipeline/model/bench/drawn_questions.h"
#include "pipeline/model/generation.h"

namespace radfm::model {
namespace {

constexpr int decode_runs_before_full = 16;
constexpr int a_word = 3;

}  // namespace

FilledSequences::FilledSequences(const Radfm& model, int sequences, int cached, int capacity)
    : model_(model), count_(sequences), cached_(cached), capacity_(capacity) {}

bool FilledSequences::full(int new_tokens) const {
  return std::any_of(caches_.begin(), caches_.end(),
                     [&](const KeyValueCache& cache) { return cache.length() + new_tokens > cache.capacity(); });
}

void FilledSequences::begin_again() {
  caches_.clear();
  for (int i = 0; i < count_; ++i) {
    KeyValueCache cache = model_.make_cache(capacity_);
    for (std::size_t layer = 0; layer < static_cast<std::size_t>(model_.config().llama.layers); ++layer) {
      cache.keys(layer).fill_(0.01);
      cache.values(layer).fill_(0.01);
    }
    cache.grow(cached_);
    caches_.push_back(std::move(cache));
  }
}

void FilledSequences::step(int sequences) {
  std::vector<NextToken> tokens;
  for (int i = 0; i < sequences; ++i) tokens.push_back({a_word + i, &caches_[static_cast<std::size_t>(i)]});
  model_.decode(tokens);
}

ModelMeasurements::ModelMeasurements(const Radfm& model, WeightForm form, const Workload& workload,
                                     std::int64_t cache_bytes_max)
    : model_(model), form_(form) {
  add_pictures(workload);
  add_prompts(workload);
  add_batches(workload, cache_bytes_max);
  add_report(workload);
}

void ModelMeasurements::add_pictures(const Workload& workload) {
  const ModelConfig& config = model_.config();
  const int shallow = config.vision.frame_patch, deep = config.input.depth_max / shallow * shallow;
  const auto add = [&](int count, int depth) {
    const auto input = std::make_shared<ModelInput>(drawn_pictures(config, 1, depth));
    list_.push_back({.kind = "vision",
                     .size = count,
                     .depth = depth,
                     .unit = "images",
                     .units = static_cast<double>(count),
                     .work = vision_work(config, form_, depth) * count,
                     .run = [this, input, count] {
                       for (int i = 0; i < count; ++i) model_.encode_image(*input, 0);
                     }});
  };
  for (const int count : workload.pictures) add(count, shallow);
  if (!workload.pictures.empty() && deep > shallow) add(workload.pictures.front(), deep);
}

void ModelMeasurements::add_prompts(const Workload& workload) {
  const ModelConfig& config = model_.config();
  for (const int tokens : workload.prompts) {
    if (tokens > config.llama.context) {
      left_out_.push_back("a prompt of " + std::to_string(tokens) + " tokens: the context has " +
                          std::to_string(config.llama.context));
      continue;
    }
    const at::Tensor embeddings = *model_.embed(drawn_words(config, tokens), {});
    list_.push_back({.kind = "prefill",
                     .size = tokens,
                     .unit = "tokens",
                     .units = static_cast<double>(tokens),
                     .work = prefill_work(config, form_, tokens),
                     .run = [this, embeddings, tokens] {
                       KeyValueCache cache = model_.make_cache(tokens);
                       model_.prefill(embeddings, cache);
                     }});
  }
}

void ModelMeasurements::add_batches(const Workload& workload, std::int64_t cache_bytes_max) {
  const ModelConfig& config = model_.config();
  const int cached = std::min(workload.cached, config.llama.context / 2);
  const int capacity = std::min(cached + decode_runs_before_full * workload.new_tokens, config.llama.context);
  const int new_tokens = std::min(workload.new_tokens, capacity - cached);
  const std::int64_t one = std::int64_t{2} * config.llama.layers * config.llama.hidden * capacity *
                           static_cast<std::int64_t>(bytes_of(plain_type(form_.type)));
  std::vector<int> fitting;
  for (const int batch : workload.batches) {
    if (batch * one <= cache_bytes_max)
      fitting.push_back(batch);
    else
      left_out_.push_back(std::to_string(batch) + " sequences at once: their caches of " + gigabytes(batch * one) +
                          " do not fit the memory");
  }
  if (fitting.empty()) return;
  const auto sequences = std::make_shared<FilledSequences>(model_, *std::max_element(fitting.begin(), fitting.end()), cached, capacity);
  sequences->begin_again();
  for (const int batch : fitting)
    list_.push_back({.kind = "decode",
                     .size = batch,
                     .unit = "tokens",
                     .units = static_cast<double>(batch * new_tokens),
                     .work = decode_work(config, form_, batch, (cached + capacity) / 2) * new_tokens,
                     .prepare = [sequences, new_tokens] {
                       if (sequences->full(new_tokens)) sequences->begin_again();
                     },
                     .run = [sequences, batch, new_tokens] {
                       for (int i = 0; i < new_tokens; ++i) sequences->step(batch);
                     }});
}

void ModelMeasurements::add_report(const Workload& workload) {
  if (workload.report_new == 0) return;
  const ModelConfig& config = model_.config();
  constexpr int images = 2;
  const int depth = config.vision.frame_patch;
  const int prompt = std::min(workload.report_prompt, config.llama.context / 2);
  const int new_tokens = std::min(workload.report_new, config.llama.context - prompt);
  const std::vector<int> ids = drawn_prompt(config, images, prompt);
  const auto input = std::make_shared<ModelInput>(drawn_pictures(config, images, depth));
  const auto parts = report_;
  list_.push_back({.kind = "report",
                   .size = new_tokens,
                   .unit = "reports",
                   .work = report_work(config, form_, {images, depth, prompt, new_tokens}),
                   .run = [this, ids, input, depth, new_tokens, parts] {
                     const auto made = generate_tokens(model_, ids, *input, new_tokens, {});
                     if (!made) broken_invariant(made.error().message);
                     parts->vision_s.push_back(made->vision_ms / 1e3);
                     parts->prefill_s.push_back(made->prefill_ms / 1e3);
                     parts->decode_s.push_back(made->decode_ms / 1e3);
                     parts->sizes = {images, depth, static_cast<int>(ids.size()), static_cast<int>(made->ids.size())};
                   }});
}

}  // namespace radfm::model
