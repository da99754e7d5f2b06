// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/prompt.h"

#include <nlohmann/json.hpp>

#include "pipeline/process/json_field.h"

namespace radfm::model {
namespace {

using nlohmann::json;
using process::field;
using process::flag_field;
using process::int_field;
using process::integer_field;
using process::number_field;
using process::text_field;
using process::texts_field;

Error bad_prompt(const std::string& why) { return permanent_error("bad_prompt", "the prompt cannot be read: " + why); }

}  // namespace

json to_json(const Prompt& prompt) {
  json parts = json::array();
  for (const PromptPart& part : prompt) {
    if (const auto* text = std::get_if<std::string>(&part)) parts.push_back({{"text", *text}});
    if (const auto* image = std::get_if<ImagePart>(&part)) parts.push_back({{"image", image->image}});
  }
  return parts;
}

Result<Prompt> prompt_from_json(const json& parts) {
  if (!parts.is_array()) return bad_prompt("it is no list of parts");
  Prompt prompt;
  std::size_t text_bytes = 0, images = 0;
  for (const json& part : parts) {
    if (field(part, "text").is_string()) {
      std::string text = text_field(part, "text");
      text_bytes += text.size();
      if (text_bytes > prompt_text_bytes_max) {
        return bad_prompt("its text has more than " + std::to_string(prompt_text_bytes_max) + " bytes");
      }
      prompt.emplace_back(std::move(text));
    } else if (field(part, "image").is_number_integer()) {
      const std::int64_t image = integer_field(part, "image", -1);
      if (image < 0 || image >= std::int64_t(prompt_images_max) || ++images > prompt_images_max) {
        return bad_prompt("it has more than " + std::to_string(prompt_images_max) + " images");
      }
      prompt.emplace_back(ImagePart{static_cast<std::size_t>(image)});
    } else {
      return bad_prompt("a part is neither text nor image");
    }
  }
  return prompt;
}

json to_json(const std::vector<PromptCut>& cuts) {
  json list = json::array();
  for (const PromptCut& cut : cuts) list.push_back(cut);
  return list;
}

Result<std::vector<PromptCut>> cuts_from_json(const json& list, std::size_t parts) {
  std::vector<PromptCut> cuts;
  if (list.is_null()) return cuts;
  if (!list.is_array() || list.size() > prompt_cuts_max) {
    return bad_prompt("its cuts are no list of at most " + std::to_string(prompt_cuts_max));
  }
  std::vector<bool> named(parts, false);
  for (const json& item : list) {
    PromptCut cut;
    if (!item.is_array() || item.empty()) return bad_prompt("a cut is no list of parts");
    for (const json& index : item) {
      if (!index.is_number_unsigned() || index.get<std::uint64_t>() >= parts) return bad_prompt("a cut names a part that is not there");
      const auto part = static_cast<std::size_t>(index.get<std::uint64_t>());
      if (named[part]) return bad_prompt("its cuts name a part twice");
      named[part] = true;
      cut.push_back(part);
    }
    cuts.push_back(std::move(cut));
  }
  return cuts;
}

json to_json(const Generated& generated) {
  return {{"text", generated.text},
          {"token_ids", generated.token_ids},
          {"stopped", generated.stopped},
          {"prompt_tokens", generated.prompt_tokens},
          {"cuts_made", generated.cuts_made},
          {"flags", generated.flags},
          {"vision_ms", generated.vision_ms},
          {"prefill_ms", generated.prefill_ms},
          {"decode_ms", generated.decode_ms},
          {"images_encoded", generated.images_encoded},
          {"images_from_cache", generated.images_from_cache}};
}

Generated generated_from_json(const json& object) {
  Generated generated;
  generated.text = text_field(object, "text");
  const json& ids = field(object, "token_ids");
  if (ids.is_array()) {
    for (const json& id : ids) {
      if (id.is_number_integer()) generated.token_ids.push_back(id.get<int>());
    }
  }
  generated.stopped = text_field(object, "stopped");
  generated.prompt_tokens = int_field(object, "prompt_tokens");
  generated.cuts_made = int_field(object, "cuts_made");
  generated.flags = texts_field(object, "flags");
  generated.vision_ms = number_field(object, "vision_ms");
  generated.prefill_ms = number_field(object, "prefill_ms");
  generated.decode_ms = number_field(object, "decode_ms");
  generated.images_encoded = int_field(object, "images_encoded");
  generated.images_from_cache = int_field(object, "images_from_cache");
  return generated;
}

json to_json(const ModelFacts& facts) {
  return {{"name", facts.name},
          {"version", facts.version},
          {"digest", facts.digest},
          {"weights_from_seed", facts.weights_from_seed},
          {"notice", facts.notice},
          {"weights_note", facts.weights_note},
          {"parameters", facts.parameters},
          {"device", facts.device},
          {"dtype", facts.dtype},
          {"known_answer", facts.known_answer},
          {"image_height", facts.image_height},
          {"image_width", facts.image_width},
          {"depth_max", facts.depth_max},
          {"context_tokens", facts.context_tokens},
          {"prompt_template", facts.prompt_template}};
}

ModelFacts model_facts_from_json(const json& object) {
  ModelFacts facts;
  facts.name = text_field(object, "name");
  facts.version = text_field(object, "version");
  facts.digest = text_field(object, "digest");
  facts.weights_from_seed = flag_field(object, "weights_from_seed", true);  // in doubt the report says "untrained"
  facts.notice = text_field(object, "notice");
  facts.weights_note = text_field(object, "weights_note");
  facts.parameters = integer_field(object, "parameters");
  facts.device = text_field(object, "device");
  facts.dtype = text_field(object, "dtype");
  facts.known_answer = text_field(object, "known_answer");
  facts.image_height = int_field(object, "image_height");
  facts.image_width = int_field(object, "image_width");
  facts.depth_max = int_field(object, "depth_max");
  facts.context_tokens = int_field(object, "context_tokens");
  facts.prompt_template = text_field(object, "prompt_template");
  return facts;
}

}  // namespace radfm::model
