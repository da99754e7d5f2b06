// SPDX-License-Identifier: Apache-2.0
#include "worker/engine_supervisor.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace radfm::worker {
namespace {

using model::EngineTurn;

class EngineSupervisorTest : public testing::Test {
 protected:
  static Result<model::EngineClient> start(int wake_fd) {
    return model::EngineClient::start({RADFM_FAKE_ENGINE, "/models/good", "cpu", 1, 20'000}, wake_fd);
  }
  static Result<model::Generated> say(model::EngineClient& engine, const std::string& text, EngineTurn turn, int wake_fd = -1) {
    return engine.generate({text}, {}, {}, 20'000, nullptr, wake_fd, turn);
  }
  Result<model::Generated> ask(const std::string& text, EngineTurn turn = EngineTurn::together, int wake_fd = -1) {
    model::ModelFacts facts;
    return engine_.ask([&](model::EngineClient& engine, EngineTurn now) { return say(engine, text, now, wake_fd); }, turn, &facts, wake_fd);
  }
  // A question that is under way until an urgent one comes (tests/support/fake_engine.cpp); `begun` is set when the engine has it.
  std::future<Result<model::Generated>> slow_question(std::promise<void>& begun, const std::string& text = "SLOW") {
    return on_a_thread_that_stays([this, &begun, text] {
      bool told = false;
      return engine_.ask(
          [&](model::EngineClient& engine, EngineTurn) {
            return engine.generate({text}, {}, {}, 20'000, [&](const model::EngineProgress&) {
              if (!std::exchange(told, true)) begun.set_value();
            });
          },
          EngineTurn::together, &slow_facts_, -1);
    });
  }
  // As the worker's: an engine dies with the thread that started it, so none ends before the test does.
  template <class Work>
  std::future<Result<model::Generated>> on_a_thread_that_stays(Work work) {
    auto said = std::make_shared<std::promise<Result<model::Generated>>>();
    threads_.emplace_back([this, said, work] {
      said->set_value(work());
      over_.wait();
    });
    return said->get_future();
  }
  void TearDown() override {
    over_.count_down();
    for (std::thread& thread : threads_) thread.join();
  }

  SystemClock clock_;
  EngineSupervisor engine_{start, clock_};
  model::ModelFacts slow_facts_;
  std::latch over_{1};
  std::vector<std::thread> threads_;
};

TEST_F(EngineSupervisorTest, WhoWaitsForAnAnswerHoldsNobodyElseUp) {
  // While one thread is being answered, another learns the model's facts at once, a third is answered urgently, and an ordinary
  // question waits.
  ASSERT_TRUE(engine_.model(-1));
  EXPECT_TRUE(engine_.ready());
  std::promise<void> begun;
  auto slow = slow_question(begun);
  begun.get_future().wait();
  EXPECT_TRUE(engine_.ready());
  EXPECT_EQ(engine_.model(-1)->name, "fake");
  auto second = on_a_thread_that_stays([this] { return ask("second"); });
  EXPECT_TRUE(ask("now", EngineTurn::urgent));
  EXPECT_TRUE(slow.get());
  EXPECT_TRUE(second.get());
  EXPECT_EQ(slow_facts_.name, "fake");
}

TEST_F(EngineSupervisorTest, TheWaitForATurnCanBeInterrupted) {
  // A stop that comes while another is answered ends the wait, and the answer of the other is not touched.
  std::promise<void> begun;
  auto slow = slow_question(begun);
  begun.get_future().wait();
  const process::FileDescriptor wake(::eventfd(1, EFD_CLOEXEC));
  EXPECT_EQ(ask("never", EngineTurn::together, wake.get()).error().code, "woken");
  EXPECT_TRUE(ask("now", EngineTurn::urgent));
  EXPECT_TRUE(slow.get());
}

TEST_F(EngineSupervisorTest, WhoIsNotToBlameForADeathIsAskedAgain) {
  // The engine dies of an urgent question: that is the urgent one's error; the one that was put aside and the one that waited are
  // put to the next engine, without a word to their jobs.
  std::promise<void> begun;
  auto slow = slow_question(begun);
  begun.get_future().wait();
  auto waits = on_a_thread_that_stays([this] { return ask("waits"); });
  EXPECT_EQ(ask("CRASH", EngineTurn::urgent).error().error_class, ErrorClass::poison);
  // Whether one of the two is under way in the new engine is chance: an urgent question ends SLOW whenever it comes.
  while (slow.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) EXPECT_TRUE(ask("now", EngineTurn::urgent));
  EXPECT_TRUE(slow.get());
  EXPECT_TRUE(waits.get());
}

TEST_F(EngineSupervisorTest, ADeadEngineIsReplacedForTheNextQuestion) {
  // A crash is the question's error and no longer "ready"; the next question has a new engine.
  EXPECT_EQ(ask("CRASH").error().error_class, ErrorClass::poison);
  EXPECT_FALSE(engine_.ready());
  EXPECT_TRUE(ask("hello"));
  EXPECT_TRUE(engine_.ready());
}

TEST_F(EngineSupervisorTest, OfSeveralThatFailedTogetherEachIsAskedAlone) {
  // The first engine dies while it answers both; of the two only the one that kills the next engine too is to blame.
  int starts = 0;
  EngineSupervisor engine(
      [&](int wake_fd) {
        model::EngineStart how{RADFM_FAKE_ENGINE, ++starts == 1 ? "/models/pairs" : "/models/good", "cpu", 1, 20'000};
        how.jobs_at_once = 2;
        return model::EngineClient::start(how, wake_fd);
      },
      clock_);
  std::mutex mutex;
  std::map<std::string, std::vector<EngineTurn>> turns;
  const auto on_its_thread = [&](const std::string& text) {
    return on_a_thread_that_stays([&, text] {
      model::ModelFacts facts;
      const auto question = [&](model::EngineClient& asked, EngineTurn turn) {
        {
          const std::lock_guard lock(mutex);
          turns[text].push_back(turn);
        }
        return say(asked, text, turn);
      };
      return engine.ask(question, EngineTurn::together, &facts, -1);
    });
  };
  auto harmless = on_its_thread("harmless"), guilty = on_its_thread("CRASH");
  EXPECT_EQ(guilty.get().error().code, "engine_crashed");
  EXPECT_TRUE(harmless.get());
  for (const auto& [text, asked] : turns) {
    ASSERT_GE(asked.size(), 2U) << text;
    EXPECT_EQ(asked.front(), EngineTurn::together) << text;
    EXPECT_TRUE(std::all_of(asked.begin() + 1, asked.end(), [](EngineTurn turn) { return turn == EngineTurn::alone; })) << text;
  }
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
