// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "demo/training/trainer.h"
#include "pipeline/model/loaded_model.h"
#include "pipeline/model/safetensors.h"
#include "tests/demo/training/test_folder.h"
#include "tests/demo/training/toy_records.h"

namespace radfm::training {
namespace {

std::array<StageSettings, 2> toy_stages() {
  auto stages = usual_stages(ToyRecords().kinds());
  for (auto& stage : stages) {
    stage.size = {12, 4, 1};
    stage.peak = {3e-3, 3e-3, 3e-3};
    stage.warm_up = 10;
  }
  return stages;
}

TrainerSettings toy_training(const std::filesystem::path& out) {
  TrainerSettings settings;
  settings.out = out;
  settings.tokenizer = toy_tokenizer_file();
  settings.config = toy_config();
  settings.card.name = "toy";
  settings.card.version = "1";
  settings.card.licence = "Apache-2.0";
  settings.card.intended_use = "Tests.";
  settings.workers = 2;
  settings.processor = true;
  settings.stages = toy_stages();
  settings.held_out_radiographs = 16;
  settings.held_out_volumes = 8;
  settings.measure_every_steps = 50;
  return settings;
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ostringstream bytes;
  bytes << std::ifstream(file, std::ios::binary).rdbuf();
  return bytes.str();
}

const std::atomic<bool> go_on{false};

// A tiny model learns the toy tasks, and the directory that it leaves answers unseen records right through the path
// of inference.
TEST(Trainer, WhatIsLearnedIsAnswered) {
  const TestFolder folder;
  auto settings = toy_training(folder.path / "run");
  settings.steps = {{60, 240}};
  std::vector<std::string> said;
  const auto ended = train(settings, ToyRecords(), go_on, [&](const std::string& line) { said.push_back(line); });
  ASSERT_TRUE(ended.ok()) << ended.error().message;
  EXPECT_EQ(*ended, RunEnd::finished);
  model::LoadOptions options;
  options.directory = settings.out / "model";
  options.device = "cpu";
  options.threads = 1;
  auto model = model::LoadedModel::load(options, {});
  ASSERT_TRUE(model.ok()) << model.error().message;
  int right = 0, asked = 0;
  for (std::uint64_t number = held_out_begin + 1000; number < held_out_begin + 1040; ++number, ++asked) {
    const auto record = ToyRecords().record(RecordSource::Stage::instruct, number);
    std::vector<model::SourceImage> images;
    for (const auto& picture : record.images) images.push_back({picture.shape, picture.pixels.data()});
    const auto generated = model->generate(record.prompt, images, {8}, {}, nullptr);
    ASSERT_TRUE(generated.ok()) << generated.error().message;
    right += generated->text == record.answer && generated->stopped == "end";
  }
  EXPECT_GE(right, asked - 1) << said.back();
  for (const char* name : {"loss.csv", "held_out.csv", "curves.png", "model/card.json"})
    EXPECT_GT(std::filesystem::file_size(settings.out / name), 100u) << name;
}

// A run that is stopped and goes on leaves the very bytes that an uninterrupted one leaves, in each stage.
TEST(Trainer, ResumedRunEqualsUninterrupted) {
  const TestFolder folder;
  auto whole = toy_training(folder.path / "whole");
  whole.steps = {{6, 6}};
  ASSERT_TRUE(train(whole, ToyRecords(), go_on, [](const std::string&) {}).ok());

  auto parts = whole;
  parts.out = folder.path / "parts";
  parts.report_every_steps = 1;
  for (int stop_after : {4, 5, 100}) {
    std::atomic<bool> stop{false};
    const auto ended = train(parts, ToyRecords(), stop, [&](const std::string& line) {
      if (line.find(" left") != std::string::npos && --stop_after == 0) stop = true;
    });
    ASSERT_TRUE(ended.ok()) << ended.error().message;
    EXPECT_EQ(*ended, stop_after > 0 ? RunEnd::finished : RunEnd::stopped);
    parts.resume = true;
  }
  const auto state = read_run_state(parts.out);
  ASSERT_TRUE(state.ok());
  EXPECT_TRUE(state->finished());
  EXPECT_EQ(bytes_of(parts.out / "state-12.safetensors"), bytes_of(whole.out / "state-12.safetensors"));
  EXPECT_EQ(bytes_of(parts.out / "model" / "model.safetensors"), bytes_of(whole.out / "model" / "model.safetensors"));
  std::istringstream rows(bytes_of(parts.out / "loss.csv"));
  int lines = 0;
  for (std::string line; std::getline(rows, line);) ++lines;
  EXPECT_EQ(lines, 13);  // the head, and a row for each step: none twice
}

// A model that was published goes on where it was: the same answers before the first step, and another run's state is refused.
TEST(Trainer, GoesOnFromAPublishedModel) {
  const TestFolder folder;
  const auto quiet = [](const std::string&) {};
  auto first = toy_training(folder.path / "first");
  first.steps = {{60, 240}};
  ASSERT_TRUE(train(first, ToyRecords(), go_on, quiet).ok());
  auto files = model::open_model_files(first.out / "model");
  ASSERT_TRUE(files.ok()) << files.error().message;

  auto later = toy_training(folder.path / "later");
  later.from = *files;
  later.seed = "later";
  later.steps = {{0, 1}};
  for (auto& stage : *later.stages) stage.peak = {0, 0, 0};
  std::string held_out;
  ASSERT_TRUE(train(later, ToyRecords(), go_on, [&](const std::string& line) {
                if (line.find("held-out radiographs") != std::string::npos) held_out = line;
              }).ok());
  EXPECT_NE(held_out.find("whole_answers 1.000"), std::string::npos) << held_out;  // the language model knows; the heads are new
  // Nothing was learned at rate 0: what is published again is the same model, through the three channels and back.
  EXPECT_EQ(bytes_of(later.out / "model" / "model.safetensors"), bytes_of(first.out / "model" / "model.safetensors"));

  later.resume = true;
  later.from.reset();
  EXPECT_EQ(train(later, ToyRecords(), go_on, quiet).error().code, "training_differs");
}

// Grey pictures cannot go on with a model that weighs its channels differently.
TEST(Trainer, AColourModelNeedsColour) {
  const TestFolder folder;
  const auto quiet = [](const std::string&) {};
  auto first = toy_training(folder.path / "first");
  first.channels = 3;
  first.steps = {{0, 1}};
  ASSERT_TRUE(train(first, ToyRecords(), go_on, quiet).ok());
  auto files = model::open_model_files(first.out / "model");
  ASSERT_TRUE(files.ok()) << files.error().message;
  auto later = toy_training(folder.path / "later");
  later.from = *files;
  later.steps = {{0, 1}};
  EXPECT_EQ(train(later, ToyRecords(), go_on, quiet).error().code, "training_needs_colour");
  later.out = folder.path / "coloured";
  later.channels = 3;
  EXPECT_TRUE(train(later, ToyRecords(), go_on, quiet).ok());
}

// A folder with a training is not overwritten, and a training does not go on as another one.
TEST(Trainer, RunsAreNotMixed) {
  const TestFolder folder;
  auto settings = toy_training(folder.path / "run");
  settings.steps = {{1, 1}};
  const auto quiet = [](const std::string&) {};
  ASSERT_TRUE(train(settings, ToyRecords(), go_on, quiet).ok());
  EXPECT_EQ(train(settings, ToyRecords(), go_on, quiet).error().code, "training_out_taken");
  settings.resume = true;
  settings.seed = "another";
  EXPECT_EQ(train(settings, ToyRecords(), go_on, quiet).error().code, "training_differs");
}

// A state that is damaged or of another form is refused with the reason.
TEST(Trainer, DamagedStateIsRefused) {
  const TestFolder folder;
  auto settings = toy_training(folder.path / "run");
  settings.steps = {{1, 1}};
  const auto quiet = [](const std::string&) {};
  ASSERT_TRUE(train(settings, ToyRecords(), go_on, quiet).ok());
  settings.resume = true;
  const auto file = settings.out / "state-2.safetensors";
  const std::string good = bytes_of(file);
  std::ofstream(file, std::ios::binary) << good.substr(0, good.size() - 1);
  EXPECT_TRUE(train(settings, ToyRecords(), go_on, quiet).error().code.starts_with("checkpoint_"));
  const std::string json = bytes_of(settings.out / "training.json");
  for (const auto& [from, to] :
       std::initializer_list<std::pair<std::string, std::string>>{{"\"stage\": 2", "\"stage\": 3"},
                                                                  {"\"workers\": 2", "\"workers\": 0"},
                                                                  {"\"format\": 1", "\"format\": 2"},
                                                                  {"{", "["}}) {
    std::string bad = json;
    ASSERT_NE(bad.find(from), std::string::npos) << from;
    bad.replace(bad.find(from), from.size(), to);
    std::ofstream(settings.out / "training.json") << bad;
    EXPECT_EQ(train(settings, ToyRecords(), go_on, quiet).error().code, "training_state_bad") << to;
  }
}

}  // namespace
}  // namespace radfm::training
