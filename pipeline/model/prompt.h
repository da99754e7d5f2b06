// SPDX-License-Identifier: Apache-2.0
// What RadFM is asked: text and images in any order. Text is only ever text: nothing written in it can become an image
// or an end token. This header needs no torch; the worker builds prompts without being linked with it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>
#include <vector>

#include "core/result.h"

namespace radfm::model {

inline constexpr std::size_t prompt_text_bytes_max = 256u << 10;
// The engine's permanent error for a prompt that is longer than the model's context; a shorter one may be tried.
inline constexpr const char* prompt_too_long_code = "prompt_too_long";
inline constexpr std::size_t prompt_images_max = 8;  // the authors' test code cuts to 8

struct ImagePart {
  std::size_t image = 0;  // index into the request's images
};
using PromptPart = std::variant<std::string, ImagePart>;
using Prompt = std::vector<PromptPart>;

// Shape of one image in shared memory: uint8 [depth][row][column][channels], display order, 0 black to 255 white.
struct ImageShape {
  int width = 0, height = 0, depth = 0, channels = 1;
  std::size_t bytes() const { return std::size_t(width) * height * depth * channels; }
};

// Parts of a prompt (indices) that leave it together when it is too long for the model.
using PromptCut = std::vector<std::size_t>;
inline constexpr std::size_t prompt_cuts_max = 64;

struct GenerateOptions {
  int max_new_tokens = 200;
  // In the order in which they are made until the prompt fits (prompt_fitting.h). What no cut names always stays.
  std::vector<PromptCut> cuts = {};
};

// What came out. `text` is valid UTF-8 (bytes that are no character are U+FFFD).
struct Generated {
  std::string text;
  std::vector<int> token_ids;          // new tokens, without the end token
  std::string stopped;                 // "end", "limit", "cancelled"
  int prompt_tokens = 0;
  int cuts_made = 0;                   // so many of GenerateOptions::cuts, from the first: the model did not read those parts
  std::vector<std::string> flags;      // "repeats" (a loop), "prompt_shortened" (cuts were made), ...
  double vision_ms = 0, prefill_ms = 0, decode_ms = 0;
  int images_encoded = 0, images_from_cache = 0;
};

// Which model answers.
struct ModelFacts {
  std::string name, version, digest;   // digest: SHA-256 of the weights
  bool weights_from_seed = false;      // untrained: every report must say so in its first line
  std::string notice;                  // of the model's card: every report's first line; empty: none
  std::string weights_note;            // for people: "untrained weights drawn from seed phantom-1"
  std::int64_t parameters = 0;
  std::string device, dtype;           // "cpu", "cuda:0"; "f32", "bf16", "f16", "int8", "int4"
  std::string known_answer;            // "equal" to the recorded one; "not recorded"; "recorded" just now
  int image_height = 0, image_width = 0, depth_max = 0, context_tokens = 0;
  std::string prompt_template;         // prompt_template.h; empty: the first
};

nlohmann::json to_json(const Prompt& prompt);             // [{"text": "..."}, {"image": 0}]
Result<Prompt> prompt_from_json(const nlohmann::json& json);
nlohmann::json to_json(const std::vector<PromptCut>& cuts);  // [[2], [1, 3]]
// Of a prompt of `parts` parts. Nothing (a request from before there were cuts): none. permanent "bad_prompt": more than
// prompt_cuts_max, a part that is not there, or one that is named twice.
Result<std::vector<PromptCut>> cuts_from_json(const nlohmann::json& json, std::size_t parts);
nlohmann::json to_json(const Generated& generated);
Generated generated_from_json(const nlohmann::json& json);
nlohmann::json to_json(const ModelFacts& facts);
ModelFacts model_facts_from_json(const nlohmann::json& json);

}  // namespace radfm::model
