// SPDX-License-Identifier: Apache-2.0
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include "pipeline/model/embedding_cache.h"
#include "pipeline/model/generation.h"
#include "tests/pipeline/model/tiny_network.h"

namespace radfm::model {
namespace {

at::Tensor embedding(float value) { return at::full({4}, value, at::TensorOptions(at::kFloat)); }  // 16 bytes

// Two images of the tiny model; the second differs from the first in one value.
ModelInput two_images() {
  ModelInput input{2, 16, 16, 4, {}};
  const std::size_t one = 3 * 16 * 16 * 4;
  for (std::size_t i = 0; i < 2 * one; ++i) input.values.push_back(drawn_unit(name_hash("picture"), i % one));
  input.values.back() = 0.5f;
  return input;
}

// Within the limit all are kept; one byte past it the least recently used goes.
TEST(EmbeddingCache, KeepsTheMostRecentlyUsedWithinItsLimit) {
  EmbeddingCache cache(32, "digest", "f32");
  cache.keep("a", embedding(1));
  cache.keep("b", embedding(2));
  EXPECT_EQ(cache.bytes(), 32);
  EXPECT_EQ(cache.find("a")[0].item<float>(), 1);  // a is younger than b now
  cache.keep("c", embedding(3));
  EXPECT_FALSE(cache.find("b").defined());
  EXPECT_EQ(cache.find("a")[0].item<float>(), 1);
  EXPECT_EQ(cache.find("c")[0].item<float>(), 3);
  EXPECT_EQ(cache.bytes(), 32);

  EmbeddingCache exact(16, "digest", "f32"), small(15, "digest", "f32");
  exact.keep("a", embedding(1));
  small.keep("a", embedding(1));
  EXPECT_EQ(exact.count(), 1u);
  EXPECT_EQ(small.count(), 0u);  // larger than the whole cache: not kept, nothing else thrown out
}

// Each of pixels, shape, weights and type makes another key; the place among the images does not.
TEST(EmbeddingCache, KeysNameAllThatDecides) {
  const auto input = two_images();
  const auto key = embedding_key(input, 0, "digest", "f32");
  EXPECT_EQ(key.size(), 64u);
  EXPECT_NE(key, embedding_key(input, 1, "digest", "f32"));
  EXPECT_NE(key, embedding_key(input, 0, "other", "f32"));
  EXPECT_NE(key, embedding_key(input, 0, "digest", "bf16"));
  ModelInput turned = input;
  std::swap(turned.height, turned.depth);
  EXPECT_NE(key, embedding_key(turned, 0, "digest", "f32"));
  ModelInput swapped = input;
  std::rotate(swapped.values.begin(), swapped.values.begin() + 3 * 16 * 16 * 4, swapped.values.end());
  EXPECT_EQ(key, embedding_key(swapped, 1, "digest", "f32"));
}

// With and without the cache: the same tokens from the same embeddings, to the bit; and it is told which images were
// encoded.
TEST(EmbeddingCache, ChangesNothingButTheWork) {
  const auto network = drawn_network();
  const auto input = two_images();
  const std::vector<int> prompt{1, 32, 34, 35, 33, 32, 36, 37, 33, 5, 9};
  EmbeddingCache cache(1 << 20, "digest", "f32"), off(0, "digest", "f32");
  const auto run = [&](EmbeddingCache* embeddings) {
    GenerationControl control;
    control.embeddings = embeddings;
    auto generated = generate_tokens(network.radfm, prompt, input, 12, control);
    if (!generated) throw std::runtime_error(generated.error().message);
    return *generated;
  };
  const auto without = run(nullptr), first = run(&cache), second = run(&cache), disabled = run(&off);
  EXPECT_EQ(without.images_encoded, 2);
  EXPECT_EQ(first.images_encoded, 2);
  EXPECT_EQ(first.images_from_cache, 0);
  EXPECT_EQ(second.images_encoded, 0);
  EXPECT_EQ(second.images_from_cache, 2);
  EXPECT_EQ(disabled.images_encoded, 2);
  EXPECT_EQ(off.count(), 0u);
  for (const auto* other : {&first, &second, &disabled}) EXPECT_EQ(other->ids, without.ids);
  for (int image = 0; image < 2; ++image)
    EXPECT_TRUE(at::equal(cache.find(cache.key(input, image)), network.radfm.encode_image(input, image)));
}

// A cancelled encoding leaves nothing behind.
TEST(EmbeddingCache, KeepsNoHalfEncodedImage) {
  const auto network = drawn_network();
  EmbeddingCache cache(1 << 20, "digest", "f32");
  std::atomic<bool> cancelled = false;
  GenerationControl control;
  control.embeddings = &cache;
  control.cancelled = &cancelled;
  control.progress = [&](const char*, int, int, const std::vector<int>&) { cancelled = true; };
  const auto generated = generate_tokens(network.radfm, {1, 32, 34, 35, 33, 5}, two_images(), 3, control);
  EXPECT_EQ(generated->stopped, "cancelled");
  EXPECT_EQ(generated->images_encoded, 0);
  EXPECT_EQ(cache.count(), 0u);
}

}  // namespace
}  // namespace radfm::model
