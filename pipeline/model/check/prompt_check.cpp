// SPDX-License-Identifier: Apache-2.0
// Kind "prompt": questions with images, their text with placeholders, their ids, the shape of the images'
// tensor.
#include "pipeline/model/check/case_tokenizer.h"
#include "pipeline/model/check/placement.h"
#include "pipeline/model/image_input.h"

namespace radfm::model::check {
namespace {

constexpr int published_vocab = 32000, frame_patch = 4, depth_max = 64;

struct PromptSizes {
  std::int64_t height = 512, width = 512;
  int latents = 32;
  std::size_t length_max = 2048;

  explicit PromptSizes(const Fields& config)
      : latents(static_cast<int>(config.whole("tokens_per_image", 1, 1024))),
        length_max(static_cast<std::size_t>(config.whole("max_length", 1, 1 << 20))) {
    const auto target = config.shape("target", 2);
    height = target[0], width = target[1];
  }
};

struct GoldenPrompt {
  PromptSide side = PromptSide::demo;
  std::string question;
  std::vector<std::int64_t> positions;
  int largest_depth = 1;

  explicit GoldenPrompt(const Fields& entry) : question(entry.text("question")) {
    const std::string name = entry.text("side");
    if (name == "dataset")
      side = PromptSide::dataset;
    else if (name != "demo")
      entry.wrong("side", "must be demo or dataset");
    for (const Fields& image : entry.objects("images")) {
      positions.push_back(image.whole("position", -1'000'000, 1'000'000));
      largest_depth = std::max(largest_depth, static_cast<int>(image.whole("depth", 1, 1 << 20)));
    }
  }

  // [1, S, 3, height, width, D]; without an image the data sets show one of zeros.
  std::vector<int> vision_shape(const PromptSizes& sizes) const {
    const int images = std::max(1, static_cast<int>(positions.size()));
    const int depth =
        side == PromptSide::demo ? frame_patch : common_depth(largest_depth, frame_patch, depth_max);
    return {1, images, image_channels, static_cast<int>(sizes.height), static_cast<int>(sizes.width), depth};
  }
};

struct PromptComparisons {
  EntryComparison text{"text"}, ids{"ids"}, prompt_ids{"ids: parts of a prompt"}, shape{"vision_shape"},
      published{"vision_shape_as_published"}, errors{"errors"};

  void entry(const Fields& fields, const PromptSizes& sizes, const Tokenizer& tokenizer,
             CaseFindings& findings) {
    const GoldenPrompt golden(fields);
    const auto placed = place_images(golden.side, golden.question, golden.positions);
    errors.entry(placed.ok() != fields.has("error"), placed.ok()
                                                         ? "it is built, an error is expected"
                                                         : placed.error().code + ", a prompt is expected");
    if (!placed) {
      if (fields.has("error") && fields.text("error") != placed.error().code)
        findings.notes.push_back("an error is " + placed.error().code + ", the reference's is " +
                                 shown(fields.text("error")));
      return;
    }
    if (fields.has("error")) return;
    const std::string written = text_with_specials(*placed, sizes.latents);
    text.entry(compare_exact("", written, fields.text("text")));
    compare_ids(fields, golden, *placed, written, sizes, tokenizer);
    shape.entry(compare_exact("", golden.vision_shape(sizes), fields.ids("vision_shape")));
    if (!fields.has("vision_shape_as_published")) return;
    auto joined = golden.vision_shape(sizes);  // the demo joins images along the channels
    joined[2] *= std::exchange(joined[1], 1);
    published.entry(compare_exact("", joined, fields.ids("vision_shape_as_published")));
  }

  void compare_ids(const Fields& fields, const GoldenPrompt& golden, const Prompt& placed,
                   const std::string& written, const PromptSizes& sizes, const Tokenizer& tokenizer) {
    const auto expected = fields.ids("ids");
    const auto cut = [&](std::vector<int> all) {
      if (all.size() > sizes.length_max) all.resize(sizes.length_max);
      return all;
    };
    ids.entry(
        compare_exact("", cut(tokenizer.encode_with_specials(written, prompt_special_images)), expected));
    if (!has_special_tokens(golden.question))  // to the product that is text like any other
      prompt_ids.entry(compare_exact("", cut(tokenizer.encode(placed)), expected));
  }
};

}  // namespace

Result<CaseFindings> check_prompt(Case& golden, const CheckOptions& options) {
  const Fields fields = golden.fields();
  const PromptSizes sizes(fields.object("config"));
  const auto entries = golden.list(fields, "prompts");
  if (golden.mistakes().any()) return golden.mistakes().first();
  const auto file = find_tokenizer(golden, "tokenizer/tokenizer.model", options);
  if (!file) return file.error();
  const auto tokenizer = load_tokenizer(*file, published_vocab, sizes.latents);
  if (!tokenizer) return tokenizer.error();

  CaseFindings findings;
  PromptComparisons comparisons;
  for (const Fields& entry : entries) comparisons.entry(entry, sizes, *tokenizer, findings);
  for (const auto* part : {&comparisons.text, &comparisons.ids, &comparisons.prompt_ids, &comparisons.shape,
                           &comparisons.published, &comparisons.errors})
    if (part->result().compared > 0) findings.add(part->result());
  if (fields.has("count"))
    findings.add(compare_exact("count", std::vector{static_cast<std::int64_t>(entries.size())},
                               std::vector{fields.whole("count", 0, INT64_MAX)}));
  return findings;
}

}  // namespace radfm::model::check
