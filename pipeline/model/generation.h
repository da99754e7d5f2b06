// SPDX-License-Identifier: Apache-2.0
// Greedy decoding: always the likeliest token, so that the same prompt gives the same text. One text from beginning to end;
// several together, step by step: sequence.h.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/image_input.h"
#include "pipeline/model/model_config.h"

namespace radfm::model {

class EmbeddingCache;
class Radfm;

// What a generation tells and asks while it runs.
struct GenerationControl {
  // Stages "vision" (images; told again after each layer of the tower), "reading_prompt" (layers), "generating" (tokens;
  // `tokens` are those so far). The longest silence is one layer of an image or of the prompt, or one token.
  std::function<void(const char* stage, int done, int of, const std::vector<int>& tokens)> progress;
  // Looked at before each layer of the vision tower, layer of the prompt, and token.
  const std::atomic<bool>* cancelled = nullptr;
  // Called before each layer of an image, each layer of the prompt and each further token. All that this generation has so far
  // is its own: another one of the same model may run inside, and the text is the same as without. Its time is not counted.
  std::function<void()> between_steps;
  EmbeddingCache* embeddings = nullptr;  // images that it holds are not encoded again
};

struct GeneratedTokens {
  std::vector<int> ids;  // without the end token
  std::string stopped;   // "end": </s> (2), or <s> (1), which the authors' configuration names as its end;
                         // "limit": max_new_tokens or the context; "cancelled"
  bool repeats = false;  // a loop was seen; the tokens are left as they are
  int images_encoded = 0, images_from_cache = 0;
  double vision_ms = 0, prefill_ms = 0, decode_ms = 0;
};

// `prompt` begins with <s>. Errors: permanent "prompt_too_long" (no room for a single new token),
// "prompt_empty", "prompt_image_missing", "model_output_not_finite".
Result<GeneratedTokens> generate_tokens(const Radfm& model, const std::vector<int>& prompt,
                                        const ModelInput& images, int max_new_tokens,
                                        const GenerationControl& control);

// "prompt_too_long", for a prompt that fills the context alone.
Error prompt_too_long(std::size_t tokens, const ModelConfig& config);

// The last tokens are one stretch of at most 32 tokens, said four times or more and at least 12 tokens long
// in all.
bool ends_in_loop(const std::vector<int>& ids);

}  // namespace radfm::model
