// SPDX-License-Identifier: Apache-2.0
// Aim: whose turn it is, whose time runs and who is to blame, at times that the test sets.
#include "pipeline/model/engine_questions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

namespace radfm::model {
namespace {

using Question = EngineQuestions::Question;
using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

class Questions : public testing::Test {
 protected:
  explicit Questions(int together_max = 1) : questions_(together_max) {}
  Question add(EngineTurn turn, std::int64_t time_ms = 1'000) {
    const auto question = std::make_shared<EngineQuestion>(turn, time_ms);
    questions_.add(question);
    return question;
  }
  Question sent(EngineTurn turn, std::int64_t time_ms = 1'000) {
    const Question question = add(turn, time_ms);
    questions_.sent(question, ++last_id_, now_);
    return question;
  }
  // Sent and begun.
  Question begun(EngineTurn turn, std::int64_t time_ms = 1'000) {
    const Question question = sent(turn, time_ms);
    frame("progress", question, "vision");
    return question;
  }
  void frame(const char* type, const Question& question, const char* stage = "generating") {
    questions_.take({{"type", type}, {"id", question->id}, {"stage", stage}}, now_);
  }
  static bool rings(const Question& question) {
    pollfd bell{question->bell.get(), POLLIN, 0};
    const bool rang = ::poll(&bell, 1, 0) > 0;
    question->heard();
    return rang;
  }
  EngineQuestions questions_;
  int last_id_ = 0;
  std::int64_t now_ = 100'000;
};

// One of each kind is sent; the next of a kind when that one has ended, in the order of arrival, and it hears of it.
TEST_F(Questions, OneOfEachKindIsSent) {
  const Question first = add(EngineTurn::together), second = add(EngineTurn::together), third = add(EngineTurn::together), urgent = add(EngineTurn::urgent), next_urgent = add(EngineTurn::urgent);
  EXPECT_TRUE(questions_.may_be_sent(first));
  EXPECT_TRUE(questions_.may_be_sent(urgent));
  for (const Question& waits : {second, third, next_urgent}) EXPECT_FALSE(questions_.may_be_sent(waits));
  questions_.sent(first, 1, now_);
  questions_.sent(urgent, 2, now_);
  EXPECT_FALSE(questions_.may_be_sent(first));
  rings(second);
  frame("error", first);
  EXPECT_TRUE(rings(second));
  EXPECT_TRUE(questions_.may_be_sent(second));
  EXPECT_FALSE(questions_.may_be_sent(third));
  EXPECT_FALSE(questions_.may_be_sent(next_urgent));
  questions_.remove(second, now_);  // its thread gave up
  EXPECT_TRUE(questions_.may_be_sent(third));
  frame("result", urgent);
  EXPECT_TRUE(questions_.may_be_sent(next_urgent));
}

// The time of the one that is computed runs; that of one put aside goes on from where it was.
TEST_F(Questions, OnlyTheComputedOnesTimeRuns) {
  EXPECT_FALSE(questions_.left_ms(now_));
  const Question routine = sent(EngineTurn::together, 1'000);
  now_ += 300;
  const Question urgent = sent(EngineTurn::urgent, 5'000);
  now_ += 100;  // until the engine is at a boundary
  EXPECT_EQ(questions_.left_ms(now_), 600);
  frame("progress", routine, "waiting");
  EXPECT_THAT(questions_.computed(), ElementsAre(urgent));
  now_ += 4'000;
  EXPECT_EQ(questions_.left_ms(now_), 1'000);
  frame("progress", urgent);
  frame("result", urgent);
  EXPECT_THAT(questions_.computed(), ElementsAre(routine));
  EXPECT_EQ(questions_.left_ms(now_), 600);
  now_ += 600;
  EXPECT_EQ(questions_.left_ms(now_), 0);
  now_ += 1;
  EXPECT_EQ(questions_.left_ms(now_), 0);
  frame("result", routine);
  EXPECT_THAT(questions_.computed(), IsEmpty());
  EXPECT_FALSE(questions_.left_ms(now_));
}

// An urgent one may be begun before an ordinary one that was sent first: its first word tells.
TEST_F(Questions, ItsProgressTellsWhichOneIsComputed) {
  const Question routine = sent(EngineTurn::together), urgent = sent(EngineTurn::urgent);
  EXPECT_THAT(questions_.computed(), ElementsAre(routine));
  frame("progress", urgent, "vision");
  EXPECT_THAT(questions_.computed(), ElementsAre(urgent));
  frame("error", urgent);
  EXPECT_THAT(questions_.computed(), ElementsAre(routine));
}

// "waiting" counts only of an ordinary question while an urgent one is with the engine: no time is won by a lie.
TEST_F(Questions, NobodyWaitsWithoutACause) {
  const Question routine = sent(EngineTurn::together, 1'000);
  frame("progress", routine, "waiting");
  EXPECT_FALSE(routine->progress);
  now_ += 1'000;
  EXPECT_EQ(questions_.left_ms(now_), 0);
  const Question not_sent = add(EngineTurn::urgent);
  frame("progress", routine, "waiting");
  EXPECT_FALSE(routine->progress);
  questions_.remove(not_sent, now_);
  const Question urgent = sent(EngineTurn::urgent, 500);
  frame("progress", urgent);
  frame("progress", urgent, "waiting");
  EXPECT_THAT(questions_.computed(), ElementsAre(urgent));
  now_ += 500;
  EXPECT_EQ(questions_.left_ms(now_), 0);
}

// Flip-flopping between the two uses up both; frames of others and of unknown kinds change nothing.
TEST_F(Questions, AHostileEngineRunsOutOfTime) {
  const Question routine = sent(EngineTurn::together, 1'000), urgent = sent(EngineTurn::urgent, 1'000);
  for (int i = 0; i < 10; ++i) {
    frame("progress", i % 2 == 0 ? routine : urgent);
    now_ += 199;
  }
  frame("progress", routine);
  EXPECT_EQ(questions_.left_ms(now_), 5);
  frame("progress", urgent);
  EXPECT_EQ(questions_.left_ms(now_), 5);
  for (const json& odd : {json{{"type", "result"}, {"id", 77}}, json{{"type", "result"}, {"id", 0}}, json{{"type", "progress"}},
                          json{{"type", "sing"}, {"id", routine->id}}, json{{"id", routine->id}}, json{{"type", 1}, {"id", "1"}}}) {
    questions_.take(odd, now_);
  }
  EXPECT_THAT(questions_.computed(), ElementsAre(urgent));
  EXPECT_FALSE(routine->end);
}

// Of progress the last frame is kept, so that a chatty engine fills no memory; the end stays beside it.
TEST_F(Questions, TheLastProgressIsKept) {
  const Question routine = sent(EngineTurn::together);
  for (int done = 0; done < 3; ++done) {
    questions_.take({{"type", "progress"}, {"id", routine->id}, {"stage", "generating"}, {"done", done}}, now_);
  }
  EXPECT_EQ((*routine->progress)["done"], 2);
  frame("result", routine);
  EXPECT_TRUE(routine->progress);
  EXPECT_TRUE(routine->end);
  EXPECT_TRUE(rings(routine));
}

class QuestionsTogether : public Questions {
 protected:
  QuestionsTogether() : Questions(3) {}
};

// As many as it takes together are sent; the next one when one of them has ended, in the order of arrival.
TEST_F(QuestionsTogether, AsManyAsItTakesAreSent) {
  std::vector<Question> all;
  for (int i = 0; i < 5; ++i) all.push_back(add(EngineTurn::together));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(questions_.may_be_sent(all[std::size_t(i)]));
    EXPECT_FALSE(questions_.may_be_sent(all[std::size_t(i) + 1]));  // not before the one that came before it
    questions_.sent(all[std::size_t(i)], i + 1, now_);
  }
  EXPECT_FALSE(questions_.may_be_sent(all[3]));
  frame("result", all[1]);
  EXPECT_FALSE(questions_.may_be_sent(all[4]));
  EXPECT_TRUE(questions_.may_be_sent(all[3]));
  EXPECT_TRUE(questions_.may_be_sent(add(EngineTurn::urgent)));
}

// One that is to be alone waits until no ordinary one is there, and none is sent beside it; an urgent one all the same.
TEST_F(QuestionsTogether, OneThatIsToBeAloneIsAlone) {
  const Question first = sent(EngineTurn::together), alone = add(EngineTurn::alone), next = add(EngineTurn::together);
  EXPECT_FALSE(questions_.may_be_sent(alone));
  EXPECT_FALSE(questions_.may_be_sent(next));
  frame("result", first);
  EXPECT_TRUE(questions_.may_be_sent(alone));
  questions_.sent(alone, 2, now_);
  EXPECT_FALSE(questions_.may_be_sent(next));
  EXPECT_TRUE(questions_.may_be_sent(add(EngineTurn::urgent)));
  frame("error", alone);
  EXPECT_TRUE(questions_.may_be_sent(next));
}

// Those that are begun share the time; one that the engine has but did not begin pays nothing, nor do those put aside.
TEST_F(QuestionsTogether, TimeIsShared) {
  const Question first = begun(EngineTurn::together, 1'000);
  now_ += 100;  // 900 left of the first
  const Question second = begun(EngineTurn::together, 500), waits = sent(EngineTurn::together, 1);
  EXPECT_THAT(questions_.computed(), ElementsAre(first, second));
  EXPECT_EQ(questions_.next_out_of_time(), second);
  EXPECT_EQ(questions_.left_ms(now_), 1'000);
  now_ += 400;  // 700 and 300
  const Question urgent = begun(EngineTurn::urgent, 50);
  EXPECT_THAT(questions_.computed(), ElementsAre(urgent));
  now_ += 40;
  frame("result", urgent);
  for (const Question& goes_on : {first, second}) frame("progress", goes_on);
  EXPECT_THAT(questions_.computed(), ElementsAre(first, second));
  EXPECT_EQ(questions_.left_ms(now_), 600);
  frame("result", first);
  EXPECT_THAT(questions_.computed(), ElementsAre(second));
  EXPECT_EQ(questions_.left_ms(now_), 300);
  EXPECT_EQ(waits->left_ms, 1);
}

// Each is put aside by a word of its own; the last one leaves the urgent one.
TEST_F(QuestionsTogether, TheyArePutAsideOneByOne) {
  const Question first = begun(EngineTurn::together), second = begun(EngineTurn::together);
  const Question urgent = sent(EngineTurn::urgent);
  frame("progress", first, "waiting");
  EXPECT_THAT(questions_.computed(), ElementsAre(second));
  frame("progress", second, "waiting");
  EXPECT_THAT(questions_.computed(), ElementsAre(urgent));
}

// However often an engine says that others are begun: what it takes is paid for.
TEST_F(QuestionsTogether, ChangesWinNoTime) {
  const Question first = begun(EngineTurn::together, 1'000), second = begun(EngineTurn::together, 1'000), urgent = sent(EngineTurn::urgent, 1'000);
  int turns = 0;
  for (; questions_.left_ms(now_) > 0; ++turns) {
    ASSERT_LT(turns, 3'000);
    now_ += 1;
    frame("progress", turns % 2 == 0 ? first : second, "waiting");
    frame("progress", turns % 2 == 0 ? first : second);
  }
  EXPECT_THAT(questions_.computed(), testing::Not(IsEmpty()));
  EXPECT_FALSE(urgent->end);
}

}  // namespace
}  // namespace radfm::model
