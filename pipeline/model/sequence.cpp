// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/sequence.h"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "pipeline/model/embedding_cache.h"
#include "pipeline/model/tokenizer.h"

namespace radfm::model {
namespace {

// The likeliest token of float32 [vocab]; the lowest id of equals. Broken weights give no text at all.
Result<int> likeliest(const at::Tensor& logits) {
  const at::Tensor row = logits.contiguous().cpu();
  const float* values = row.const_data_ptr<float>();
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

// Where time goes while it lives.
class Timed {
 public:
  explicit Timed(double& ms) : ms_(ms) {}
  ~Timed() { ms_ += std::chrono::duration<double, std::milli>(Time::now() - start_).count(); }
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;

 private:
  using Time = std::chrono::steady_clock;
  double& ms_;
  const Time::time_point start_ = Time::now();
};

}  // namespace

Sequence::Sequence(const Radfm& model, std::vector<int> prompt, std::shared_ptr<const ModelInput> images, int max_new_tokens,
                   GenerationControl control)
    : model_(model),
      prompt_(std::move(prompt)),
      images_(std::move(images)),
      images_count_(images_->images),
      limit_(std::min(max_new_tokens, model.config().llama.context - static_cast<int>(prompt_.size()))),
      control_(std::move(control)),
      result_(GeneratedTokens{}) {
  if (images_count_ == 0) phase_ = Phase::prompt;
  if (prompt_.empty())
    fail(permanent_error("prompt_empty", "the prompt has no token"));
  else if (static_cast<int>(prompt_.size()) >= model.config().llama.context)
    fail(prompt_too_long(prompt_.size(), model.config()));
}

void Sequence::fail(Error error) { end_with(std::move(error)); }

void Sequence::end(const char* how) {
  made_.stopped = how;
  end_with(std::move(made_));
}

void Sequence::end_with(Result<GeneratedTokens> result) {
  result_ = std::move(result);
  phase_ = Phase::ended;
  x_.reset();
  encoded_.clear();
  images_.reset();
  cache_.reset();
}

void Sequence::tell(const char* stage, int done, int of) const {
  if (control_.progress) control_.progress(stage, done, of, made_.ids);
}

void Sequence::prepare_step() {
  if (is_cancelled()) return end("cancelled");
  if (phase_ == Phase::vision) {
    const Timed timed(made_.vision_ms);
    if (!x_.defined()) begin_image();
    if (phase_ == Phase::vision && x_.defined()) image_step();
  } else {
    prompt_step();
  }
}

// The next image's first step, or all of it where its embedding is known.
void Sequence::begin_image() {
  const int image = static_cast<int>(encoded_.size());
  tell("vision", image, images_count_);
  if (is_cancelled()) return end("cancelled");
  if (control_.embeddings && !control_.embeddings->off()) {
    image_key_ = control_.embeddings->key(*images_, image);
    if (at::Tensor known = control_.embeddings->find(image_key_); known.defined()) {
      ++made_.images_from_cache;
      return keep_image(known);
    }
  }
  x_ = model_.begin_image(*images_, image);
  layer_ = 0;
}

void Sequence::image_step() {
  x_ = model_.image_layer(layer_, x_);
  tell("vision", static_cast<int>(encoded_.size()), images_count_);
  if (++layer_ < model_.config().vision.depth) return;
  const at::Tensor encoded = model_.end_image(x_);
  ++made_.images_encoded;
  // Another sequence may have kept the same image meanwhile.
  if (!image_key_.empty() && !control_.embeddings->find(image_key_).defined()) control_.embeddings->keep(image_key_, encoded);
  keep_image(encoded);
}

void Sequence::keep_image(const at::Tensor& encoded) {
  encoded_.push_back(encoded);
  x_.reset();
  if (static_cast<int>(encoded_.size()) < images_count_) return;
  images_.reset();
  phase_ = Phase::prompt;
}

void Sequence::begin_prompt() {
  auto embeddings = model_.embed(prompt_, encoded_.empty() ? at::Tensor() : at::cat(encoded_, 0));
  if (!embeddings) return fail(embeddings.error());
  encoded_.clear();
  x_ = std::move(*embeddings);
  layer_ = 0;
  cache_.emplace(model_.make_cache(static_cast<std::int64_t>(prompt_.size()) + limit_));
}

void Sequence::prompt_step() {
  const int layers = model_.config().llama.layers;
  at::Tensor logits;
  {
    const Timed timed(made_.prefill_ms);
    if (!x_.defined()) begin_prompt();
    if (has_ended()) return;
    x_ = model_.read_layer(layer_, x_, *cache_);
    ++layer_;
    if (layer_ == layers) logits = model_.prompt_logits(x_);
  }
  tell("reading_prompt", layer_, layers);
  if (layer_ < layers) return;
  x_.reset();
  phase_ = Phase::decoding;
  if (is_cancelled()) return end("cancelled");
  take_token(logits);
}

void Sequence::take_token(const at::Tensor& logits) {
  const auto next = likeliest(logits);
  if (!next) return fail(next.error());
  if (*next == end_token || *next == start_token) return end("end");
  made_.ids.push_back(*next);
  made_.repeats = made_.repeats || ends_in_loop(made_.ids);
  const int count = static_cast<int>(made_.ids.size());
  tell("generating", count, limit_);
  if (count >= limit_) end("limit");
}

void decode_together(const std::vector<Sequence*>& sequences) {
  std::vector<Sequence*> going_on;
  for (Sequence* sequence : sequences) {
    if (!sequence->decodes()) broken_invariant("a sequence that does not decode among those that do");
    if (sequence->is_cancelled())
      sequence->end("cancelled");
    else
      going_on.push_back(sequence);
  }
  if (going_on.empty()) return;
  double ms = 0;
  at::Tensor logits;
  {
    const Timed timed(ms);
    std::vector<NextToken> tokens;
    for (Sequence* sequence : going_on) tokens.push_back({sequence->made_.ids.back(), &*sequence->cache_});
    logits = going_on.front()->model_.decode(tokens);
  }
  for (std::size_t i = 0; i < going_on.size(); ++i) {
    going_on[i]->made_.decode_ms += ms;
    going_on[i]->take_token(logits[static_cast<std::int64_t>(i)]);
  }
}

}  // namespace radfm::model
