// SPDX-License-Identifier: Apache-2.0
// Aim: the engine program answers an urgent question while it answers another one, both as they are answered alone; hostile and
// unknown frames change nothing.
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <atomic>
#include <future>

#include "core/clock.h"
#include "pipeline/model/engine_client.h"
#include "pipeline/process/child_process.h"
#include "pipeline/process/json_field.h"
#include "tests/pipeline/model/golden_case.h"

namespace radfm::model {
namespace {

using nlohmann::json;
using process::text_field;

constexpr std::int64_t patience_ms = 100'000;

struct Picture {
  ImageShape shape{40, 30, 1, 1};
  std::vector<std::uint8_t> pixels;
  explicit Picture(std::size_t step, int depth = 1) {
    shape.depth = depth;
    for (std::size_t i = 0; i < shape.bytes(); ++i) pixels.push_back(static_cast<std::uint8_t>(i * step % 251));
  }
  EngineImage image() const { return {shape, pixels}; }
};

const Prompt routine_prompt{"Prior: ", ImagePart{0}, " Current: ", ImagePart{1}, " Please generate a radiology report for this scan."};
const Prompt urgent_prompt{"Current study: ", ImagePart{0}, " Please caption this scan with finding and impression."};

// One engine and its two questions: the ordinary one is long, the urgent one short.
class UrgentQuestion : public testing::Test {
 protected:
  void start(const std::filesystem::path& model) {
    auto engine = EngineClient::start({RADFM_ENGINE, model, "cpu", 1, patience_ms});
    ASSERT_TRUE(engine.ok()) << engine.error().message;
    engine_ = std::make_unique<EngineClient>(std::move(*engine));
  }
  using Progress = std::function<void(const EngineProgress&)>;
  Result<Generated> routine(const Progress& progress = {}, int wake_fd = -1) {
    return engine_->generate(routine_prompt, {first_.image(), second_.image()}, {long_tokens_}, patience_ms, progress, wake_fd);
  }
  Result<Generated> urgent(const Progress& progress = {}, int wake_fd = -1) {
    return engine_->generate(urgent_prompt, {volume_.image()}, {20}, patience_ms, progress, wake_fd, EngineTurn::urgent);
  }
  // Asks the urgent one when the ordinary one is at its `step`-th frame, from a thread of its own; its thread waits for the answer,
  // so that the engine is at work on both.
  std::pair<Result<Generated>, Result<Generated>> both(int step) {
    std::future<Result<Generated>> asked;
    int frames = 0;
    Result<Generated> slow = routine([&](const EngineProgress&) {
      if (++frames == step) asked = std::async(std::launch::async, [&] { return urgent(); });
    });
    return {slow, asked.valid() ? asked.get() : Result<Generated>(transient_error("not_asked", ""))};
  }
  const Picture first_{7}, second_{11}, volume_{13, 12};
  int long_tokens_ = 400;
  std::unique_ptr<EngineClient> engine_;
};

// Whatever the ordinary one is at when the urgent one comes, both texts are those of each alone, to the byte.
TEST_F(UrgentQuestion, BothTextsAreWhatTheyAreAlone) {
  start("models/phantom");
  long_tokens_ = 60;
  const auto slow_alone = routine(), urgent_alone = urgent();
  ASSERT_TRUE(slow_alone.ok() && urgent_alone.ok());
  for (int step = 1; step <= 4; ++step) {
    const auto [slow, fast] = both(step);
    ASSERT_TRUE(slow.ok()) << slow.error().message;
    EXPECT_EQ(slow->text, slow_alone->text);
    if (fast.ok()) {
      EXPECT_EQ(fast->text, urgent_alone->text);
    } else {
      EXPECT_EQ(fast.error().code, "not_asked");  // so few frames came: they are told at most each 20 ms
    }
  }
}

// The urgent answer is there before the long one that was asked first.
TEST_F(UrgentQuestion, Overtakes) {
  const TestFolder folder;
  write_untrained_model(folder);  // writes without end
  start(folder.path);
  const auto slow_alone = routine(), urgent_alone = urgent();
  ASSERT_TRUE(slow_alone.ok() && urgent_alone.ok());
  EXPECT_EQ(slow_alone->token_ids.size(), 400u);
  std::atomic<bool> slow_has_ended = false;
  std::future<Result<Generated>> asked;
  const auto slow = routine([&](const EngineProgress& p) {
    if (p.stage != "generating" || asked.valid()) return;
    asked = std::async(std::launch::async, [&] {
      auto fast = urgent();
      EXPECT_FALSE(slow_has_ended);
      return fast;
    });
  });
  slow_has_ended = true;
  ASSERT_TRUE(slow.ok()) << slow.error().message;
  const auto fast = asked.get();
  ASSERT_TRUE(fast.ok()) << fast.error().message;
  EXPECT_EQ(slow->token_ids, slow_alone->token_ids);
  EXPECT_EQ(slow->text, slow_alone->text);
  EXPECT_EQ(fast->token_ids, urgent_alone->token_ids);
}

// The one that waits is cancelled, or the urgent one; the other one's text is its own, and the engine goes on.
TEST_F(UrgentQuestion, EachCanBeCancelled) {
  const TestFolder folder;
  write_untrained_model(folder);
  start(folder.path);
  const auto slow_alone = routine(), urgent_alone = urgent();
  for (const bool cancel_urgent : {true, false}) {
    const process::FileDescriptor wake_slow(::eventfd(0, EFD_CLOEXEC)), wake_urgent(::eventfd(0, EFD_CLOEXEC));
    std::future<Result<Generated>> asked;
    const auto slow = routine(
        [&](const EngineProgress& p) {
          if (p.stage != "generating" || asked.valid()) return;
          asked = std::async(std::launch::async, [&] {
            return urgent([&](const EngineProgress&) { ::eventfd_write(cancel_urgent ? wake_urgent.get() : wake_slow.get(), 1); },
                          wake_urgent.get());
          });
        },
        wake_slow.get());
    const auto fast = asked.get();
    EXPECT_EQ((cancel_urgent ? fast : slow).error().code, "woken");
    const auto& other = cancel_urgent ? slow : fast;
    ASSERT_TRUE(other.ok()) << other.error().message;
    EXPECT_EQ(other->token_ids, (cancel_urgent ? slow_alone : urgent_alone)->token_ids);
  }
  EXPECT_EQ(routine()->token_ids, slow_alone->token_ids);
}

// Raw frames, as a broken or hostile client would send them.
class RawUrgentFrames : public testing::Test {
 protected:
  void SetUp() override {
    write_untrained_model(folder_);
    auto child = process::ChildProcess::start(RADFM_ENGINE, {"--model", folder_.path.string(), "--device", "cpu", "--threads", "1"}, {});
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
  void ask(int id, const json& urgent, int tokens) {
    const json request = {{"type", "generate"}, {"id", id}, {"prompt", {{{"text", "Please generate a radiology report for this scan."}}}}, {"images", json::array()},
                          {"max_new_tokens", tokens}, {"urgent", urgent}};
    ASSERT_TRUE(child_->channel().send(request).ok());
  }
  // Of each frame that ends a request: "id", or "id code"; until `count` of them have come.
  std::vector<std::string> ends(std::size_t count) {
    std::vector<std::string> found;
    while (found.size() < count) {
      const json frame = next();
      const std::string id = std::to_string(process::int_field(frame, "id"));
      if (text_field(frame, "type") == "result") found.push_back(id);
      if (text_field(frame, "type") == "error") found.push_back(id + " " + text_field(frame, "code"));
    }
    return found;
  }
  void wait_for_progress_of(int id) {
    for (json frame = next(); process::int_field(frame, "id") != id || text_field(frame, "stage") != "generating"; frame = next()) {
      if (text_field(frame, "type") != "progress") throw std::runtime_error("no progress: " + frame.dump());
    }
  }
  const TestFolder folder_;
  std::unique_ptr<process::ChildProcess> child_;
};

// A second one of a kind, or of an id, is refused; what is no truth value is not urgent; all is answered in the end.
TEST_F(RawUrgentFrames, OneOfEachKind) {
  ask(1, false, 900);
  wait_for_progress_of(1);
  ask(2, "yes", 5);
  ask(3, 1, 5);
  EXPECT_EQ(ends(2), (std::vector<std::string>{"2 engine_busy", "3 engine_busy"}));
  ask(4, true, 900);
  wait_for_progress_of(4);
  ask(4, false, 5);
  ask(5, true, 5);
  ask(1, true, 5);
  ask(6, false, 5);
  EXPECT_EQ(ends(4), (std::vector<std::string>{"4 engine_busy", "5 engine_busy", "1 engine_busy", "6 engine_busy"}));
  ASSERT_TRUE(child_->channel().send({{"type", "cancel"}, {"id", 9}}).ok());
  ASSERT_TRUE(child_->channel().send({{"type", "sing"}}).ok());
  EXPECT_EQ(ends(1), (std::vector<std::string>{"0 bad_request"}));
  ASSERT_TRUE(child_->channel().send({{"type", "cancel"}, {"id", 4}}).ok());
  EXPECT_EQ(ends(1), (std::vector<std::string>{"4"}));
  ASSERT_TRUE(child_->channel().send({{"type", "cancel"}, {"id", 1}}).ok());
  EXPECT_EQ(ends(1), (std::vector<std::string>{"1"}));
}

// An urgent one is not put aside, and a bad one inside is refused alone.
TEST_F(RawUrgentFrames, OneLevelDeep) {
  ask(1, true, 300);
  wait_for_progress_of(1);
  ask(2, false, 300);
  EXPECT_EQ(ends(1), (std::vector<std::string>{"1"}));
  wait_for_progress_of(2);
  ASSERT_TRUE(child_->channel().send({{"type", "generate"}, {"id", 3}, {"prompt", "no list"}, {"urgent", true}}).ok());
  EXPECT_EQ(ends(2), (std::vector<std::string>{"3 bad_prompt", "2"}));
}

// The frames of the two follow each other: its last word before the other one's is that it waits, and it goes on from there.
TEST_F(RawUrgentFrames, SaysThatItWaits) {
  ask(1, false, 400);
  wait_for_progress_of(1);
  ask(2, true, 20);
  int waited_at = 0;
  for (json frame = next(); process::int_field(frame, "id") != 2; frame = next()) {
    waited_at = text_field(frame, "stage") == "waiting" ? process::int_field(frame, "done") : 0;
  }
  EXPECT_GT(waited_at, 0);
  json frame = next();
  while (process::int_field(frame, "id") == 2) frame = next();
  EXPECT_EQ(text_field(frame, "stage"), "generating");
  EXPECT_EQ(process::int_field(frame, "done"), waited_at);
  EXPECT_EQ(ends(1), (std::vector<std::string>{"1"}));
}

}  // namespace
}  // namespace radfm::model
