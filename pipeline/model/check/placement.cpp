// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/check/placement.h"

#include <algorithm>

namespace radfm::model::check {
namespace {

std::vector<std::string> code_points(const std::string& text) {
  std::vector<std::string> points;
  for (const char byte : text) {
    if (points.empty() || (static_cast<unsigned char>(byte) & 0xC0) != 0x80) points.emplace_back();
    points.back() += byte;
  }
  return points;
}

// The character before which an image stands, or nothing where Python raises IndexError.
Result<std::size_t> character_of(PromptSide side, std::int64_t position, std::size_t length) {
  const auto count = static_cast<std::int64_t>(length);
  std::int64_t at = side == PromptSide::dataset ? std::max<std::int64_t>(position - 1, 0) : position;
  if (at < 0) at += count;
  if (at < 0 || at >= count)
    return permanent_error("IndexError", "an image stands at " + std::to_string(position) +
                                             ", the question has " + std::to_string(length) + " characters");
  return static_cast<std::size_t>(at);
}

}  // namespace

Result<Prompt> place_images(PromptSide side, const std::string& question,
                            const std::vector<std::int64_t>& positions) {
  const std::vector<std::string> points = code_points(question);
  if (side == PromptSide::demo && positions.empty())
    return permanent_error("ValueError", "the demo needs an image");
  std::vector<std::vector<std::size_t>> before(points.size());  // images before each character
  for (std::size_t image = 0; image < positions.size(); ++image) {
    const auto at = character_of(side, positions[image], points.size());
    if (!at) return at.error();
    auto& images = before[*at];
    images.insert(side == PromptSide::demo ? images.begin() : images.end(), image);
  }
  Prompt prompt;
  std::string text;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!before[i].empty() && !text.empty()) prompt.emplace_back(std::exchange(text, {}));
    for (const std::size_t image : before[i]) prompt.emplace_back(ImagePart{image});
    text += points[i];
  }
  if (!text.empty()) prompt.emplace_back(text);
  return prompt;
}

std::string text_with_specials(const Prompt& prompt, int latents) {
  std::string text;
  for (const auto& part : prompt) {
    if (const auto* words = std::get_if<std::string>(&part)) {
      text += *words;
      continue;
    }
    const std::size_t first = std::get<ImagePart>(part).image * static_cast<std::size_t>(latents);
    text += "<image>";
    for (std::size_t i = first; i < first + static_cast<std::size_t>(latents); ++i)
      text += "<image" + std::to_string(i) + ">";
    text += "</image>";
  }
  return text;
}

}  // namespace radfm::model::check
