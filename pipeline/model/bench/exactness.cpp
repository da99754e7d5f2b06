// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/exactness.h"

#include <algorithm>
#include <cmath>

#include "pipeline/model/known_answer.h"

namespace radfm::model {
namespace {

constexpr int questions = 4, tokens_of_each = 16;

struct Reader {
  const Radfm& model;
  KeyValueCache cache;
  std::vector<float> logits;

  void take(const at::Tensor& computed) {  // [1, vocab]
    const at::Tensor row = computed.contiguous().cpu();
    logits.assign(row.data_ptr<float>(), row.data_ptr<float>() + row.numel());
  }
  std::size_t likeliest() const {
    return static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
  }
};

Result<Reader> reader_of(const Radfm& model, const KnownQuestion& question) {
  const at::Tensor image = model.encode_image(known_image(model.config(), question.image), 0);
  const auto embeddings = model.embed(question.prompt, image);
  if (!embeddings) return embeddings.error();
  Reader reader{model, model.make_cache(static_cast<std::int64_t>(question.prompt.size()) + tokens_of_each), {}};
  reader.take(model.prefill(*embeddings, reader.cache));
  return reader;
}

// By how much the likeliest one leads before the next.
double lead_of(const std::vector<float>& logits, std::size_t best) {
  float next = -INFINITY;
  for (std::size_t i = 0; i < logits.size(); ++i)
    if (i != best) next = std::max(next, logits[i]);
  return double{logits[best]} - double{next};
}

void compare(const Reader& own, const Reader& reference, Exactness& exactness) {
  for (std::size_t i = 0; i < reference.logits.size(); ++i) {
    const double difference = std::abs(double{own.logits[i]} - double{reference.logits[i]});
    exactness.logit_difference = std::isfinite(difference) ? std::max(exactness.logit_difference, difference) : INFINITY;
  }
  const auto [low, high] = std::minmax_element(reference.logits.begin(), reference.logits.end());
  exactness.logit_range = std::max(exactness.logit_range, double{*high} - double{*low});
  ++exactness.tokens;
  const std::size_t best = reference.likeliest();
  if (own.likeliest() == best) {
    ++exactness.tokens_equal;
    return;
  }
  const double lead = lead_of(reference.logits, best);
  const bool first = exactness.tokens - exactness.tokens_equal == 1;
  exactness.lead_lost = first ? lead : std::max(exactness.lead_lost, lead);
}

}  // namespace

Result<Exactness> exactness_of(const Radfm& model, const Radfm& reference) {
  Exactness exactness;
  for (int number = 0; number < questions; ++number) {
    const KnownQuestion question = known_question(model.config(), number);
    auto own = reader_of(model, question), theirs = reader_of(reference, question);
    if (!own) return own.error();
    if (!theirs) return theirs.error();
    for (int step = 0; step < tokens_of_each; ++step) {
      compare(*own, *theirs, exactness);
      if (step + 1 == tokens_of_each) break;
      const int next = static_cast<int>(theirs->likeliest());
      own->take(model.decode_one(next, own->cache));
      theirs->take(reference.decode_one(next, theirs->cache));
    }
  }
  return exactness;
}

}  // namespace radfm::model
