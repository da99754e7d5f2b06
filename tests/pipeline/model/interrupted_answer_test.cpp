// SPDX-License-Identifier: Apache-2.0
// Aim: an answer of the demonstration model that is put aside for another one, at every step that it can be, and both have the
// text that they have alone, to the byte.
#include <gtest/gtest.h>

#include "pipeline/model/loaded_model.h"
#include "pipeline/model/memory_need.h"
#include "tests/pipeline/model/golden_case.h"

namespace radfm::model {
namespace {

LoadOptions phantom() {
  LoadOptions options;
  options.directory = "models/phantom";
  options.device = "cpu";
  options.threads = 1;
  return options;
}

struct Question {
  Prompt prompt;
  std::vector<int> steps;  // one picture for each, drawn with it
  int depth = 1;
};

const Question radiographs{{"57-year-old woman. Indication: cough. Prior: ", ImagePart{0}, " Current: ", ImagePart{1},
                            " Please generate a radiology report for this scan."}, {7, 11}, 1};
const Question volume{{"Current study: ", ImagePart{0}, " Please caption this scan with finding and impression."}, {13}, 12};

class InterruptedAnswer : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = LoadedModel::load(phantom(), {});
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    model_ = std::make_unique<LoadedModel>(std::move(*loaded));
  }
  Result<Generated> ask(const Question& question, const std::function<void()>& between_steps = {},
                        const std::atomic<bool>* cancelled = nullptr) {
    std::vector<std::vector<std::uint8_t>> pixels;
    std::vector<SourceImage> images;
    const ImageShape shape{40, 30, question.depth, 1};
    for (const int step : question.steps) {
      auto& grey = pixels.emplace_back();
      for (std::size_t i = 0; i < shape.bytes(); ++i) grey.push_back(static_cast<std::uint8_t>(i * static_cast<std::size_t>(step) % 251));
    }
    for (const auto& grey : pixels) images.push_back({shape, grey.data()});
    return model_->generate(question.prompt, images, {30}, {}, cancelled, between_steps);
  }
  std::string text(const Question& question, const std::function<void()>& between_steps = {}) {
    const auto generated = ask(question, between_steps);
    return generated ? generated->text : generated.error().code;
  }
  std::unique_ptr<LoadedModel> model_;
};

TEST_F(InterruptedAnswer, BothTextsAreWhatTheyAreAlone) {
  const std::string outer_alone = text(radiographs), inner_alone = text(volume);
  int boundaries = 0;
  EXPECT_EQ(text(radiographs, [&] { ++boundaries; }), outer_alone);
  EXPECT_GE(boundaries, 2 + 4 + 20);  // images, layers, tokens
  for (int boundary = 0; boundary < boundaries; ++boundary) {
    int at = 0;
    std::string inside;
    EXPECT_EQ(text(radiographs, [&] { if (at++ == boundary) inside = text(volume); }), outer_alone) << "at boundary " << boundary;
    EXPECT_EQ(inside, inner_alone) << "at boundary " << boundary;
  }
}

// What the one inside is refused for is no matter of the other one.
TEST_F(InterruptedAnswer, ARefusalInsideChangesNothing) {
  const std::string alone = text(radiographs);
  std::string endless;
  for (int i = 0; i < 3'000; ++i) endless += "nodule ";
  std::string code;
  EXPECT_EQ(text(radiographs, [&] { code = text({{endless}, {}}); }), alone);
  EXPECT_EQ(code, prompt_too_long_code);
}

// The time inside is not counted as its own.
TEST_F(InterruptedAnswer, TheTimeAsideIsNotCounted) {
  double inside_ms = 0;
  const auto generated = ask(radiographs, [&] {
    const auto inner = ask(volume);
    inside_ms += inner->vision_ms + inner->prefill_ms + inner->decode_ms;
  });
  EXPECT_LT(generated->vision_ms + generated->prefill_ms + generated->decode_ms, inside_ms);  // more than twenty answers
}

// The memory for one, for two and for more: at the need so many are held, one byte below it one less.
TEST(MemoryForSeveral, LimitAndOnePast) {
  const auto config = read_model_config("models/phantom/config.json");
  ASSERT_TRUE(config.ok());
  auto options = phantom();
  options.dtype = "f32";
  const MemoryNeed need = memory_need(*config, WeightType::f32);
  const auto of = [&](int answers) { return need.total_of(answers); };
  for (const auto& [bytes, answers_max] : {std::pair{of(1), 1}, {of(2) - 1, 1}, {of(2), 2}, {of(9) - 1, 8}, {of(9), 9}, {of(1000), 65}}) {
    options.memory = AvailableMemory{bytes, "a figure of this test"};
    const auto model = LoadedModel::load(options, {});
    ASSERT_TRUE(model.ok()) << model.error().message;
    EXPECT_EQ(model->answers_max(), answers_max);
  }
}

}  // namespace
}  // namespace radfm::model
