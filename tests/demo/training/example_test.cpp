// SPDX-License-Identifier: Apache-2.0
#include "demo/training/example.h"

#include <gtest/gtest.h>

#include <map>

#include "demo/training/example_stream.h"
#include "demo/training/schedule.h"
#include "tests/demo/training/toy_records.h"

namespace radfm::training {
namespace {

using Stage = RecordSource::Stage;

struct Toy {
  ToyRecords records;
  model::ModelConfig config = toy_config();
  model::Tokenizer tokenizer = toy_tokenizer();
  Result<Example> prepared(const Record& record) const {
    return prepare_example(record, 7, records.kinds(), tokenizer, config, {});
  }
  Record record() const { return records.record(Stage::caption, 0); }
};

// The ids are those of inference's prompt, then what it would have to write, then </s>.
TEST(Example, IdsAreInferencesAndTheAnswers) {
  const Toy toy;
  Record record = toy.record();
  record.answer = "There is a nodule in the left lung.";
  record.emphasis = {{11, 17}, {25, 29}};  // nodule, left
  const auto example = toy.prepared(record);
  ASSERT_TRUE(example.ok()) << example.error().message;
  const auto prompt = toy.tokenizer.encode(record.prompt);
  ASSERT_EQ(example->answer_begin, prompt.size());
  EXPECT_TRUE(std::equal(prompt.begin(), prompt.end(), example->ids.begin()));
  EXPECT_EQ(example->ids.back(), model::end_token);
  const std::vector<int> answer(example->ids.begin() + static_cast<std::ptrdiff_t>(example->answer_begin),
                                example->ids.end() - 1);
  EXPECT_EQ(toy.tokenizer.decode(answer), record.answer);
  std::string heavy;
  for (std::size_t i = 0; i < answer.size(); ++i)
    if (example->weights[i] > 1) heavy += toy.tokenizer.decode({answer[i]}) + "|";
  EXPECT_EQ(heavy, "nodule|left|");
  EXPECT_EQ(example->weights.back(), 1);
}

// What does not fit is refused with the record's number, at the limit and one past it.
TEST(Example, RefusesWhatDoesNotFit) {
  const Toy toy;
  const auto code = [&](const Record& record) {
    const auto example = toy.prepared(record);
    if (example) return std::string("fits");
    EXPECT_NE(example.error().message.find("record 7"), std::string::npos) << example.error().message;
    return example.error().code;
  };
  Record record = toy.record();
  record.emphasis = {{0, record.answer.size()}};
  EXPECT_EQ(code(record), "fits");
  record.emphasis = {{0, record.answer.size() + 1}};
  EXPECT_EQ(code(record), "record_bad");

  record = toy.record();
  record.labels[0].classes = {2};
  EXPECT_EQ(code(record), "record_bad");
  record.labels[0].classes = {no_label};
  EXPECT_EQ(code(record), "fits");
  record.labels[0].maps[0].push_back(0);
  EXPECT_EQ(code(record), "record_bad");

  record = toy.record();
  record.pair_labels = {1};
  EXPECT_EQ(code(record), "record_bad") << "a pair of one image";
  record = toy.record();
  record.prompt.emplace_back(model::ImagePart{1});
  EXPECT_EQ(code(record), "record_bad");
  record = toy.record();
  record.images[0].pixels.pop_back();
  EXPECT_EQ(code(record), "record_bad");
  record = toy.record();
  std::fill(record.images[0].pixels.begin(), record.images[0].pixels.end(), std::uint8_t{9});
  EXPECT_EQ(code(record), "image_constant");
  record = toy.record();
  record.images[0].shape.channels = 3;
  record.images[0].shape.width = 0;
  EXPECT_EQ(code(record), "record_colour");

  record = toy.record();
  record.emphasis.clear();
  const auto used = toy.prepared(record)->ids.size() - toy.prepared(record)->answer_tokens();
  const std::size_t room = static_cast<std::size_t>(toy.config.llama.context) - used - 1;
  record.answer.clear();
  for (std::size_t i = 0; i < room; ++i) record.answer += i ? " left" : "left";
  EXPECT_EQ(code(record), "fits");
  record.answer += " left";
  EXPECT_EQ(code(record), "record_too_long");
}

// The background thread gives the steps that drawing them one by one gives, each record once and in order.
TEST(ExampleStream, StepsAreTheSameInTheBackground) {
  const Toy toy;
  const StepSize size{3, 1, 2};
  ExampleStream stream(toy.records, toy.tokenizer, toy.config, Stage::instruct, size, {}, {});
  Cursors at;
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < 7; ++i) {
    const auto step = stream.next();
    const auto same = ExampleStream::draw(toy.records, toy.tokenizer, toy.config, Stage::instruct, size, {}, at);
    ASSERT_TRUE(step.ok() && same.ok());
    EXPECT_EQ(step->after, same->after);
    at = same->after;
    ASSERT_EQ(step->examples.size(), 4u);
    for (std::size_t e = 0; e < 4; ++e) {
      EXPECT_EQ(step->examples[e].ids, same->examples[e].ids);
      EXPECT_EQ(step->examples[e].pixels, same->examples[e].pixels);
      EXPECT_EQ(step->examples[e].ids.empty(), e == 1) << "every second record of a kind has language";
      numbers.push_back(step->examples[e].number);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], i);
}

// Records that show one picture stay together, and it is labelled once.
TEST(ExampleStream, OnePictureIsLabelledOnce) {
  class Questions : public ToyRecords {  // three about each picture
    Record record(Stage stage, std::uint64_t number) const override {
      return ToyRecords::record(stage, number / 12 * 4);
    }
  };
  const Toy toy;
  const auto step =
      ExampleStream::draw(Questions(), toy.tokenizer, toy.config, Stage::caption, {18, 0, 1, 1}, {}, {});
  ASSERT_TRUE(step.ok());
  std::map<std::uint64_t, int> labelled;
  for (const auto& example : step->examples) labelled[example.keys[0]] += !example.labels[0].classes.empty();
  EXPECT_EQ(labelled.size(), 2u);
  for (const auto& [key, times] : labelled) EXPECT_EQ(times, 1);
  std::map<std::uint64_t, std::size_t> share_of;
  const auto shares = shares_of(step->examples, 2, toy.config.vision);
  for (std::size_t share = 0; share < shares.size(); ++share)
    for (const auto* example : shares[share])
      EXPECT_EQ(share_of.emplace(example->keys[0], share).first->second, share);
}

// Every so many-th study of volumes teaches the vision tower, with all records that show it; of the others the labels go.
TEST(ExampleStream, SomeVolumesAreOnlyLookedAt) {
  class Questions : public ToyRecords {  // two about each volume
    Record record(Stage stage, std::uint64_t number) const override {
      return ToyRecords::record(stage, number / 8 * 8 + 3);
    }
  };
  const Toy toy;
  const auto step =
      ExampleStream::draw(Questions(), toy.tokenizer, toy.config, Stage::caption, {0, 12, 1, 3}, {}, {});
  ASSERT_TRUE(step.ok());
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(step->examples[i].vision_learns, i / 2 % 3 == 0) << i;
    EXPECT_EQ(step->examples[i].labels.empty(), i / 2 % 3 != 0) << i;
  }
}

// Rates rise to the peak, fall to a fiftieth of it, and never leave these bounds.
TEST(Schedule, RatesRiseAndFall) {
  StageSettings stage;
  stage.peak = {1, 2, 4};
  stage.warm_up = 20;
  EXPECT_DOUBLE_EQ(rates_at(stage, 0, 1000)[0], 1.0 / 20);
  EXPECT_DOUBLE_EQ(rates_at(stage, 19, 1000)[1], 2);
  EXPECT_DOUBLE_EQ(rates_at(stage, 20, 1000)[2], 4);
  for (int step = 21; step < 1000; ++step)
    EXPECT_LT(rates_at(stage, step, 1000)[0], rates_at(stage, step - 1, 1000)[0]);
  EXPECT_NEAR(rates_at(stage, 999, 1000)[0], 0.02, 1e-4);
  EXPECT_LE(rates_at(stage, 0, 1)[0], 1);
}

}  // namespace
}  // namespace radfm::training
