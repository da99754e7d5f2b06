// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/generation.h"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "pipeline/model/embedding_cache.h"
#include "pipeline/model/radfm.h"
#include "pipeline/model/tokenizer.h"

namespace radfm::model {
namespace {

constexpr std::size_t loop_period_max = 32, loop_times = 4, loop_tokens_min = 12;

class Stopwatch {
 public:
  double ms() const { return std::chrono::duration<double, std::milli>(Time::now() - start_).count(); }
  // What this takes is not counted.
  void stand_still(const std::function<void()>& meanwhile) {
    if (!meanwhile) return;
    const auto began = Time::now();
    meanwhile();
    start_ += Time::now() - began;
  }

 private:
  using Time = std::chrono::steady_clock;
  Time::time_point start_ = Time::now();
};

bool is_cancelled(const GenerationControl& control) {
  return control.cancelled && control.cancelled->load();
}

void tell(const GenerationControl& control, const char* stage, int done, int of,
          const std::vector<int>& tokens) {
  if (control.progress) control.progress(stage, done, of, tokens);
}

// The likeliest token of float32 [1, vocab]; the lowest id of equals. Broken weights give no text at all.
Result<int> likeliest(const at::Tensor& logits) {
  const at::Tensor row = logits.contiguous().cpu();
  const float* values = row.data_ptr<float>();
  const auto count = static_cast<std::size_t>(row.numel());
  std::size_t best = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i]))
      return permanent_error("model_output_not_finite",
                             "the model computed a value that is no number; its weights are damaged");
    if (values[i] > values[best]) best = i;
  }
  return static_cast<int>(best);
}

// One image -> [latents, hidden], from the cache if it is there; undefined when cancelled.
at::Tensor encode_one(const Radfm& model, const ModelInput& images, int image, const GenerationControl& control,
                      GeneratedTokens& result) {
  EmbeddingCache* cache = control.embeddings && !control.embeddings->off() ? control.embeddings : nullptr;
  const std::string key = cache ? cache->key(images, image) : "";
  if (cache) {
    if (at::Tensor known = cache->find(key); known.defined()) {
      ++result.images_from_cache;
      return known;
    }
  }
  const at::Tensor encoded = model.encode_image(images, image, {}, [&] {
    tell(control, "vision", image, images.images, {});
    return !is_cancelled(control);
  });
  if (!encoded.defined()) return {};
  ++result.images_encoded;
  if (cache) cache->keep(key, encoded);
  return encoded;
}

// All images of the prompt, [S * latents, hidden]; undefined without images or when cancelled.
at::Tensor encode_images(const Radfm& model, const ModelInput& images, const GenerationControl& control,
                         Stopwatch& vision, GeneratedTokens& result) {
  std::vector<at::Tensor> encoded;
  for (int i = 0; i < images.images; ++i) {
    vision.stand_still(control.between_steps);
    tell(control, "vision", i, images.images, {});
    if (is_cancelled(control)) return {};
    encoded.push_back(encode_one(model, images, i, control, result));
    if (!encoded.back().defined()) return {};
  }
  return encoded.empty() ? at::Tensor() : at::cat(encoded, 0);
}

}  // namespace

Error prompt_too_long(std::size_t tokens, const ModelConfig& config) {
  return permanent_error("prompt_too_long", "the prompt has " + std::to_string(tokens) +
                                                " tokens; the model reads at most " +
                                                std::to_string(config.llama.context - 1) +
                                                ". Show fewer images or less prior text.");
}

bool ends_in_loop(const std::vector<int>& ids) {
  for (std::size_t period = 1; period <= loop_period_max; ++period) {
    const std::size_t length = std::max(period * loop_times, loop_tokens_min);
    if (length > ids.size()) continue;
    if (std::equal(ids.end() - static_cast<std::ptrdiff_t>(length - period), ids.end(),
                   ids.end() - static_cast<std::ptrdiff_t>(length)))
      return true;
  }
  return false;
}

Result<GeneratedTokens> generate_tokens(const Radfm& model, const std::vector<int>& prompt,
                                        const ModelInput& images, int max_new_tokens,
                                        const GenerationControl& control) {
  const int context = model.config().llama.context, read = static_cast<int>(prompt.size());
  if (prompt.empty()) return permanent_error("prompt_empty", "the prompt has no token");
  if (read >= context) return prompt_too_long(prompt.size(), model.config());
  GeneratedTokens result;
  result.stopped = "cancelled";

  Stopwatch vision;
  const at::Tensor image_tokens = encode_images(model, images, control, vision, result);
  result.vision_ms = vision.ms();
  if (is_cancelled(control)) return result;

  Stopwatch prefill;
  auto embeddings = model.embed(prompt, image_tokens);
  if (!embeddings) return embeddings.error();
  const int limit = std::min(max_new_tokens, context - read);
  KeyValueCache cache = model.make_cache(read + limit);
  const int layers = model.config().llama.layers;
  at::Tensor logits = model.prefill(*embeddings, cache, 1, [&](int layer) {
    tell(control, "reading_prompt", layer + 1, layers, {});
    prefill.stand_still(control.between_steps);
    return !is_cancelled(control);
  });
  result.prefill_ms = prefill.ms();
  if (!logits.defined()) return result;

  Stopwatch decode;
  while (!is_cancelled(control)) {
    const auto next = likeliest(logits);
    if (!next) return next.error();
    if (*next == end_token || *next == start_token) {
      result.stopped = "end";
      break;
    }
    result.ids.push_back(*next);
    result.repeats = result.repeats || ends_in_loop(result.ids);
    tell(control, "generating", static_cast<int>(result.ids.size()), limit, result.ids);
    if (static_cast<int>(result.ids.size()) >= limit) {
      result.stopped = "limit";
      break;
    }
    decode.stand_still(control.between_steps);
    if (!is_cancelled(control)) logits = model.decode_one(*next, cache);
  }
  result.decode_ms = decode.ms();
  return result;
}

}  // namespace radfm::model
