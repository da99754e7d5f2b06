// SPDX-License-Identifier: Apache-2.0
// The texts of a golden model's prompts and answers.
#include <gtest/gtest.h>

#include "pipeline/model/tokenizer.h"
#include "tests/pipeline/model/golden_case.h"

namespace radfm::model {
namespace {

// The prompts' ids are those of their texts, and what comes out is the reference's text.
TEST(GoldenText, ModelTinyB) {
  GOLDEN_FOLDER_OR_SKIP(golden);
  const auto json = read_json(golden / "model-tiny-b-bf16" / "case.json");
  const auto tokenizer =
      Tokenizer::load(golden / "tokenizer" / "tokenizer.model", *parse_model_config(json["config"].dump()));
  ASSERT_TRUE(tokenizer.ok());
  for (const auto& prompt : json["prompts"]) {
    EXPECT_EQ(tokenizer->encode_with_specials(prompt["text"].get<std::string>(), 100),
              prompt["ids"].get<std::vector<int>>());
    EXPECT_EQ(tokenizer->decode(prompt["new_ids"].get<std::vector<int>>()), prompt["decoded"].get<std::string>());
  }
}

}  // namespace
}  // namespace radfm::model
