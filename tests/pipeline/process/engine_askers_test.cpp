// SPDX-License-Identifier: Apache-2.0
// Aim: several threads ask one engine: each gets its own answer, an urgent one does not wait, and an engine's end concerns
// those whom it concerns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <future>

#include "pipeline/model/engine_client.h"

namespace radfm::model {
namespace {

using testing::HasSubstr;
using Answer = Result<Generated>;
constexpr EngineTurn together = EngineTurn::together;

constexpr std::int64_t patience_ms = 20'000;

// A question on a thread of its own.
class Asked {
 public:
  Asked(EngineClient& engine, const std::string& text, EngineTurn turn, std::int64_t timeout_ms = patience_ms)
      : wake_(::eventfd(0, EFD_CLOEXEC)), answer_(std::async(std::launch::async, [this, &engine, text, turn, timeout_ms] {
          const auto heard = [this](const EngineProgress& p) {
            stages_.push_back(p.stage);
            if (stages_.size() == 1) begun_.set_value();
          };
          Answer answer = engine.generate({text}, {}, {}, timeout_ms, heard, wake_.get(), turn);
          if (stages_.empty()) begun_.set_value();
          return answer;
        })) {}
  void wait_until_begun() { begun_.get_future().wait(); }
  void give_up() { ::eventfd_write(wake_.get(), 1); }
  Answer get() { return answer_.get(); }
  const std::vector<std::string>& stages() const { return stages_; }  // after get()

 private:
  process::FileDescriptor wake_;
  std::promise<void> begun_;
  std::vector<std::string> stages_;
  std::future<Answer> answer_;  // last: it uses all of the above
};

class EngineAskers : public testing::Test {
 protected:
  EngineAskers() : engine_(EngineClient::start({RADFM_FAKE_ENGINE, "/models/good", "cpu", 1, patience_ms}).value()) {}
  Answer ask(const std::string& text, EngineTurn turn = together, std::int64_t timeout_ms = patience_ms) {
    return engine_.generate({text}, {}, {}, timeout_ms, nullptr, -1, turn);
  }
  EngineClient engine_;
};

// The urgent answer is there while the other one is under way, which goes on afterwards and says that it waited.
TEST_F(EngineAskers, AnUrgentQuestionIsAnsweredAtOnce) {
  Asked slow(engine_, "SLOW", together);
  slow.wait_until_begun();
  const Answer urgent = ask("now", EngineTurn::urgent);
  ASSERT_TRUE(urgent) << urgent.error().message;
  EXPECT_THAT(urgent->text, HasSubstr("now"));
  const Answer answer = slow.get();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(answer->text, HasSubstr("SLOW"));
  EXPECT_EQ(slow.stages().front(), "generating");
  EXPECT_TRUE(ask("again"));
}

// Many threads at once: each text comes back to its own thread, whatever the engine was at.
TEST_F(EngineAskers, EachGetsItsOwnAnswer) {
  std::vector<std::future<void>> threads;
  for (int t = 0; t < 8; ++t) {
    threads.push_back(std::async(std::launch::async, [this, t] {
      for (int i = 0; i < 25; ++i) {
        const std::string text = "thread " + std::to_string(t) + " question " + std::to_string(i);
        const Answer answer = ask(text, t % 2 == 0 ? EngineTurn::urgent : together);
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_THAT(answer->text, HasSubstr(text));
      }
    }));
  }
  for (auto& thread : threads) thread.get();
}

// Several urgent ones wait for each other, not for the one that was put aside.
TEST_F(EngineAskers, UrgentOnesFollowEachOther) {
  Asked slow(engine_, "SLOW", together);
  slow.wait_until_begun();
  Asked first(engine_, "MORE 1", EngineTurn::urgent), second(engine_, "MORE 2", EngineTurn::urgent);
  EXPECT_THAT(first.get()->text, HasSubstr("MORE 1"));
  EXPECT_THAT(second.get()->text, HasSubstr("MORE 2"));
  EXPECT_TRUE(ask("the last", EngineTurn::urgent));
  EXPECT_TRUE(slow.get());
}

// An ordinary question waits for the one that was put aside, and can give the wait up; no other is touched.
TEST_F(EngineAskers, TheWaitForATurnCanBeGivenUp) {
  Asked slow(engine_, "SLOW", together);
  slow.wait_until_begun();
  Asked waits(engine_, "next", together), gives_up(engine_, "never", together);
  gives_up.give_up();
  EXPECT_EQ(gives_up.get().error().code, "woken");
  EXPECT_TRUE(ask("now", EngineTurn::urgent));
  EXPECT_TRUE(slow.get());
  EXPECT_THAT(waits.get()->text, HasSubstr("next"));
}

// Each of the two can be cancelled without the other: the urgent one ...
TEST_F(EngineAskers, TheUrgentOneIsCancelled) {
  Asked slow(engine_, "SLOW", together);
  slow.wait_until_begun();
  Asked urgent(engine_, "CANCEL", EngineTurn::urgent);
  urgent.wait_until_begun();
  urgent.give_up();
  EXPECT_EQ(urgent.get().error().code, "woken");
  EXPECT_THAT(slow.get()->text, HasSubstr("SLOW"));
}

// ... and the one that waits meanwhile; its thread does not wait for the engine.
TEST_F(EngineAskers, TheOneThatWaitsIsCancelled) {
  Asked slow(engine_, "SLOW", together);
  slow.wait_until_begun();
  Asked urgent(engine_, "MORE SLOW", EngineTurn::urgent);  // urgent, and under way until the next one, which cannot come
  urgent.wait_until_begun();
  slow.give_up();
  EXPECT_EQ(slow.get().error().code, "woken");
  urgent.give_up();
  EXPECT_EQ(urgent.get().error().code, "woken");
  EXPECT_THAT(ask("next")->text, HasSubstr("next"));  // nothing that was begun is taken for its answer
}

// The engine dies of the urgent question: that one is to blame; the others may be asked again.
TEST_F(EngineAskers, ADeathConcernsTheOneThatWasComputed) {
  for (const auto& [text, code, time_ms] : {std::tuple{"CRASH", "engine_crashed", patience_ms}, {"KILLED", "engine_killed", patience_ms},
                                            {"HANG", "engine_timeout", std::int64_t{100}}, {"GARBAGE", "engine_garbled", patience_ms},
                                            {"MORE_CUTS", "engine_garbled", patience_ms}}) {
    engine_ = EngineClient::start({RADFM_FAKE_ENGINE, "/models/good", "cpu", 1, patience_ms}).value();
    Asked slow(engine_, "SLOW MORE", together), waits(engine_, "SLOW MORE", together);
    // Which one of the two is sent first is chance; the other one is not sent.
    const Answer urgent = ask(std::string(text) + " MORE", EngineTurn::urgent, time_ms);
    EXPECT_EQ(urgent.error().code, code);
    for (Asked* other : {&slow, &waits}) {
      const Answer answer = other->get();
      EXPECT_EQ(answer.error().code, engine_lost_code) << text;
      EXPECT_EQ(answer.error().error_class, ErrorClass::transient);
    }
    EXPECT_FALSE(engine_.alive());
  }
}

// It dies of the one that was put aside, after it went on: the urgent answer is not lost.
TEST_F(EngineAskers, ADeathAfterGoingOnConcernsTheOther) {
  Asked slow(engine_, "SLOW LATE_DEATH", together);
  slow.wait_until_begun();
  EXPECT_TRUE(ask("now", EngineTurn::urgent));
  EXPECT_EQ(slow.get().error().code, "engine_crashed");
}

// A question whose thread has given up still ends an engine that hangs with it; whoever waits sees to it.
TEST_F(EngineAskers, AnAbandonedQuestionDoesNotHoldUpOthers) {
  Asked hangs(engine_, "DEAF", together, 200);
  hangs.wait_until_begun();
  hangs.give_up();
  EXPECT_EQ(hangs.get().error().code, "woken");
  EXPECT_EQ(ask("next").error().code, engine_lost_code);
  EXPECT_FALSE(engine_.alive());
}

// An engine that says nothing for too long is stuck, whatever time its question has left.
TEST_F(EngineAskers, ASilentEngineIsStuck) {
  EngineStart start{RADFM_FAKE_ENGINE, "/models/good", "cpu", 1, patience_ms};
  start.stall_timeout_ms = 50;
  engine_ = EngineClient::start(start).value();
  EXPECT_EQ(ask("DEAF").error().code, "engine_stalled");
  EXPECT_FALSE(engine_.alive());
}

// It dies of one of several that it answers together, and nobody knows of which: none is to blame, each may be asked again alone.
TEST_F(EngineAskers, ADeathOfSeveralTogetherBlamesNone) {
  EngineStart start{RADFM_FAKE_ENGINE, "/models/pairs", "cpu", 1, patience_ms};
  start.jobs_at_once = 2;
  engine_ = EngineClient::start(start).value();
  Asked first(engine_, "first", together), second(engine_, "second", together);
  for (Asked* asked : {&first, &second}) {
    const Answer answer = asked->get();
    EXPECT_EQ(answer.error().code, failed_together_code);
    EXPECT_EQ(answer.error().error_class, ErrorClass::transient);
    EXPECT_THAT(answer.error().message, HasSubstr("engine_crashed"));
  }
  EXPECT_FALSE(engine_.alive());
}

}  // namespace
}  // namespace radfm::model
