// SPDX-License-Identifier: Apache-2.0
// A text in the making, step by step: each image through the vision tower and each prompt through the language model, a layer a
// step, and then a token a step. Several are made together: those that decode make a step in one pass over the weights. All
// that a sequence has so far is its own, so that its tokens are the same whatever is done between its steps and beside it.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/generation.h"
#include "pipeline/model/radfm.h"

namespace radfm::model {

// For one thread at a time, as all sequences that are stepped together.
class Sequence {
 public:
  // `prompt` begins with <s>. The model and what `control` points to must outlive it; `control.between_steps` is not called.
  // `images` are given back once they are read. A prompt that cannot be read is told by result().
  Sequence(const Radfm& model, std::vector<int> prompt, std::shared_ptr<const ModelInput> images, int max_new_tokens,
           GenerationControl control);

  bool has_ended() const { return phase_ == Phase::ended; }
  bool decodes() const { return phase_ == Phase::decoding; }  // its next step is a token: decode_together

  // One layer of an image or of the prompt; the last layer's step gives the first token. Not when it decodes or has ended.
  void prepare_step();

  // Ends it with an error that was met outside, as a device that has no memory left.
  void fail(Error error);
  // Once it has ended. Errors: those of generate_tokens.
  const Result<GeneratedTokens>& result() const { return result_; }

 private:
  friend void decode_together(const std::vector<Sequence*>& sequences);
  enum class Phase { vision, prompt, decoding, ended };

  bool is_cancelled() const { return control_.cancelled && control_.cancelled->load(); }
  void tell(const char* stage, int done, int of) const;
  void end(const char* how);
  void end_with(Result<GeneratedTokens> result);  // and gives back what it held
  void begin_image();
  void image_step();
  void keep_image(const at::Tensor& encoded);
  void begin_prompt();
  void prompt_step();
  void take_token(const at::Tensor& logits);  // float32 [vocab] of the next one

  const Radfm& model_;
  const std::vector<int> prompt_;
  std::shared_ptr<const ModelInput> images_;
  const int images_count_, limit_;
  const GenerationControl control_;
  Phase phase_ = Phase::vision;
  GeneratedTokens made_;
  Result<GeneratedTokens> result_;
  std::vector<at::Tensor> encoded_;  // images that are ready
  int layer_ = 0;                    // of the image or the prompt that is read
  at::Tensor x_;                     // what that layer gets; undefined before the first one
  std::string image_key_;            // in the cache of embeddings
  std::optional<KeyValueCache> cache_;
};

// One token more of each; all of them decode, of one model. A step that throws has changed none
// of their texts, but none of them can go on.
void decode_together(const std::vector<Sequence*>& sequences);

}  // namespace radfm::model
