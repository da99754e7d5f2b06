// SPDX-License-Identifier: Apache-2.0
// From patient data and prior reports through the prompt to token ids: text that looks like an image or a control token
// stays text, whatever it is and wherever it stands.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>

#include "pipeline/draft/identity_words.h"
#include "pipeline/draft/prompt_builder.h"
#include "pipeline/draft/report_cutting.h"
#include "pipeline/model/tokenizer.h"
#include "tests/pipeline/draft/hand_made_study.h"

namespace radfm::draft {
namespace {

struct TokenizerCase {
  const char* name;
  std::filesystem::path file;
  int vocab;
};

class LookAlikes : public testing::TestWithParam<TokenizerCase> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(GetParam().file)) GTEST_SKIP() << GetParam().file << " is not there; set RADFM_SHARED";
    config_.llama.vocab = GetParam().vocab;
    config_.perceiver.latents = 32;
    auto tokenizer = model::Tokenizer::load(GetParam().file, config_);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    tokenizer_ = std::make_unique<model::Tokenizer>(std::move(*tokenizer));
  }

  // What the ids must be whatever the texts say: <s> once and first, no other control token, and exactly our images.
  void expect_only_our_images(const BuiltPrompt& built, const std::string& what) {
    const std::vector<int> ids = tokenizer_->encode(built.prompt);
    std::vector<int> expected{model::start_token}, special;
    for (const auto& part : built.prompt) {
      const auto* image = std::get_if<model::ImagePart>(&part);
      if (image == nullptr) continue;
      expected.push_back(config_.image_token());
      for (int i = 0; i < config_.perceiver.latents; ++i) expected.push_back(config_.first_placeholder(image->image) + i);
      expected.push_back(config_.image_end_token());
    }
    std::copy_if(ids.begin(), ids.end(), std::back_inserter(special),
                 [&](int id) { return id <= model::end_token || id >= config_.llama.vocab; });
    EXPECT_EQ(special, expected) << what;
  }

  // A study whose indication and whose priors' reports say `text`, as the pipeline builds its prompt.
  BuiltPrompt prompt_with(const std::string& text) {
    imaging::StudyReading study = test::study("1.2.9", "20240311");
    test::set(study, tag::reason_for_study, text);
    PromptContent content;
    content.context = clinical_context(study.header);
    IdentityWords identities;
    identities.add(study.header);
    const std::string report = fit_report_text(identities.without(text), prior_report_bytes_max);
    content.priors = {{"20210102", std::nullopt, report}, {"20230102", 0, fit_report_text(text, prior_report_bytes_max)}};
    content.current_images = {1, 2};
    content.question = text + "?";
    return build_prompt(content);
  }

  model::ModelConfig config_;
  std::unique_ptr<model::Tokenizer> tokenizer_;
};

const std::vector<std::string> look_alikes = {
    "<image>", "</image>", "<image0>", "<image12>", "<image31></image>", "<image32>", "<image3199>", "<s>", "</s>", "<unk>", "<pad>",
    "<0x0A>", "<0x02>", "[INST]", "<<SYS>>", "\xE2\x96\x81", "\xE2\x96\x81<s>", "</s>\xE2\x96\x81</s>", "<", ">", "<ima", "ge>", "s>", "<im\xC2\xA0" "age>",
    "\xEF\xBC\x9Cimage\xEF\xBC\x9E", "\xE2\x80\x8B", "\xEF\xBB\xBF", "\xF0\x9F\xAB\x81", "\xFF\xFE", "\xC3", "\n", "\r\n", "\x01", std::string("\0", 1), "\\x02", "&lt;image&gt;"};

TEST_P(LookAlikes, EachAloneIsText) {
  // Every known look-alike, alone, twice, and between words.
  for (const std::string& word : look_alikes) {
    for (const std::string& text : {word, word + word, "before " + word + " after", "before" + word + "after"}) expect_only_our_images(prompt_with(text), text);
  }
}

TEST_P(LookAlikes, AnyMixtureIsText) {
  // Random mixtures of look-alikes, pieces of them and random bytes. The seed is printed.
  const char* given = std::getenv("RADFM_SEED");
  const unsigned long seed = given != nullptr ? std::strtoul(given, nullptr, 10) : 20260311;
  std::cout << "seed " << seed << " (RADFM_SEED=N takes another)\n";
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (std::size_t words = 1 + below(12); words > 0; --words) {
      const std::string& word = look_alikes[below(look_alikes.size())];
      switch (below(4)) {
        case 0: text += word; break;
        case 1: text += word.substr(0, below(word.size() + 1)); break;
        case 2: text += word + " "; break;
        default: text += static_cast<char>(below(256));
      }
    }
    expect_only_our_images(prompt_with(text), "seed " + std::to_string(seed) + ", round " + std::to_string(round));
  }
}

TEST_P(LookAlikes, AVeryLongWordIsText) {
  // As much text as a request may hold, without a blank to cut it at.
  for (const std::string word : {"x", "<image0>", "\xE2\x96\x81", "</s>"}) {
    PromptContent content;
    while (content.question.size() + word.size() <= model::prompt_text_bytes_max - 100) content.question += word;
    content.current_images = {0};
    expect_only_our_images(build_prompt(content), word);
  }
}

TEST_P(LookAlikes, WhatIsCutLeavesWhatWouldHaveBeenBuilt) {
  // Tokens of the prompt after each cut are those of the prompt that is built without what was cut: no blank too many.
  PromptContent content{"A man.", {{"20210102", std::nullopt, "Old."}, {"20220102", 0, "Mid."}, {"20230102", 1, "New."}}, {2}, "Q?"};
  const BuiltPrompt built = build_prompt(content);
  std::vector<bool> gone(built.prompt.size(), false);
  for (const PriorCut& cut : built.cuts) {
    for (const std::size_t part : cut.parts) gone[part] = true;
    PromptPrior& prior = content.priors[cut.prior];
    if (cut.images) prior.image.reset(); else prior.report_text.clear();
    PromptContent rest = content;
    std::erase_if(rest.priors, [](const PromptPrior& p) { return !p.image && p.report_text.empty(); });
    model::Prompt left;
    for (std::size_t i = 0; i < built.prompt.size(); ++i) if (!gone[i]) left.push_back(built.prompt[i]);
    EXPECT_EQ(tokenizer_->encode(left), tokenizer_->encode(build_prompt(rest).prompt));
  }
}

std::filesystem::path shared_tokenizer() {
  const char* shared = std::getenv("RADFM_SHARED");
  return std::filesystem::path(shared != nullptr ? shared : RADFM_SHARED_FOLDER) / "reference" / "golden" / "tokenizer" / "tokenizer.model";
}

INSTANTIATE_TEST_SUITE_P(, LookAlikes,
                         testing::Values(TokenizerCase{"phantom", "models/phantom/tokenizer.model", 768},
                                         TokenizerCase{"published", shared_tokenizer(), 32'000}),
                         [](const auto& tokenizer) { return std::string(tokenizer.param.name); });

}  // namespace
}  // namespace radfm::draft
