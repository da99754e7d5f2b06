// SPDX-License-Identifier: Apache-2.0
// The length limit in the engine itself, with the shipped demonstration model: counted in its tokens, exactly.
#include <gtest/gtest.h>

#include "pipeline/model/engine_client.h"
#include "pipeline/model/model_config.h"
#include "pipeline/model/prompt_fitting.h"
#include "pipeline/model/tokenizer.h"

namespace radfm::model {
namespace {

constexpr std::int64_t patience_ms = 60'000;
constexpr int new_tokens = 5;

class EngineFitting : public testing::Test {
 protected:
  void SetUp() override {
    auto config = read_model_config("models/phantom/config.json");
    ASSERT_TRUE(config.ok());
    limit_ = static_cast<std::size_t>(prompt_tokens_max(config->llama.context, new_tokens));
    auto tokenizer = Tokenizer::load("models/phantom/tokenizer.model", *config);
    ASSERT_TRUE(tokenizer.ok());
    tokenizer_ = std::make_unique<Tokenizer>(std::move(*tokenizer));
    auto engine = EngineClient::start({RADFM_ENGINE, "models/phantom", "cpu", 1, patience_ms});
    ASSERT_TRUE(engine.ok()) << engine.error().message;
    engine_ = std::make_unique<EngineClient>(std::move(*engine));
    for (std::size_t i = 0; i < shape_.bytes(); ++i) {
      pixels_[0].push_back(static_cast<std::uint8_t>(i * 7 % 251));
      pixels_[1].push_back(static_cast<std::uint8_t>(i * 13 % 241));
    }
  }

  Result<Generated> ask(const Prompt& prompt, const std::vector<int>& pictures, const std::vector<PromptCut>& cuts = {}) {
    std::vector<EngineImage> images;
    for (const int picture : pictures) images.push_back({shape_, pixels_[picture]});
    return engine_->generate(prompt, images, {new_tokens, cuts}, patience_ms, {});
  }

  // `prompt` with its text `part` lengthened until it has just that many tokens.
  Prompt lengthened(Prompt prompt, std::size_t part, std::size_t tokens) {
    std::size_t now = tokenizer_->encode(prompt).size();
    while (now < tokens) {
      std::get<std::string>(prompt[part]) += "0";  // a piece of its own, or a byte
      now = tokenizer_->encode(prompt).size();
    }
    EXPECT_EQ(now, tokens);
    return prompt;
  }

  std::size_t limit_ = 0;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::unique_ptr<EngineClient> engine_;
  ImageShape shape_{40, 30, 1, 1};
  std::vector<std::uint8_t> pixels_[2];
};

// The last token that fits, and one past it.
TEST_F(EngineFitting, TheLastTokenThatFits) {
  const Prompt question{"Current study: ", ImagePart{0}, "What is 0"};
  const auto fits = ask(lengthened(question, 2, limit_), {0});
  ASSERT_TRUE(fits.ok()) << fits.error().message;
  EXPECT_EQ(static_cast<std::size_t>(fits->prompt_tokens), limit_);
  EXPECT_EQ(fits->cuts_made, 0);
  EXPECT_TRUE(std::find(fits->flags.begin(), fits->flags.end(), "prompt_shortened") == fits->flags.end());
  const auto refused = ask(lengthened(question, 2, limit_ + 1), {0});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, prompt_too_long_code);
  EXPECT_EQ(refused.error().error_class, ErrorClass::permanent);
}

// A prompt of the limit is read whole; of one token more the report goes, then the prior image: the answer is that to the
// prompt without them, with the pictures that are left.
TEST_F(EngineFitting, ReadsWhatIsLeftAsIfNothingElseHadBeenThere) {
  const Prompt prompt{"Prior study: ", ImagePart{0}, "Prior report: 0. ", "Current study: ", ImagePart{1}, "What is 0"};
  const std::vector<PromptCut> cuts{{2}, {0, 1}};
  const auto whole = ask(lengthened(prompt, 2, limit_), {0, 1}, cuts);
  ASSERT_TRUE(whole.ok()) << whole.error().message;
  EXPECT_EQ(whole->cuts_made, 0);

  const auto without_report = ask(lengthened(prompt, 2, limit_ + 1), {0, 1}, cuts);
  const auto report_never_there = ask({"Prior study: ", ImagePart{0}, "Current study: ", ImagePart{1}, "What is 0"}, {0, 1});
  ASSERT_TRUE(without_report.ok() && report_never_there.ok());
  EXPECT_EQ(without_report->cuts_made, 1);
  EXPECT_EQ(without_report->flags.front(), "prompt_shortened");
  EXPECT_EQ(without_report->token_ids, report_never_there->token_ids);
  EXPECT_EQ(without_report->prompt_tokens, report_never_there->prompt_tokens);

  const Prompt bare{"Current study: ", ImagePart{0}, "What is 0"};
  const Prompt longest = lengthened(bare, 2, limit_);
  Prompt with_prior = prompt;
  with_prior[5] = longest[2];
  const auto without_prior = ask(with_prior, {0, 1}, cuts);
  const auto prior_never_there = ask(longest, {1});
  ASSERT_TRUE(without_prior.ok() && prior_never_there.ok());
  EXPECT_EQ(without_prior->cuts_made, 2);
  EXPECT_EQ(without_prior->token_ids, prior_never_there->token_ids);
  EXPECT_EQ(static_cast<std::size_t>(without_prior->prompt_tokens), limit_);
}

}  // namespace
}  // namespace radfm::model
