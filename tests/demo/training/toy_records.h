// SPDX-License-Identifier: Apache-2.0
// Records that a network of a few thousand weights can learn in seconds: a bright square on the left or on the right of
// a noisy picture (or volume), and of two pictures where it was on the first.
#pragma once

#include <filesystem>
#include <string>

#include "demo/training/record.h"
#include "pipeline/model/model_config.h"
#include "pipeline/model/tokenizer.h"

namespace radfm::training {

inline constexpr int toy_side = 16, toy_slices = 8, toy_patch = 8;

inline std::uint64_t toy_draw(std::uint64_t x) {
  std::uint64_t z = x + 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

class ToyRecords : public RecordSource {
 public:
  explicit ToyRecords(std::uint64_t seed = 0, bool with_labels = true) : seed_(seed), with_labels_(with_labels) {
    if (!with_labels) return;
    kinds_.of_image = {{"side", 2}};
    kinds_.of_pair = {{"moved", 2}};
    kinds_.maps = {"square"};
  }
  const LabelKinds& kinds() const override { return kinds_; }
  bool is_volume(std::uint64_t number) const override { return number % 4 == 3; }

  Record record(Stage stage, std::uint64_t number) const override {
    const std::uint64_t draw = toy_draw(seed_ * 1'000'003 + number);
    const bool right = draw & 1, before_right = draw & 2, pair = stage == Stage::instruct && (draw & 4);
    Record made;
    const int depth = is_volume(number) ? toy_slices : 1;
    if (pair) add(made, before_right, depth, draw >> 8);
    add(made, right, depth, draw >> 16);
    if (pair) made.prompt.emplace_back("Prior study:");
    made.prompt.emplace_back(model::ImagePart{0});
    if (pair) made.prompt.emplace_back("Current study:");
    if (pair) made.prompt.emplace_back(model::ImagePart{1});
    made.prompt.emplace_back(pair ? "On which side was it on the prior study?" : "Which side is the nodule?");
    made.answer = (pair ? before_right : right) ? "right" : "left";
    made.emphasis = {{0, made.answer.size()}};
    if (pair && with_labels_) made.pair_labels = {right != before_right};
    return made;
  }
  std::uint64_t texts() const override { return 400; }
  std::string text(std::uint64_t number) const override {
    const Record made = record(Stage::instruct, number);
    return text_of(made.prompt, made.answer);
  }

 private:
  void add(Record& made, bool right, int depth, std::uint64_t draw) const {
    Picture picture;
    picture.shape = {toy_side, toy_side, depth, 1};
    for (int z = 0; z < depth; ++z)
      for (int y = 0; y < toy_side; ++y)
        for (int x = 0; x < toy_side; ++x) {
          const bool inside = y >= 10 && y < 15 && x >= (right ? 10 : 2) && x < (right ? 15 : 7);
          const auto noise =
              static_cast<int>(toy_draw(draw + static_cast<std::uint64_t>((z * toy_side + y) * toy_side + x)) % 40);
          picture.pixels.push_back(static_cast<std::uint8_t>(noise + (inside ? 200 : 20)));
        }
    made.images.push_back(std::move(picture));
    if (!with_labels_) return;
    ImageLabels labels;
    labels.classes = {right};
    labels.maps.emplace_back();
    for (int place = 0; place < 4; ++place)  // rows, columns; depth
      for (int d = 0; d < (depth == 1 ? 1 : toy_slices / 4); ++d)
        labels.maps[0].push_back(place == (right ? 3 : 2) ? 1.0f : 0.0f);
    made.labels.push_back(std::move(labels));
  }

  std::uint64_t seed_;
  bool with_labels_;
  LabelKinds kinds_;
};

inline model::ModelConfig toy_config() {
  model::ModelConfig config;
  config.vision = {toy_side, toy_side, 16, toy_patch, 4, 24, 1, 2, 8, 32};
  config.perceiver = {1, 2, 2, 8, 2};
  config.llama.vocab = 768;
  config.llama.hidden = 32;
  config.llama.mlp = 48;
  config.llama.layers = 2;
  config.llama.heads = 2;
  config.llama.context = 64;
  config.input.depth_max = 8;
  return config;
}

inline std::filesystem::path toy_tokenizer_file() {
  return "models/phantom/tokenizer.model";
}

inline model::Tokenizer toy_tokenizer() {
  auto loaded = model::Tokenizer::load(toy_tokenizer_file(), toy_config());
  if (!loaded) broken_invariant("the tests' tokenizer cannot be read: " + loaded.error().message);
  return std::move(loaded).value();
}

}  // namespace radfm::training
