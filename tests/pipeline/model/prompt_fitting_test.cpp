// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/prompt_fitting.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace radfm::model {
namespace {

// One token a letter, ten an image, one for <s>.
std::size_t count(const Prompt& prompt) {
  std::size_t tokens = 1;
  for (const PromptPart& part : prompt) tokens += std::holds_alternative<ImagePart>(part) ? 10 : std::get<std::string>(part).size();
  return tokens;
}

std::string as_text(const Prompt& prompt) { return to_json(prompt).dump(); }

// The place of the answer: what may be written, at most half of the context, and never nothing.
TEST(AnswerRoom, IsWhatMayBeWritten) {
  EXPECT_EQ(answer_room(2048, 200), 200);
  EXPECT_EQ(prompt_tokens_max(2048, 200), 1848);
  EXPECT_EQ(answer_room(2048, 1024), 1024);
  EXPECT_EQ(answer_room(2048, 1025), 1024);
  EXPECT_EQ(prompt_tokens_max(64, 200), 32);
  EXPECT_EQ(answer_room(1, 200), 1);
  EXPECT_EQ(prompt_tokens_max(1, 200), 0);
}

// <s> + 10 + "prior report" 12 + 10 + 10 + "q?" 2 = 45 tokens: a report, a prior image with its date, the current image.
const Prompt with_prior{"in 2021: ", ImagePart{0}, "was normal. ", "now: ", ImagePart{1}, "q?"};
const std::vector<PromptCut> text_then_image{{2}, {0, 1}};

// A prompt of exactly the limit is left as it is; one token less room and the first cut is made; and so on to the end.
TEST(FitPrompt, CutsInOrderAndNoMoreThanItMust) {
  const int all = static_cast<int>(count(with_prior));
  const auto fitted = [&](int room) { return fit_prompt(with_prior, {1, text_then_image}, room + 1, count); };
  EXPECT_EQ(fitted(all)->cuts_made, 0);
  EXPECT_EQ(as_text(fitted(all)->prompt), as_text(with_prior));
  const auto once = fitted(all - 1);
  EXPECT_EQ(once->cuts_made, 1);
  EXPECT_EQ(as_text(once->prompt), as_text({"in 2021: ", ImagePart{0}, "now: ", ImagePart{1}, "q?"}));
  EXPECT_EQ(once->images, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(fitted(all - 12)->cuts_made, 1);
  const auto twice = fitted(all - 13);
  EXPECT_EQ(twice->cuts_made, 2);
  EXPECT_EQ(as_text(twice->prompt), as_text({"now: ", ImagePart{0}, "q?"}));  // numbered anew
  EXPECT_EQ(twice->images, std::vector<std::size_t>{1});
  const int bare = 1 + 5 + 10 + 2;
  EXPECT_EQ(fitted(bare)->cuts_made, 2);
  const auto refused = fitted(bare - 1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, prompt_too_long_code);
  EXPECT_EQ(refused.error().error_class, ErrorClass::permanent);
  EXPECT_NE(refused.error().message.find("18 tokens without any prior study"), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find("context of 18 leaves 17, for 1 are kept"), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find("action.max_new_tokens"), std::string::npos);
}

// Images that the prompt names in another order, or twice, keep their pictures when others leave.
TEST(FitPrompt, ImagesKeepTheirPictures) {
  const Prompt prompt{ImagePart{3}, ImagePart{0}, ImagePart{2}, ImagePart{3}, ImagePart{1}};
  const auto fitted = fit_prompt(prompt, {1, {{1}, {2}}}, 1 + 31 + 1, count);
  ASSERT_TRUE(fitted.ok());
  EXPECT_EQ(fitted->images, (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(as_text(fitted->prompt), as_text({ImagePart{1}, ImagePart{1}, ImagePart{0}}));
}

// Without cuts a prompt that is too long is refused in one count; the message speaks of no prior.
TEST(FitPrompt, WithoutCutsRefusesAtOnce) {
  int counted = 0;
  const auto refused = fit_prompt({"0123456789"}, {5, {}}, 10, [&](const Prompt& prompt) { return ++counted, count(prompt); });
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(counted, 1);
  EXPECT_EQ(refused.error().message.find("prior"), std::string::npos);
}

}  // namespace
}  // namespace radfm::model
