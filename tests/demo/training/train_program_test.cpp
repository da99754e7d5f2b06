// SPDX-License-Identifier: Apache-2.0
// radfm-train as people call it.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "demo/training/record_folder.h"
#include "pipeline/model/model_files.h"
#include "tests/demo/training/test_folder.h"
#include "tests/demo/training/toy_records.h"

namespace radfm::training {
namespace {

struct Ended {
  int code = -1;
  std::string text;  // both streams
};

Ended run(const std::string& arguments) {
  Ended ended;
  FILE* pipe = ::popen((std::string(RADFM_TRAIN) + " " + arguments + " 2>&1").c_str(), "r");
  if (!pipe) return ended;
  char bytes[4096];
  while (const std::size_t got = std::fread(bytes, 1, sizeof bytes, pipe)) ended.text.append(bytes, got);
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
  return ended;
}

// A folder of records becomes a model directory with a known answer; again and with more asked, it says what to do.
TEST(TrainProgram, FolderBecomesModel) {
  const TestFolder folder;
  ASSERT_TRUE(write_record_folder(ToyRecords(), RecordSource::Stage::instruct, 60, folder.path / "records").ok());
  folder.write("config.json", model::to_json(toy_config()).dump());
  const std::string out = folder.path / "run";
  const std::string asked =
      "--cpu --threads 2 --steps 2,2 --out " + out + " --config " + (folder.path / "config.json").string() +
      " --tokenizer models/phantom/tokenizer.model --records " + (folder.path / "records").string();
  const Ended first = run(asked);
  ASSERT_EQ(first.code, 0) << first.text;
  EXPECT_NE(first.text.find("held-out radiographs: side"), std::string::npos) << first.text;
  const auto files = model::open_model_files(out + "/model");
  ASSERT_TRUE(files.ok()) << files.error().message;
  EXPECT_EQ(files->card.digest, model::weights_digest(*files));
  EXPECT_TRUE(std::filesystem::exists(out + "/model/known_answer.json"));

  const Ended second = run(asked);
  EXPECT_EQ(second.code, 2);
  EXPECT_NE(second.text.find("--resume"), std::string::npos) << second.text;
  const Ended third = run(asked + " --resume");
  EXPECT_EQ(third.code, 0) << third.text;

  const std::string later = "--cpu --threads 2 --steps 0,1 --out " + (folder.path / "later").string() + " --from " + out + "/model --records " +
                            (folder.path / "records").string();
  const Ended fourth = run(later);
  ASSERT_EQ(fourth.code, 0) << fourth.text;
  EXPECT_NE(fourth.text.find("going on from A RadFM trained here, weights " + files->card.digest), std::string::npos) << fourth.text;
  const auto went_on = model::open_model_files(folder.path / "later" / "model");
  ASSERT_TRUE(went_on.ok()) << went_on.error().message;
  EXPECT_NE(went_on->card.weights.find("going on from A RadFM trained here, weights " + files->card.digest), std::string::npos);
  EXPECT_EQ(run(later + " --config " + (folder.path / "config.json").string()).code, 2);
}

// Without a tokenizer the vocabulary is learned first; too few texts for its size are named.
TEST(TrainProgram, LearnsTheVocabulary) {
  const TestFolder folder;
  ASSERT_TRUE(write_record_folder(ToyRecords(), RecordSource::Stage::instruct, 60, folder.path / "records").ok());
  auto config = toy_config();
  const auto asked = [&](const char* out) {
    folder.write("config.json", model::to_json(config).dump());
    return run("--cpu --threads 1 --steps 0,1 --out " + (folder.path / out).string() + " --config " + (folder.path / "config.json").string() +
               " --records " + (folder.path / "records").string());
  };
  config.llama.vocab = 300;  // 256 bytes, the control tokens, and a few pieces
  const Ended learned = asked("run");
  ASSERT_EQ(learned.code, 0) << learned.text;
  EXPECT_NE(learned.text.find("learned a vocabulary of 300 pieces from 57 texts"), std::string::npos) << learned.text;
  EXPECT_TRUE(model::open_model_files(folder.path / "run" / "model").ok());
  config.llama.vocab = 5000;
  const Ended refused = asked("other");
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.text.find("vocabulary_bad"), std::string::npos) << refused.text;
}

// What is asked wrongly is refused before anything is done.
TEST(TrainProgram, WrongUsage) {
  for (const char* wrong : {"", "--steps 0,0", "--threads 1025", "--minutes nan"}) {
    const Ended ended = run(wrong);
    EXPECT_EQ(ended.code, 2) << wrong;
    EXPECT_NE(ended.text.find("usage: radfm-train"), std::string::npos) << wrong;
  }
  const TestFolder folder;
  const Ended missing =
      run("--out " + (folder.path / "run").string() + " --tokenizer models/phantom/tokenizer.model --config " +
          "models/phantom/config.json --records " + folder.path.string());
  EXPECT_EQ(missing.code, 2);
  EXPECT_NE(missing.text.find("records_missing"), std::string::npos) << missing.text;
  EXPECT_FALSE(std::filesystem::exists(folder.path / "run"));
}

}  // namespace
}  // namespace radfm::training
