// SPDX-License-Identifier: Apache-2.0
#include "worker/engine_supervisor.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <future>

namespace radfm::worker {
namespace {

class EngineSupervisorTest : public testing::Test {
 protected:
  static Result<model::EngineClient> start(int wake_fd) {
    return model::EngineClient::start({RADFM_FAKE_ENGINE, "/models/good", "cpu", 1, 20'000}, wake_fd);
  }
  static Result<model::Generated> say(model::EngineClient& engine, const std::string& text) {
    return engine.generate({text}, {}, {}, 20'000, nullptr, -1);
  }
  // A question that is under way until `finish` is set; `begun` is set when the engine is its own.
  std::future<Result<model::Generated>> slow_question(std::promise<void>& begun, std::shared_future<void> finish) {
    return std::async(std::launch::async, [this, &begun, finish] {
      return engine_.ask(
          [&](model::EngineClient& engine) {
            begun.set_value();
            finish.wait();
            return say(engine, "slow");
          },
          &slow_facts_, -1);
    });
  }

  SystemClock clock_;
  EngineSupervisor engine_{start, clock_};
  model::ModelFacts slow_facts_;
};

TEST_F(EngineSupervisorTest, WhoWaitsForAnAnswerHoldsNobodyElseUp) {
  // While one thread is being answered, another learns the model's facts at once, and its own question waits.
  ASSERT_TRUE(engine_.model(-1));
  EXPECT_TRUE(engine_.ready());
  std::promise<void> begun, finish;
  auto slow = slow_question(begun, finish.get_future().share());
  begun.get_future().wait();
  EXPECT_TRUE(engine_.ready());
  EXPECT_EQ(engine_.model(-1)->name, "fake");
  bool slow_has_ended = false;
  auto second = std::async(std::launch::async, [&] {
    model::ModelFacts facts;
    return engine_.ask(
        [&](model::EngineClient& engine) {
          slow_has_ended = true;  // read after both have ended
          return say(engine, "second");
        },
        &facts, -1);
  });
  finish.set_value();
  EXPECT_TRUE(slow.get());
  EXPECT_TRUE(second.get());
  EXPECT_TRUE(slow_has_ended);
  EXPECT_EQ(slow_facts_.name, "fake");
}

TEST_F(EngineSupervisorTest, TheWaitForATurnCanBeInterrupted) {
  // A stop that comes while another is answered ends the wait, and the answer of the other is not touched.
  std::promise<void> begun, finish;
  auto slow = slow_question(begun, finish.get_future().share());
  begun.get_future().wait();
  const process::FileDescriptor wake(::eventfd(1, EFD_CLOEXEC));
  model::ModelFacts facts;
  bool asked = false;
  const auto answer = engine_.ask(
      [&](model::EngineClient& engine) {
        asked = true;
        return say(engine, "never");
      },
      &facts, wake.get());
  EXPECT_EQ(answer.error().code, "woken");
  EXPECT_FALSE(asked);
  finish.set_value();
  EXPECT_TRUE(slow.get());
}

TEST_F(EngineSupervisorTest, ADeadEngineIsReplacedForTheNextQuestion) {
  // A crash is the question's error and no longer "ready"; the next question has a new engine.
  model::ModelFacts facts;
  const auto crash = engine_.ask([](model::EngineClient& engine) { return say(engine, "CRASH"); }, &facts, -1);
  EXPECT_EQ(crash.error().error_class, ErrorClass::poison);
  EXPECT_FALSE(engine_.ready());
  EXPECT_TRUE(engine_.ask([](model::EngineClient& engine) { return say(engine, "hello"); }, &facts, -1));
  EXPECT_TRUE(engine_.ready());
}

TEST_F(EngineSupervisorTest, AModelThatDoesNotLoadIsTriedAgainLater) {
  // The first error is given again at once until the next try is due; waits grow.
  class StandingClock final : public Clock {
   public:
    std::int64_t wall_ms() const override { return 0; }
    std::int64_t boot_ms() const override { return now; }
    std::string boot_id() const override { return "boot"; }
    std::int64_t now = 1'000;
  } clock;
  int tries = 0;
  EngineSupervisor engine(
      [&](int) -> Result<model::EngineClient> {
        ++tries;
        return permanent_error("no_model", "the directory is empty");
      },
      clock);
  EXPECT_EQ(engine.model(-1).error().code, "model_not_ready");
  EXPECT_EQ(engine.model(-1).error().error_class, ErrorClass::transient);
  EXPECT_EQ(tries, 1);
  EXPECT_EQ(engine.wait_ms(), engine_backoff_first_ms);
  clock.now += engine_backoff_first_ms;
  EXPECT_FALSE(engine.model(-1));
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(engine.wait_ms(), 2 * engine_backoff_first_ms);
  EXPECT_FALSE(engine.ready());
}

}  // namespace
}  // namespace radfm::worker
