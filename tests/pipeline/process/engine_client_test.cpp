// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/engine_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <nlohmann/json.hpp>
#include <thread>

namespace radfm::model {
namespace {

using nlohmann::json;

Result<EngineClient> start(const std::string& how, std::int64_t load_timeout_ms = 20'000) {
  return EngineClient::start({RADFM_FAKE_ENGINE, "/models/" + how, "cpu", 1, load_timeout_ms});
}

Result<EngineClient> start_watched(std::int64_t stall_timeout_ms) {
  EngineStart start{RADFM_FAKE_ENGINE, "/models/good", "cpu", 1, 20'000};
  start.stall_timeout_ms = stall_timeout_ms;
  return EngineClient::start(start);
}

Result<Generated> ask(EngineClient& engine, const std::string& text, std::int64_t timeout_ms = 20'000, int wake = -1) {
  return engine.generate({text}, {}, {}, timeout_ms, nullptr, wake);
}

Error error_of(const std::string& text, std::int64_t timeout_ms = 20'000) {
  auto engine = start("good");
  auto answer = ask(*engine, text, timeout_ms);
  EXPECT_FALSE(engine->alive());
  return answer ? Error{ErrorClass::permanent, "no_error", ""} : answer.error();
}

TEST(Prompt, SurvivesJsonAndKeepsItsLimits) {
  // Text and images come back; at the limits a prompt is read, one past them it is not.
  const Prompt prompt = {std::string("a"), ImagePart{1}, std::string("b")};
  EXPECT_EQ(to_json(*prompt_from_json(to_json(prompt))), to_json(prompt));
  const auto code = [](const Prompt& p) {
    auto read = prompt_from_json(to_json(p));
    return read ? "ok" : read.error().code;
  };
  EXPECT_EQ(code({std::string(prompt_text_bytes_max, 'a')}), "ok");
  EXPECT_EQ(code({std::string(prompt_text_bytes_max, 'a'), std::string("b")}), "bad_prompt");
  EXPECT_EQ(code(Prompt(prompt_images_max, ImagePart{0})), "ok");
  EXPECT_EQ(code(Prompt(prompt_images_max + 1, ImagePart{0})), "bad_prompt");
  EXPECT_EQ(code({ImagePart{prompt_images_max}}), "bad_prompt");
  for (const json& wrong : {json(), json{{"text", "a"}}, json{1}, json{json{{"image", -1}}}, json{json{{"text", 1}}}}) {
    EXPECT_FALSE(prompt_from_json(wrong)) << wrong;
  }
}

TEST(PromptCuts, SurviveJsonAndKeepTheirLimits) {
  // Cuts of a request: none in an old one; at the limit of their number, and whatever a hostile one may hold.
  const std::vector<PromptCut> cuts = {{2}, {0, 1}};
  EXPECT_EQ(*cuts_from_json(to_json(cuts), 3), cuts);
  EXPECT_TRUE(cuts_from_json(nlohmann::json(), 3)->empty());
  const auto code = [](const json& list, std::size_t parts = 3) {
    const auto read = cuts_from_json(list, parts);
    return read ? std::string("ok") : read.error().code;
  };
  std::vector<PromptCut> many;
  for (std::size_t i = 0; i < prompt_cuts_max; ++i) many.push_back({i});
  EXPECT_EQ(code(to_json(many), prompt_cuts_max + 1), "ok");
  many.push_back({prompt_cuts_max});
  EXPECT_EQ(code(to_json(many), prompt_cuts_max + 1), "bad_prompt");
  for (const char* hostile : {"3", "{}", "\"all\"", "[1]", "[[]]", "[[3]]", "[[-1]]", "[[0.5]]", "[[\"0\"]]", "[[0,0]]", "[[0],[0]]",
                              "[[18446744073709551615]]", "[[[0]]]"}) {
    EXPECT_EQ(code(nlohmann::json::parse(hostile)), "bad_prompt") << hostile;
  }
  Generated generated;
  generated.cuts_made = 2;
  EXPECT_EQ(generated_from_json(to_json(generated)).cuts_made, 2);
  EXPECT_EQ(generated_from_json({{"text", "of an engine that knows no cuts"}}).cuts_made, 0);
  EXPECT_EQ(generated_from_json({{"cuts_made", -1}}).cuts_made, 0);
}

TEST(EngineClient, AnEngineThatCutsMoreThanItMayIsGarbled) {
  // The count decides what a report claims: one that cannot be right ends the engine.
  const Error error = error_of("MORE_CUTS");
  EXPECT_EQ(error.code, "engine_garbled");
  EXPECT_EQ(error.error_class, ErrorClass::poison);
}

TEST(Prompt, AnEngineThatDoesNotSayIsTakenForUntrained) {
  // A report from weights of unknown origin must carry the warning.
  EXPECT_TRUE(model_facts_from_json(json::object()).weights_from_seed);
  EXPECT_FALSE(model_facts_from_json(to_json(ModelFacts{})).weights_from_seed);
  ModelFacts facts;
  facts.notice = "For tests.";
  EXPECT_EQ(model_facts_from_json(to_json(facts)).notice, "For tests.");
}

TEST(EngineClient, AnswersWithTextPixelsAndProgress) {
  // Prompt and shared pixels reach the engine; frames of other requests are not taken for the answer.
  auto engine = start("good");
  ASSERT_TRUE(engine) << engine.error().message;
  EXPECT_EQ(engine->facts().name, "fake");
  const std::vector<std::uint8_t> pixels(2 * 3 * 4, 77);
  std::vector<EngineProgress> seen;
  auto answer = engine->generate({std::string("what?"), ImagePart{0}}, {{{2, 3, 4, 1}, pixels}}, {}, 20'000,
                                 [&](const EngineProgress& p) { seen.push_back(p); });
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, to_json(Prompt{std::string("what?"), ImagePart{0}}).dump());
  EXPECT_EQ(answer->token_ids, std::vector<int>{77});
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].stage, "generating");
  EXPECT_EQ(seen[0].text_so_far, "so far");
  EXPECT_TRUE(ask(*engine, "again"));
}

TEST(EngineClient, LoadingFailsInItsOwnWords) {
  // Refusal, crash and hang while loading are three different errors.
  EXPECT_EQ(start("refuse").error().code, "model_broken");
  EXPECT_EQ(start("crash").error().code, "engine_crashed");
  EXPECT_EQ(start("hang", 50).error().code, "engine_timeout");
}

TEST(EngineClient, EachDeathHasItsClass) {
  // The worker needs to know whether the study or the world killed the engine.
  EXPECT_EQ(error_of("CRASH").code, "engine_crashed");
  EXPECT_EQ(error_of("CRASH").error_class, ErrorClass::poison);
  EXPECT_EQ(error_of("KILLED").code, "engine_killed");
  EXPECT_EQ(error_of("KILLED").error_class, ErrorClass::vanished);
}

TEST(EngineClient, NoEngineOutlivesItsTime) {
  // Silent, half-silent, endlessly chatty: killed at the limit. Unreadable: at once.
  EXPECT_EQ(error_of("HANG", 50).code, "engine_timeout");
  EXPECT_EQ(error_of("DEAF", 50).code, "engine_timeout");
  EXPECT_EQ(error_of("FLOOD", 200).code, "engine_timeout");
  EXPECT_EQ(error_of("HANG", 50).error_class, ErrorClass::poison);
  EXPECT_EQ(error_of("GARBAGE").code, "engine_garbled");
}

TEST(EngineClient, ASilentEngineIsStuckLongBeforeItsTimeIsUp) {
  // A device that hangs: killed after stall_timeout_ms without a word, also when it had begun to speak, or stands still whole.
  for (const char* silence : {"HANG", "DEAF", "stopped"}) {
    auto engine = start_watched(100);
    ASSERT_TRUE(engine);
    const pid_t pid = engine->pid();
    if (std::string(silence) == "stopped") ::kill(pid, SIGSTOP);
    auto answer = ask(*engine, silence, 3'600'000);
    ASSERT_FALSE(answer) << silence;
    EXPECT_EQ(answer.error().code, "engine_stalled") << silence;
    EXPECT_EQ(answer.error().error_class, ErrorClass::poison);
    EXPECT_FALSE(engine->alive());
    EXPECT_EQ(::kill(pid, 0), -1) << "it is gone, and reaped";
  }
}

TEST(EngineClient, AnEngineThatSpeaksIsNotStuck) {
  // Words count, however few: one that chatters beyond its stall time is ended by the whole time only.
  auto engine = start_watched(150);
  ASSERT_TRUE(engine);
  EXPECT_EQ(ask(*engine, "FLOOD", 600).error().code, "engine_timeout");
  auto patient = start_watched(3'600'000);
  EXPECT_EQ(ask(*patient, "HANG", 50).error().code, "engine_timeout");
}

TEST(EngineClient, AStallOfAQuestionThatWasGivenUpIsNotTheNextOnesFault) {
  // The engine never comes back from the first: it is replaced, and the second question is only asked again.
  auto engine = start_watched(100);
  ASSERT_TRUE(engine);
  const process::FileDescriptor wake(::eventfd(1, EFD_CLOEXEC));
  EXPECT_EQ(ask(*engine, "HANG", 3'600'000, wake.get()).error().code, "woken");
  const auto next = ask(*engine, "next", 3'600'000);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, engine_lost_code);
  EXPECT_EQ(next.error().error_class, ErrorClass::transient);
  EXPECT_FALSE(engine->alive());
}

TEST(EngineClient, ACancelledRequestLeavesAUsableEngine) {
  // After a wake-up the engine is told to stop; the next request is answered, not the rest of the old one.
  auto engine = start("good");
  const process::FileDescriptor wake(::eventfd(1, EFD_CLOEXEC));
  auto answer = ask(*engine, "CANCEL", 20'000, wake.get());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "woken");
  EXPECT_EQ(answer.error().error_class, ErrorClass::cancelled);
  auto next = ask(*engine, "next");
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_THAT(next->text, testing::HasSubstr("next"));
}

TEST(EngineClient, AnEngineThatDiedBetweenRequestsIsNoticed) {
  // The next request says so, does not hang and is not to blame.
  auto engine = start("good");
  ::kill(engine->pid(), SIGKILL);
  while (engine->alive()) std::this_thread::yield();
  auto answer = ask(*engine, "anything");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, engine_lost_code);
  EXPECT_THAT(answer.error().message, testing::HasSubstr("engine_killed"));
}

TEST(EngineClient, ABadPromptNeverReachesTheEngine) {
  // Images without a place, places without an image, impossible shapes, too much text: permanent, engine untouched.
  auto engine = start("good");
  const std::vector<std::uint8_t> pixel(1), two(2);
  const auto code = [&](const Prompt& prompt, const std::vector<EngineImage>& images) {
    auto answer = engine->generate(prompt, images, {}, 20'000, nullptr);
    return answer ? "ok" : answer.error().code;
  };
  EXPECT_EQ(code({ImagePart{0}}, {}), "bad_prompt");
  EXPECT_EQ(code({std::string("x")}, {{{1, 1, 1, 1}, pixel}}), "bad_prompt");
  EXPECT_EQ(code({ImagePart{0}}, {{{0, 1, 1, 1}, pixel}}), "bad_prompt");
  EXPECT_EQ(code({ImagePart{0}}, {{{1, 1, 1, 2}, two}}), "bad_prompt");
  EXPECT_EQ(code({ImagePart{0}}, {{{1, 1, 1, 1}, {}}}), "bad_prompt");
  EXPECT_EQ(code({ImagePart{0}}, {{{1, 1, 1, 1}, two}}), "bad_prompt");
  EXPECT_EQ(code({std::string(prompt_text_bytes_max + 1, 'a')}, {}), "bad_prompt");
  EXPECT_EQ(code({std::string(prompt_text_bytes_max, 'a')}, {}), "ok");
  EXPECT_EQ(code({ImagePart{0}}, {{{1, 1, 1, 1}, pixel}}), "ok");
}

}  // namespace
}  // namespace radfm::model
