// SPDX-License-Identifier: Apache-2.0
// A model directory made ready, in this process, with the shipped demonstration model.
#include <gtest/gtest.h>

#include <new>

#include "pipeline/model/engine_turn.h"
#include "pipeline/model/loaded_model.h"
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

const Prompt question{"Indication: cough. Prior: ", ImagePart{0}, " Current: ", ImagePart{1}, " Findings?"};

struct Pictures {
  std::vector<std::vector<std::uint8_t>> pixels;
  std::vector<SourceImage> images;
  Pictures() {
    for (const int step : {7, 11}) {
      auto& grey = pixels.emplace_back();
      for (int i = 0; i < 40 * 30; ++i) grey.push_back(static_cast<std::uint8_t>(i * step % 251));
    }
    for (const auto& grey : pixels) images.push_back({{40, 30, 1, 1}, grey.data()});
  }
};

Generated answer(LoadedModel& model) {
  const Pictures pictures;
  auto generated = model.generate(question, pictures.images, {24}, {}, nullptr);
  if (!generated) throw std::runtime_error(generated.error().message);
  return *generated;
}

// Too little memory is refused before a byte of the weights is read.
TEST(LoadedModel, RefusesBeforeLoading) {
  auto options = phantom();
  options.memory = AvailableMemory{1'000'000, "a figure of this test"};
  bool read_some = false;
  const auto model = LoadedModel::load(options, [&](std::int64_t, std::int64_t) { read_some = true; });
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.error().code, "not_enough_memory");
  EXPECT_NE(model.error().message.find("0.1 GB are available (a figure of this test)"), std::string::npos)
      << model.error().message;
  EXPECT_FALSE(read_some);
}

// The facts say in which type it computes and that the recorded answer was given again, in each type.
TEST(LoadedModel, FactsTellTypeAndKnownAnswer) {
  for (const char* type : {"f32", "bf16", "f16", "int8", "int4"}) {
    auto options = phantom();
    options.dtype = type;
    const auto model = LoadedModel::load(options, {});
    ASSERT_TRUE(model.ok()) << type << ": " << model.error().message;
    EXPECT_EQ(model->facts().dtype, type);
    EXPECT_EQ(model->facts().known_answer, "equal");
  }
  auto options = phantom();
  options.dtype = "int3";
  EXPECT_EQ(LoadedModel::load(options, {}).error().code, "compute_type_unknown");
}

// An image that was read before is not encoded again, and the answer is the same, with and without a cache.
TEST(LoadedModel, EncodesAnImageOnce) {
  auto with = LoadedModel::load(phantom(), {});
  auto options = phantom();
  options.embedding_cache_mb = 0;
  auto without = LoadedModel::load(options, {});
  ASSERT_TRUE(with.ok() && without.ok());
  const Generated first = answer(*with), second = answer(*with), plain = answer(*without), again = answer(*without);
  EXPECT_EQ(first.images_encoded, 2);
  EXPECT_EQ(second.images_encoded, 0);
  EXPECT_EQ(second.images_from_cache, 2);
  EXPECT_EQ(again.images_encoded, 2);
  EXPECT_FALSE(first.token_ids.empty());
  for (const auto* other : {&second, &plain, &again}) {
    EXPECT_EQ(other->token_ids, first.token_ids);
    EXPECT_EQ(other->text, first.text);
  }
}

// Memory that runs out in a step of one answer is that answer's failure; in a step of two it is neither's, and the model goes on.
TEST(LoadedModel, AFailedStepOfSeveralBlamesNone) {
  auto model = LoadedModel::load(phantom(), {});
  ASSERT_TRUE(model.ok());
  const Pictures pictures;
  bool runs_out = false;
  const auto begun = [&] {
    AnswerControl control;
    control.progress = [&](const char* stage, int, int, const std::string&) {
      if (runs_out && std::string(stage) == "generating") throw std::bad_alloc();
    };
    auto answer = model->begin(question, pictures.images, {24}, std::move(control));
    if (!answer) throw std::runtime_error(answer.error().message);
    while (!(*answer)->decodes()) model->advance({answer->get()});
    return std::move(*answer);
  };
  const auto first = begun(), second = begun();
  runs_out = true;
  model->advance({first.get(), second.get()});
  for (const auto* answer : {first.get(), second.get()}) {
    ASSERT_TRUE(answer->has_ended());
    EXPECT_EQ(answer->result().error().code, failed_together_code);
    EXPECT_EQ(answer->result().error().error_class, ErrorClass::transient);
  }
  runs_out = false;
  const auto alone = begun();
  runs_out = true;
  model->advance({alone.get()});
  EXPECT_EQ(alone->result().error().code, "out_of_memory");
  EXPECT_EQ(alone->result().error().error_class, ErrorClass::poison);
  runs_out = false;
  EXPECT_FALSE(answer(*model).text.empty());
}

// A directory without a recorded answer loads and says so; one recorded for other weights, or with another answer,
// does not load; a new recording mends it.
TEST(LoadedModel, KnownAnswerOfADirectory) {
  const TestFolder folder;
  for (const char* name : {"config.json", "tokenizer.model", "card.json", "model.safetensors"})
    std::filesystem::copy(std::filesystem::path("models/phantom") / name, folder.path / name);
  auto options = phantom();
  options.directory = folder.path;
  EXPECT_EQ(LoadedModel::load(options, {})->facts().known_answer, "not recorded");

  auto recorded = read_json("models/phantom/known_answer.json");
  recorded["new_ids"][1] = recorded["new_ids"][1] == 5 ? 6 : 5;
  folder.write("known_answer.json", recorded.dump());
  const auto differing = LoadedModel::load(options, {});
  ASSERT_FALSE(differing.ok());
  EXPECT_EQ(differing.error().code, "model_known_answer_differs");
  EXPECT_EQ(differing.error().error_class, ErrorClass::permanent);

  recorded["weights_digest"] = std::string(64, '0');
  folder.write("known_answer.json", recorded.dump());
  EXPECT_EQ(LoadedModel::load(options, {}).error().code, "model_known_answer_bad");

  options.record_known_answer = true;
  EXPECT_EQ(LoadedModel::load(options, {})->facts().known_answer, "recorded");
  options.record_known_answer = false;
  EXPECT_EQ(LoadedModel::load(options, {})->facts().known_answer, "equal");
}

}  // namespace
}  // namespace radfm::model
