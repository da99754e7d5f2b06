// SPDX-License-Identifier: Apache-2.0
// A record as the network learns from it: images as inference prepares them, token ids as inference reads them, and the
// weights of the answer's tokens. Plain values, no torch.
#pragma once

#include <cstdint>
#include <vector>

#include "core/result.h"
#include "demo/training/record.h"
#include "pipeline/model/model_config.h"
#include "pipeline/model/tokenizer.h"

namespace radfm::training {

struct Example {
  std::uint64_t number = 0;  // of its record
  // All images of a record have one shape; pixels [image][channel][row][column][depth], 0 to 1.
  int images = 0, channels = 1, height = 0, width = 0, depth = 0;
  std::vector<float> pixels;
  std::vector<std::uint64_t> keys;  // of each image: equal for equal pixels
  bool vision_learns = true;        // false: its images are only looked at, which costs a third
  std::vector<ImageLabels>
      labels;  // one for each image or none; maps of the grid [rows][columns][depths] of this shape
  std::vector<int> pair_labels;
  // Prompt, answer, </s>. Empty: only the heads learn from it.
  std::vector<int> ids;
  std::size_t answer_begin = 0;  // of ids: the answer's first token
  std::vector<float> weights;    // one for each of ids from answer_begin on

  std::size_t pixels_of_image() const { return pixels.size() / static_cast<std::size_t>(images); }
  std::size_t answer_tokens() const { return ids.size() - answer_begin; }
};

struct ExampleOptions {
  int channels = 1;              // 1: grey pictures, by a patch embedding of a third of the size; 3: as inference
  float emphasis_weight = 3.0f;  // of a token that touches an emphasised stretch; of the others 1
  bool language = true;          // false: no ids are made
};

// Errors, all permanent, with the record's number: "record_colour" (three channels where the training has one),
// "record_too_long" (more tokens than the context), "record_bad" (labels that do not fit `kinds` or the images, or an
// emphasis outside of the answer), and those of prepare_images.
Result<Example> prepare_example(const Record& record, std::uint64_t number, const LabelKinds& kinds,
                                const model::Tokenizer& tokenizer, const model::ModelConfig& config,
                                const ExampleOptions& options);

// The answer's ids without <s> and </s>: what inference would have to write after the prompt.
std::vector<int> answer_ids(const model::Tokenizer& tokenizer, const std::string& answer);

}  // namespace radfm::training
