// SPDX-License-Identifier: Apache-2.0
// Aim: a generation that is put aside for another one, at every step that it can be, and both give the tokens that they give alone.
#include <gtest/gtest.h>

#include "pipeline/model/embedding_cache.h"
#include "pipeline/model/generation.h"
#include "tests/pipeline/model/tiny_network.h"

namespace radfm::model {
namespace {

// `count` images of 16 x 16 x 4 whose values are drawn from the name.
ModelInput drawn_images(const char* name, int count) {
  ModelInput input{count, 16, 16, 4, std::vector<float>(static_cast<std::size_t>(count) * 3 * 16 * 16 * 4)};
  for (std::size_t i = 0; i < input.values.size(); ++i) input.values[i] = drawn_unit(name_hash(name), i);
  return input;
}

struct Question {
  std::vector<int> prompt;
  ModelInput images;
  int max_new_tokens = 0;
};

// Two latents an image, whose ids follow on the vocabulary (32) and its two marks.
const Question two_images{{1, 5, 32, 34, 35, 33, 9, 32, 36, 37, 33, 7}, drawn_images("first", 2), 20};
const Question one_image{{1, 8, 32, 34, 35, 33, 3, 11}, drawn_images("second", 1), 15};
const Question its_own_image{{1, 8, 32, 34, 35, 33, 3, 11}, drawn_images("first", 1), 15};

GeneratedTokens answer(const Radfm& network, const Question& question, EmbeddingCache* embeddings,
                       const std::function<void()>& between_steps = {}) {
  GenerationControl control;
  control.embeddings = embeddings;
  control.between_steps = between_steps;
  auto generated = generate_tokens(network, question.prompt, question.images, question.max_new_tokens, control);
  if (!generated) throw std::runtime_error(generated.error().message);
  return *generated;
}

class InterruptedGeneration : public testing::TestWithParam<WeightType> {
 protected:
  TestNetwork network_ = drawn_network({c10::kCPU, GetParam()});
};

// Each boundary of `outer`, with `inner` once inside it: a fresh cache of embeddings each time, of `cache_bytes`.
void at_each_boundary(const Radfm& network, const Question& outer, const Question& inner, std::int64_t cache_bytes) {
  const auto outer_alone = answer(network, outer, nullptr).ids, inner_alone = answer(network, inner, nullptr).ids;
  ASSERT_GE(outer_alone.size(), 3u) << "too short to be interrupted inside";
  ASSERT_GE(inner_alone.size(), 3u);
  ASSERT_NE(outer_alone, inner_alone);
  int boundaries = 0;
  answer(network, outer, nullptr, [&] { ++boundaries; });
  const int images = outer.images.images, layers = network.config().llama.layers;
  const int last_is_written = outer_alone.size() == static_cast<std::size_t>(outer.max_new_tokens) ? 1 : 0;
  ASSERT_EQ(boundaries, images + layers + static_cast<int>(outer_alone.size()) - last_is_written);
  for (int boundary = 0; boundary < boundaries; ++boundary) {
    EmbeddingCache embeddings(cache_bytes, "digest", "type");
    int at = 0;
    std::vector<int> inside;
    const auto put_aside = answer(network, outer, &embeddings, [&] {
      if (at++ == boundary) inside = answer(network, inner, &embeddings).ids;
    });
    EXPECT_EQ(put_aside.ids, outer_alone) << "at boundary " << boundary;
    EXPECT_EQ(inside, inner_alone) << "at boundary " << boundary;
  }
}

TEST_P(InterruptedGeneration, BothAreWhatTheyAreAlone) { at_each_boundary(network_.radfm, two_images, one_image, 1 << 20); }

TEST_P(InterruptedGeneration, WithoutACacheOfEmbeddings) { at_each_boundary(network_.radfm, two_images, one_image, 0); }

// The one inside may encode, and keep, the very image that the other one comes to next.
TEST_P(InterruptedGeneration, WithAnImageOfBoth) {
  at_each_boundary(network_.radfm, two_images, its_own_image, 1 << 20);
  at_each_boundary(network_.radfm, its_own_image, two_images, 1 << 20);
}

// A cache that holds one image only is emptied by the other one meanwhile.
TEST_P(InterruptedGeneration, WithACacheThatIsTooSmall) {
  const auto one = static_cast<std::int64_t>(network_.radfm.encode_image(one_image.images, 0).nbytes());
  at_each_boundary(network_.radfm, two_images, one_image, one);
}

// One inside at every boundary, without end of interruptions: still the same.
TEST_P(InterruptedGeneration, AtAllBoundariesAtOnce) {
  const auto alone = answer(network_.radfm, two_images, nullptr).ids, inner_alone = answer(network_.radfm, one_image, nullptr).ids;
  const auto put_aside = answer(network_.radfm, two_images, nullptr, [&] {
    EXPECT_EQ(answer(network_.radfm, one_image, nullptr).ids, inner_alone);
  });
  EXPECT_EQ(put_aside.ids, alone);
}

// A cancel that comes while it is put aside ends it at that boundary.
TEST_P(InterruptedGeneration, IsCancelledWhileItWaits) {
  std::atomic<bool> cancelled = false;
  GenerationControl control;
  control.cancelled = &cancelled;
  int at = 0;
  control.between_steps = [&] { cancelled = ++at == 6; };  // two images, one layer, two tokens, and at the third
  const auto generated = generate_tokens(network_.radfm, two_images.prompt, two_images.images, 20, control);
  EXPECT_EQ(generated->stopped, "cancelled");
  EXPECT_EQ(generated->ids.size(), 3u);
  EXPECT_EQ(at, 6);
}

INSTANTIATE_TEST_SUITE_P(Types, InterruptedGeneration, testing::Values(WeightType::f32, WeightType::bf16, WeightType::f16));

}  // namespace
}  // namespace radfm::model
