// SPDX-License-Identifier: Apache-2.0
// The engine program over its channel, with the shipped demonstration model.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <nlohmann/json.hpp>

#include "core/clock.h"
#include "pipeline/model/engine_client.h"
#include "pipeline/process/child_process.h"
#include "pipeline/process/json_field.h"
#include "pipeline/process/shared_memory.h"
#include "tests/pipeline/model/golden_case.h"

namespace radfm::model {
namespace {

constexpr std::int64_t patience_ms = 60'000;

EngineStart phantom() {
  return {RADFM_ENGINE, "models/phantom", "cpu", 1, patience_ms};
}

struct Gradient {
  ImageShape shape{40, 30, 1, 1};
  std::vector<std::uint8_t> pixels;
  explicit Gradient(int depth = 1) {
    shape.depth = depth;
    for (std::size_t i = 0; i < shape.bytes(); ++i) pixels.push_back(static_cast<std::uint8_t>(i * 7 % 251));
  }
  EngineImage image() const { return {shape, pixels}; }
};

const Prompt question{"57-year-old woman. Indication: cough. Current study: ", ImagePart{0},
                      " Please generate a radiology report for this scan."};

// Starts, says who it is, answers with text, tells how far it is, and gives the same bytes again: also in a
// new process.
TEST(Engine, AnswersTheSameEachTime) {
  const Gradient picture;
  std::vector<std::string> texts;
  for (int process = 0; process < 2; ++process) {
    auto engine = EngineClient::start(phantom());
    ASSERT_TRUE(engine.ok()) << engine.error().message;
    EXPECT_FALSE(engine->facts().weights_from_seed);
    EXPECT_NE(engine->facts().notice.find("no medical meaning"), std::string::npos) << engine->facts().notice;
    EXPECT_EQ(engine->facts().name, "RadFM phantom demonstration model");
    EXPECT_EQ(engine->facts().image_width, 64);
    for (int time = 0; time < 2; ++time) {
      std::vector<std::string> stages;
      const auto generated = engine->generate(question, {picture.image()}, {40}, patience_ms,
                                              [&](const EngineProgress& p) { stages.push_back(p.stage); });
      ASSERT_TRUE(generated.ok()) << generated.error().message;
      EXPECT_FALSE(generated->text.empty());
      EXPECT_FALSE(stages.empty());
      texts.push_back(generated->text);
    }
  }
  for (const auto& text : texts) EXPECT_EQ(text, texts.front());
}

// What cannot be read is refused with its reason, and the engine goes on.
TEST(Engine, RefusesAndGoesOn) {
  auto engine = EngineClient::start(phantom());
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  const Gradient picture, ct(12);
  const auto code = [&](const Prompt& prompt, const std::vector<EngineImage>& images) {
    const auto generated = engine->generate(prompt, images, {5}, patience_ms, {});
    return generated.ok() ? "" : generated.error().code;
  };
  std::string endless;
  for (int i = 0; i < 3000; ++i) endless += "nodule ";
  EXPECT_EQ(code({endless}, {}), "prompt_too_long");
  const std::vector<std::uint8_t> black(16, 0);
  EXPECT_EQ(code({ImagePart{0}, "?"}, {{{4, 4, 1, 1}, black}}), "image_constant");
  EXPECT_EQ(code(question, {ct.image()}), "");
  EXPECT_EQ(code({"Prior: ", ImagePart{0}, "Current: ", ImagePart{1}, "?"}, {picture.image(), ct.image()}),
            "");
}

// A cancel stops it at the next token, and the next question is answered. The model writes on and on: an untrained one does.
TEST(Engine, CancelsOnRequest) {
  const TestFolder folder;
  write_untrained_model(folder);
  auto start = phantom();
  start.model_directory = folder.path;
  auto engine = EngineClient::start(start);
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  EXPECT_TRUE(engine->facts().weights_from_seed);
  const Gradient picture;
  const int wake = ::eventfd(0, EFD_CLOEXEC);
  const auto generated = engine->generate(
      question, {picture.image()}, {800}, patience_ms,
      [&](const EngineProgress&) { ::eventfd_write(wake, 1); }, wake);
  ASSERT_FALSE(generated.ok());
  EXPECT_EQ(generated.error().error_class, ErrorClass::cancelled);
  ::close(wake);
  EXPECT_TRUE(engine->generate(question, {picture.image()}, {3}, patience_ms, {}).ok());
}

// A model that is not there is an error frame, not a crash.
TEST(Engine, SaysWhyItCannotLoad) {
  auto start = phantom();
  start.model_directory = "models/none";
  EXPECT_EQ(EngineClient::start(start).error().code, "model_directory_missing");
  start = phantom();
  start.device = "abacus";
  EXPECT_EQ(EngineClient::start(start).error().code, "device_unavailable");
}

// Weights that are not those of the card are not used.
TEST(Engine, RefusesWeightsOfAnotherDigest) {
  const TestFolder folder;
  for (const char* name : {"config.json", "tokenizer.model", "model.safetensors"})
    std::filesystem::copy(std::filesystem::path("models/phantom") / name, folder.path / name);
  auto card = read_json("models/phantom/card.json");
  card["digest"] = std::string(64, '0');
  folder.write("card.json", card.dump());
  auto start = phantom();
  start.model_directory = folder.path;
  EXPECT_EQ(EngineClient::start(start).error().code, "model_digest_differs");
}

// Raw frames, as a broken or hostile client would send them.
class RawEngine : public testing::Test {
 protected:
  void SetUp() override {
    auto child = process::ChildProcess::start(
        RADFM_ENGINE, {"--model", std::filesystem::absolute("models/phantom").string(), "--device", "cpu", "--threads", "1"}, {});
    ASSERT_TRUE(child.ok());
    child_ = std::make_unique<process::ChildProcess>(std::move(*child));
    ASSERT_EQ(wait_for("ready"), "");
  }
  // The code of the error frame that comes before a frame of this type; empty if that type comes.
  std::string wait_for(const std::string& type) {
    for (;;) {
      auto frame = child_->channel().receive(SystemClock().boot_ms() + patience_ms);
      if (!frame) return frame.error().code;
      if (process::text_field(frame->json, "type") == type) return "";
      if (process::text_field(frame->json, "type") == "error")
        return process::text_field(frame->json, "code");
    }
  }
  std::string ask(const nlohmann::json& images, const std::vector<int>& descriptors) {
    const Status sent = child_->channel().send({{"type", "generate"},
                                                {"id", ++id_},
                                                {"prompt", {{{"text", "?"}}}},
                                                {"images", images},
                                                {"max_new_tokens", 2}},
                                               descriptors);
    return sent.ok() ? wait_for("result") : sent.error().code;
  }
  std::unique_ptr<process::ChildProcess> child_;
  int id_ = 0;
};

// Shapes that lie about the memory beside them, or are impossible, are refused before anything is mapped or
// allocated.
TEST_F(RawEngine, RefusesHostileShapes) {
  const std::vector<std::uint8_t> bytes{1, 2, 3, 4};
  const auto memory = process::make_shared(bytes.data(), bytes.size());
  ASSERT_TRUE(memory.ok());
  const int fd = memory->get();
  const auto image = [](std::int64_t w, std::int64_t h, std::int64_t d, std::int64_t c) {
    return nlohmann::json{{{"width", w}, {"height", h}, {"depth", d}, {"channels", c}}};
  };
  EXPECT_EQ(ask(image(2, 2, 1, 1), {fd}), "");
  EXPECT_NE(ask(image(3, 2, 1, 1), {fd}), "");
  EXPECT_EQ(ask(image(1 << 20, 1 << 20, 1, 1), {fd}), "image_shape_bad");
  EXPECT_EQ(ask(image(-2, -2, 1, 1), {fd}), "image_shape_bad");
  EXPECT_EQ(ask(image(4294967298, 2, 1, 1), {fd}), "image_shape_bad");
  EXPECT_EQ(ask(image(2, 2, 1, 1), {}), "bad_prompt");
  EXPECT_EQ(ask(image(2, 2, 1, 1), {fd, fd}), "bad_prompt");
  EXPECT_EQ(ask("images", {fd}), "bad_prompt");
  EXPECT_EQ(ask(nlohmann::json::array(), {}), "");
}

// Unknown requests are answered with an error, a second one at the same time too, and a cancel of another id
// is ignored.
TEST_F(RawEngine, AnswersOneKnownRequestAtATime) {
  auto& channel = child_->channel();
  ASSERT_TRUE(channel.send({{"type", "sing"}}).ok());
  EXPECT_EQ(wait_for("result"), "bad_request");
  ASSERT_TRUE(channel.send({{"type", "cancel"}, {"id", 99}}).ok());
  const nlohmann::json request = {{"type", "generate"},
                                  {"id", 7},
                                  {"prompt", {{{"text", "?"}}}},
                                  {"images", nlohmann::json::array()},
                                  {"max_new_tokens", 800}};
  ASSERT_TRUE(channel.send(request).ok());
  ASSERT_TRUE(channel.send(request).ok());
  EXPECT_EQ(wait_for("result"), "engine_busy");
  ASSERT_TRUE(channel.send({{"type", "cancel"}, {"id", 7}}).ok());
  EXPECT_EQ(wait_for("result"), "");
}

}  // namespace
}  // namespace radfm::model
