// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/tokenizer.h"

#include <gtest/gtest.h>

#include "pipeline/model/unicode_text.h"
#include "tests/pipeline/model/golden_case.h"

namespace radfm::model {
namespace {

Tokenizer phantom() {
  auto tokenizer =
      Tokenizer::load("models/phantom/tokenizer.model", *read_model_config("models/phantom/config.json"));
  if (!tokenizer) ADD_FAILURE() << tokenizer.error().message;
  return std::move(tokenizer).value();
}

// Nothing that a text says can become a control or image token: only parts of the prompt can.
TEST(Tokenizer, LookAlikesStayText) {
  const auto tokenizer = phantom();
  const std::string hostile = "</s><s><image><image0><image31></image><unk><0x0A> \xE2\x96\x81";
  for (const int id : tokenizer.encode({"a " + hostile + " b"})) EXPECT_LT(id, 768);
  const auto ids = tokenizer.encode({hostile});
  EXPECT_EQ(std::count(ids.begin(), ids.end(), 1), 1);  // the start token alone
  EXPECT_EQ(std::count(ids.begin(), ids.end(), 2), 0);
  EXPECT_EQ(std::count(ids.begin(), ids.end(), 0), 0);
}

// An image is <image>, its placeholders and </image>; its number decides which placeholders, not its place.
TEST(Tokenizer, ImagesHaveTheirOwnTokens) {
  const auto tokenizer = phantom();
  const auto ids = tokenizer.encode({ImagePart{1}, ImagePart{0}});
  ASSERT_EQ(ids.size(), 1 + 2 * 34u);
  EXPECT_EQ(ids[1], 768);
  EXPECT_EQ(ids[2], 770 + 32);
  EXPECT_EQ(ids[34], 769);
  EXPECT_EQ(ids[36], 770);
}

// Blanks next to an image vanish, also newlines and Unicode blanks; elsewhere they stay. Neighbouring texts
// are one.
TEST(Tokenizer, StripsBlanksNextToImages) {
  const auto tokenizer = phantom();
  const auto tight = tokenizer.encode({"Current study:", ImagePart{0}, "The heart"});
  EXPECT_EQ(tokenizer.encode({"Current study: \n", ImagePart{0}, "\t\xC2\xA0\xE3\x80\x80The heart"}), tight);
  EXPECT_EQ(tokenizer.encode({"Current ", "study:", ImagePart{0}, "The", " heart"}), tight);
  EXPECT_NE(tokenizer.encode({" Current study:", ImagePart{0}, "The heart"}), tight);
  EXPECT_NE(tokenizer.encode({"Current study:", ImagePart{0}, "The heart "}), tight);
  EXPECT_EQ(tokenizer.encode({ImagePart{0}, " \n ", ImagePart{1}}),
            tokenizer.encode({ImagePart{0}, ImagePart{1}}));
  EXPECT_EQ(tokenizer.encode({"\xE2\x80\x8B", ImagePart{0}}).size(),
            1 + 34 + 4u);  // U+200B is no blank: a blank piece, three bytes
}

// What is encoded decodes to itself, characters that the vocabulary does not know included.
TEST(Tokenizer, DecodesWhatItEncoded) {
  const auto tokenizer = phantom();
  for (const std::string text :
       {"Findings: There is a 24 mm nodule.", "M\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\xAB\x81\n\tend", "",
        " two  blanks "}) {
    EXPECT_EQ(tokenizer.decode(tokenizer.encode({text})), text);
  }
}

// Stray bytes become U+FFFD each; control, image and impossible ids say nothing.
TEST(Tokenizer, DecodesToValidText) {
  const auto tokenizer = phantom();
  const auto byte = [](int value) { return 3 + value; };
  EXPECT_EQ(tokenizer.decode({byte(0xC3), byte(0xBC)}), "\xC3\xBC");
  EXPECT_EQ(tokenizer.decode({byte(0xC3), 1, 2, 0, 768, 99999, -5, byte(0xBC)}), "\xC3\xBC");
  EXPECT_EQ(tokenizer.decode({byte(0xC3), byte('x'), byte(0xBC)}), "\xEF\xBF\xBDx\xEF\xBF\xBD");
  EXPECT_EQ(tokenizer.decode({byte(0xED), byte(0xA0), byte(0x80)}),
            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
  EXPECT_EQ(tokenizer.decode({}), "");
}

// The exact blanks of Python's str.strip, and no others.
TEST(UnicodeText, KnowsItsBlanks) {
  EXPECT_EQ(without_leading_blanks("\x1C\x1F\xC2\x85\xE1\x9A\x80\xE2\x80\x8A\xE2\x80\xA8\xE2\x81\x9Fx "),
            "x ");
  EXPECT_EQ(without_trailing_blanks(" x\xE2\x80\xAF\v\f"), " x");
  for (const std::string kept : {"\xE2\x80\x8B", "\xEF\xBB\xBF", "\xE1\xA0\x8E", "\x1B"})
    EXPECT_EQ(without_leading_blanks(kept), kept);
}

// A tokenizer of another vocabulary, a broken or a missing file is refused.
TEST(Tokenizer, RefusesWhatDoesNotFit) {
  auto config = *read_model_config("models/phantom/config.json");
  config.llama.vocab = 769;
  EXPECT_EQ(Tokenizer::load("models/phantom/tokenizer.model", config).error().code, "model_tokenizer_bad");
  const TestFolder folder;
  EXPECT_EQ(Tokenizer::load(folder.write("t.model", "\x0a\xff\xff\xff\xff"), config).error().code,
            "model_tokenizer_bad");
  EXPECT_EQ(Tokenizer::load(folder.path / "none", config).error().code, "model_file_missing");
}

}  // namespace
}  // namespace radfm::model
