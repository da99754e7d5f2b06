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
  // The next frame that ends a question. Progress on the way is kept.
  json end() {
    for (;;) {
      json frame = next();
      const std::string type = text_field(frame, "type");
      if (type == "result" || type == "error") return frame;
      told_.emplace_back(int_field(frame, "id"), text_field(frame, "stage"));
    }
  }
  // What is said in the end: the text, or an error's code.
  static std::string said(const json& frame) {
    return text_field(frame, "type") == "error" ? text_field(frame, "code") : text_field(process::field(frame, "generated"), "text");
  }
  // Numbers of questions whose texts, each made alone, do not end before `tokens`, with these texts.
  std::map<int, std::string> endless(std::size_t count, int tokens) {
    std::map<int, std::string> found;
    for (int number = 1; number < 100 && found.size() < count; ++number) {
      ask(1000 + number, number, tokens);
      const json frame = end();
      if (text_field(process::field(frame, "generated"), "stopped") == "limit") found[number] = said(frame);
    }
    EXPECT_EQ(found.size(), count);
    endless_first_ = found.begin()->first;
    told_.clear();
    return found;
  }
  const TestFolder folder_;
  std::unique_ptr<process::ChildProcess> child_;
  std::vector<std::pair<int, std::string>> told_;
  int endless_first_ = 0;  // the first number that endless() found
};

TEST_F(SeveralQuestions, EachTextIsWhatItIsAlone) {
  start("8");
  const auto expected = endless(8, 200);
  for (const auto& [number, text] : expected) ask(number, number, 200);
  ask(500, 1, 5);  // one more than it holds
  std::map<int, std::string> got;
  while (got.size() < 9) {
    const json frame = end();
    got[int_field(frame, "id")] = said(frame);
    if (got.size() != 2) continue;  // the first text: by then all others had begun
    std::set<int> begun;
    for (const auto& [id, stage] : told_)
      if (stage == "generating") begun.insert(id);
    EXPECT_EQ(begun.size(), 8u);
  }
  EXPECT_EQ(got.at(500), "engine_busy");
  got.erase(500);
  EXPECT_EQ(got, expected);
}

// The urgent one is answered first; all others are told to wait, and go on with the same texts.
TEST_F(SeveralQuestions, AnUrgentOneOvertakesAll) {
  start("3");
  const auto expected = endless(3, 400);
  const std::string short_one = endless(1, 20).begin()->second;
  std::set<int> numbers, generating, waited;
  for (const auto& [number, text] : expected) numbers.insert(number), ask(number, number, 400);
  while (generating.size() < 3) {
    const json frame = next();
    if (text_field(frame, "stage") == "generating") generating.insert(int_field(frame, "id"));
  }
  ask(500, endless_first_, 20, true);
  const json first = end();
  EXPECT_EQ(int_field(first, "id"), 500);
  EXPECT_EQ(said(first), short_one);
  bool urgent_began = false;
  for (const auto& [id, stage] : told_) {
    if (stage == "waiting") waited.insert(id);
    urgent_began = urgent_began || id == 500;
    EXPECT_TRUE(!urgent_began || id == 500) << id << " " << stage;
  }
  EXPECT_EQ(waited, numbers);
  for (int i = 0; i < 3; ++i) {
    const json got = end();
    EXPECT_EQ(said(got), expected.at(int_field(got, "id")));
  }
}

// One is cancelled, one cannot be read; the others' texts are theirs, and their places are free again.
TEST_F(SeveralQuestions, OneEndsAndAnotherBegins) {
  start("2");
  const auto long_ones = endless(2, 600);
  const int kept = long_ones.begin()->first, cancelled = long_ones.rbegin()->first;
  const std::string short_one = endless(1, 20).begin()->second;
  ask(kept, kept, 600);
  ask(cancelled, cancelled, 600);
  for (json frame = next(); int_field(frame, "id") != cancelled || text_field(frame, "stage") != "generating"; frame = next()) {
  }
  ASSERT_TRUE(child_->channel().send({{"type", "cancel"}, {"id", cancelled}}).ok());
  EXPECT_EQ(int_field(end(), "id"), cancelled);
  ASSERT_TRUE(child_->channel().send({{"type", "generate"}, {"id", 500}, {"prompt", "no list"}}).ok());
  EXPECT_EQ(said(end()), "bad_prompt");
  ask(501, endless_first_, 20);
  EXPECT_EQ(said(end()), short_one);
  EXPECT_EQ(said(end()), long_ones.at(kept));
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
