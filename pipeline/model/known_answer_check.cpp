// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/known_answer_check.h"

#include <algorithm>
#include <cmath>

namespace radfm::model {
namespace {

constexpr int questions_tried = 8;

struct Asked {
  KeyValueCache cache;
  at::Tensor logits;  // [1, vocab]
};

Result<Asked> ask(const Radfm& model, const std::vector<int>& prompt, const std::string& image) {
  const ModelConfig& config = model.config();
  const auto capacity = static_cast<std::int64_t>(prompt.size()) + known_answer_tokens;
  if (capacity > config.llama.context)
    return permanent_error("model_config_bad", "config.json: llama.context: must hold one image and " +
                                                   std::to_string(known_answer_text_ids + known_answer_tokens) +
                                                   " tokens");
  const auto embeddings = model.embed(prompt, model.encode_image(known_image(config, image), 0));
  if (!embeddings) return embeddings.error();
  KeyValueCache cache = model.make_cache(capacity);
  at::Tensor logits = model.prefill(*embeddings, cache);
  return Asked{std::move(cache), std::move(logits)};
}

Result<std::vector<float>> finite_row(const at::Tensor& logits) {
  const at::Tensor row = logits.contiguous().cpu();
  const float* values = row.data_ptr<float>();
  std::vector<float> copy(values, values + row.numel());
  if (!std::all_of(copy.begin(), copy.end(), [](float value) { return std::isfinite(value); }))
    return permanent_error("model_output_not_finite",
                           "the model computed a value that is no number; its weights are damaged, or too large for "
                           "model.dtype");
  return copy;
}

}  // namespace

Result<KnownAnswer> computed_answer(const Radfm& model, const KnownQuestion& question) {
  auto asked = ask(model, question.prompt, question.image);
  if (!asked) return asked.error();
  KnownAnswer answer;
  answer.question = question;
  for (int step = 0; step < known_answer_tokens; ++step) {
    const auto row = finite_row(asked->logits);
    if (!row) return row.error();
    const auto best = std::max_element(row->begin(), row->end());  // the first of equals
    if (step == 0) {
      answer.logits_min = *std::min_element(row->begin(), row->end());
      answer.logits_max = *best;
      for (const int id : known_logit_ids(model.config())) answer.logits.push_back((*row)[static_cast<std::size_t>(id)]);
    }
    float next = -INFINITY;
    for (auto value = row->begin(); value != row->end(); ++value)
      if (value != best) next = std::max(next, *value);
    answer.margins.push_back(double{*best} - double{next});
    answer.new_ids.push_back(static_cast<int>(best - row->begin()));
    if (step + 1 < known_answer_tokens) asked->logits = model.decode_one(answer.new_ids.back(), asked->cache);
  }
  return answer;
}

Result<KnownAnswer> sharpest_answer(const Radfm& model, const std::string& weights_digest) {
  std::optional<KnownAnswer> sharpest;
  double smallest_margin = -1;
  for (int number = 0; number < questions_tried; ++number) {
    auto answer = computed_answer(model, known_question(model.config(), number));
    if (!answer) return answer.error();
    const double margin = *std::min_element(answer->margins.begin(), answer->margins.end());
    if (margin <= smallest_margin) continue;
    smallest_margin = margin;
    sharpest = std::move(*answer);
  }
  sharpest->weights_digest = weights_digest;
  return *sharpest;
}

Status check_without_answer(const Radfm& model) {
  const KnownQuestion question = known_question(model.config(), 0);
  std::vector<std::vector<float>> rows;
  for (const char* image : {"one image", "another image"}) {
    const auto asked = ask(model, question.prompt, image);
    if (!asked) return asked.error();
    auto row = finite_row(asked->logits);
    if (!row) return row.error();
    rows.push_back(std::move(*row));
  }
  if (rows[0] == rows[1])
    return permanent_error("model_ignores_images",
                           "two different images give the model the same numbers; its vision weights are damaged or of "
                           "another model");
  return {};
}

}  // namespace radfm::model
