// SPDX-License-Identifier: Apache-2.0
// Aim: the engine program answers several ordinary questions at once, and an urgent one between them, each as it answers it alone.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/clock.h"
#include "pipeline/process/child_process.h"
#include "pipeline/process/json_field.h"
#include "tests/pipeline/model/golden_case.h"

namespace radfm::model {
namespace {

using nlohmann::json;
using process::int_field;
using process::text_field;

constexpr std::int64_t patience_ms = 100'000;

class SeveralQuestions : public testing::Test {
 protected:
  void SetUp() override { write_untrained_model(folder_); }  // writes without end
  void start(const char* jobs_at_once) {
    auto child = process::ChildProcess::start(
        RADFM_ENGINE, {"--model", folder_.path.string(), "--device", "cpu", "--threads", "1", "--jobs-at-once", jobs_at_once}, {});
    ASSERT_TRUE(child.ok());
    child_ = std::make_unique<process::ChildProcess>(std::move(*child));
    while (text_field(next(), "type") != "ready") {
    }
  }
  json next() {
    auto frame = child_->channel().receive(SystemClock().boot_ms() + patience_ms);
    if (!frame) throw std::runtime_error(frame.error().message);
    return std::move(frame->json);
  }
  // Question `number`; each has another prompt.
  void ask(int id, int number, int tokens, bool urgent = false) {
    const std::string text = "Question " + std::to_string(number) + ". Please generate a radiology report for this scan.";
    ASSERT_TRUE(child_->channel()
                    .send({{"type", "generate"}, {"id", id}, {"prompt", {{{"text", text}}}}, {"images", json::array()},
                           {"max_new_tokens", tokens}, {"urgent", urgent}})
                    .ok());
  }
  // The next frame that ends a question: its id, and its text or its error's code. Progress on the way is kept.
  std::pair<int, std::string> end() {
    for (;;) {
      const json frame = next();
      const int id = int_field(frame, "id");
      const std::string type = text_field(frame, "type");
      if (type == "result") return {id, text_field(process::field(frame, "generated"), "text")};
      if (type == "error") return {id, text_field(frame, "code")};
      told_.emplace_back(id, text_field(frame, "stage"));
    }
  }
  std::string alone(int number, int tokens) {
    ask(1000 + number, number, tokens);
    return end().second;
  }
  const TestFolder folder_;
  std::unique_ptr<process::ChildProcess> child_;
  std::vector<std::pair<int, std::string>> told_;
};

TEST_F(SeveralQuestions, EachTextIsWhatItIsAlone) {
  start("8");
  std::map<int, std::string> expected;
  std::set<std::string> different;
  for (int i = 1; i <= 8; ++i) different.insert(expected[i] = alone(i, 100 + 20 * i));
  EXPECT_GT(different.size(), 1u);
  told_.clear();
  for (int i = 1; i <= 8; ++i) ask(i, i, 100 + 20 * i);
  ask(9, 9, 5);  // one more than it holds
  std::map<int, std::string> got;
  while (got.size() < 9) got.insert(end());
  EXPECT_EQ(got.at(9), "engine_busy");
  got.erase(9);
  EXPECT_EQ(got, expected);
  // They were made together: each had begun before the first had ended, which is the shortest.
  std::set<int> begun;
  for (const auto& [id, stage] : told_)
    if (stage == "generating") begun.insert(id);
  EXPECT_EQ(begun.size(), 8u);
}

// The urgent one is answered first; all others are told to wait, and go on with the same texts.
TEST_F(SeveralQuestions, AnUrgentOneOvertakesAll) {
  start("3");
  std::map<int, std::string> expected;
  for (int i = 1; i <= 4; ++i) expected[i] = alone(i, i == 4 ? 20 : 400);
  told_.clear();
  for (int i = 1; i <= 3; ++i) ask(i, i, 400);
  for (std::set<int> generating; generating.size() < 3;) {
    const json frame = next();
    if (text_field(frame, "stage") == "generating") generating.insert(int_field(frame, "id"));
  }
  ask(4, 4, 20, true);
  const auto first = end();
  EXPECT_EQ(first.first, 4);
  EXPECT_EQ(first.second, expected.at(4));
  std::set<int> waited;
  bool urgent_began = false;
  for (const auto& [id, stage] : told_) {
    if (stage == "waiting") waited.insert(id);
    urgent_began = urgent_began || id == 4;
    EXPECT_TRUE(!urgent_began || id == 4) << id << " " << stage;
  }
  EXPECT_EQ(waited, (std::set<int>{1, 2, 3}));
  for (int i = 0; i < 3; ++i) {
    const auto got = end();
    EXPECT_EQ(got.second, expected.at(got.first)) << got.first;
  }
}

// One is cancelled, one cannot be read; the others' texts are theirs, and their places are free again.
TEST_F(SeveralQuestions, OneEndsAndAnotherBegins) {
  start("2");
  const std::string expected = alone(1, 300), short_one = alone(2, 30);
  ask(1, 1, 300);
  ask(2, 3, 900);
  for (json frame = next(); int_field(frame, "id") != 2 || text_field(frame, "stage") != "generating"; frame = next()) {
  }
  ASSERT_TRUE(child_->channel().send({{"type", "cancel"}, {"id", 2}}).ok());
  EXPECT_EQ(end().first, 2);
  ASSERT_TRUE(child_->channel().send({{"type", "generate"}, {"id", 3}, {"prompt", "no list"}}).ok());
  EXPECT_EQ(end(), (std::pair<int, std::string>{3, "bad_prompt"}));
  ask(4, 2, 30);
  EXPECT_EQ(end(), (std::pair{4, short_one}));
  EXPECT_EQ(end(), (std::pair{1, expected}));
}

TEST_F(SeveralQuestions, TakesNoImpossibleNumber) {
  for (const char* number : {"0", "65", "-1", "many"}) {
    auto child = process::ChildProcess::start(RADFM_ENGINE, {"--model", folder_.path.string(), "--jobs-at-once", number}, {});
    ASSERT_TRUE(child.ok());
    const auto frame = child->channel().receive(SystemClock().boot_ms() + patience_ms);
    EXPECT_FALSE(frame.ok()) << number;
  }
}

}  // namespace
}  // namespace radfm::model
