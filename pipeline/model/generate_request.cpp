// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/generate_request.h"

#include <nlohmann/json.hpp>
#include <set>

namespace radfm::model {
namespace {

nlohmann::json shapes_json(const std::vector<EngineImage>& images) {
  nlohmann::json list = nlohmann::json::array();
  for (const EngineImage& image : images) {
    list.push_back({{"width", image.shape.width},
                    {"height", image.shape.height},
                    {"depth", image.shape.depth},
                    {"channels", image.shape.channels}});
  }
  return list;
}

}  // namespace

Status check_request(const Prompt& prompt, const std::vector<EngineImage>& images) {
  const auto refuse = [](const char* why) { return permanent_error("bad_prompt", std::string("the prompt is refused: ") + why); };
  if (images.size() > prompt_images_max) return refuse("too many images");
  for (const EngineImage& image : images) {
    const ImageShape& shape = image.shape;
    if (shape.width <= 0 || shape.height <= 0 || shape.depth <= 0 || (shape.channels != 1 && shape.channels != 3) ||
        image.pixels.size() != shape.bytes()) {
      return refuse("an image has an impossible shape");
    }
  }
  std::size_t text_bytes = 0;
  std::set<std::size_t> used;
  for (const PromptPart& part : prompt) {
    if (const auto* text = std::get_if<std::string>(&part)) text_bytes += text->size();
    if (const auto* image = std::get_if<ImagePart>(&part)) {
      if (image->image >= images.size() || !used.insert(image->image).second) return refuse("its images do not match");
    }
  }
  if (used.size() != images.size()) return refuse("its images do not match");
  if (text_bytes > prompt_text_bytes_max) return refuse("too much text");
  return {};
}

nlohmann::json generate_request(int id, const Prompt& prompt, const std::vector<EngineImage>& images, const GenerateOptions& options,
                                bool urgent) {
  return {{"type", "generate"},
          {"id", id},
          {"prompt", to_json(prompt)},
          {"images", shapes_json(images)},
          {"max_new_tokens", options.max_new_tokens},
          {"cuts", to_json(options.cuts)},
          {"urgent", urgent}};
}

}  // namespace radfm::model
