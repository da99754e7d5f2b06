// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/made_from.h"

#include <algorithm>

#include "core/digest.h"
#include "pipeline/process/json_field.h"

namespace radfm::draft {
namespace {

using nlohmann::json;

std::string digest_of(const imaging::PixelBlock& block, const model::ImageShape& shape) {
  Sha256 sha;
  for (const int size : {shape.width, shape.height, shape.depth, shape.channels}) {
    const std::string text = std::to_string(size) + " ";
    sha.update(text.data(), text.size());
  }
  sha.update(block.display.data(), block.display.size());
  return sha.hex();
}

void compare(const std::string& then, const std::string& now, const std::string& what, std::vector<std::string>& found) {
  if (then != now) found.push_back(what + " was " + (then.empty() ? "not kept" : then) + " and is " + now + ".");
}

template <class List>
void compare_lists(const List& then, const List& now, const std::string& one, std::vector<std::string>& found) {
  if (then.size() != now.size()) {
    found.push_back("There were " + std::to_string(then.size()) + " " + one + "s and are " + std::to_string(now.size()) + ".");
    return;
  }
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (then[i] != now[i]) found.push_back(one + " " + std::to_string(i + 1) + " of " + std::to_string(now.size()) + " differs.");
  }
}

}  // namespace

MadeFrom made_from(const Prepared& prepared, const model::ModelFacts& facts, int max_new_tokens) {
  MadeFrom from;
  from.build = RADFM_VERSION;
  from.model_name = facts.name;
  from.model_version = facts.version;
  from.model_digest = facts.digest;
  from.device = facts.device;
  from.dtype = facts.dtype;
  from.max_new_tokens = max_new_tokens;
  from.prompt = model::to_json(prepared.prompt);
  for (std::size_t i = 0; i < prepared.images.size(); ++i) from.images.push_back(digest_of(*prepared.images[i], prepared.shapes[i]));
  return from;
}

json to_json(const MadeFrom& from) {
  return {{"build", from.build},
          {"model", {{"name", from.model_name}, {"version", from.model_version}, {"digest", from.model_digest},
                     {"device", from.device}, {"dtype", from.dtype}}},
          {"max_new_tokens", from.max_new_tokens},
          {"prompt", from.prompt},
          {"images", from.images}};
}

MadeFrom made_from_json(const json& kept) {
  MadeFrom from;
  if (!kept.is_object()) return from;
  from.build = process::text_field(kept, "build");
  const json model = kept.value("model", json::object());
  from.model_name = process::text_field(model, "name");
  from.model_version = process::text_field(model, "version");
  from.model_digest = process::text_field(model, "digest");
  from.device = process::text_field(model, "device");
  from.dtype = process::text_field(model, "dtype");
  from.max_new_tokens = static_cast<int>(process::int_field(kept, "max_new_tokens"));
  from.prompt = kept.value("prompt", json::array());
  for (const json& image : kept.value("images", json::array())) {
    if (image.is_string()) from.images.push_back(image.get<std::string>());
  }
  return from;
}

std::vector<std::string> changes(const MadeFrom& then, const MadeFrom& now) {
  std::vector<std::string> found;
  compare(then.build, now.build, "The build", found);
  compare(then.model_name + " " + then.model_version, now.model_name + " " + now.model_version, "The model", found);
  compare(then.model_digest, now.model_digest, "The digest of the model's weights", found);
  compare(then.device + " in " + then.dtype, now.device + " in " + now.dtype, "The device", found);
  compare(std::to_string(then.max_new_tokens), std::to_string(now.max_new_tokens), "max_new_tokens", found);
  compare_lists(then.prompt, now.prompt, "Prompt part", found);
  compare_lists(then.images, now.images, "Image", found);
  return found;
}

}  // namespace radfm::draft
