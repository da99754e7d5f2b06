// SPDX-License-Identifier: Apache-2.0
// Where the authors' code puts the images of a prompt into its question. The product has rules of its own
// (context, then images, then the question: built by whoever asks); this is the reference's placement, for
// comparison only.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/prompt.h"

namespace radfm::model::check {

enum class PromptSide { demo, dataset };  // Quick_demo/test.py; the data sets of training and test

// Question with its images, in order. An error's code is the reference's exception: "IndexError" (an image
// stands where the question has no character), "ValueError" (the demo needs an image).
//   demo: an image stands before the character at its position, negative ones count from the end; of two at
//   one
//     character the later one comes first.
//   dataset: before the character at max(position - 1, 0); of two at one character the earlier one comes
//   first.
// Positions count code points of UTF-8.
Result<Prompt> place_images(PromptSide side, const std::string& question,
                            const std::vector<std::int64_t>& positions);

// How the reference writes that prompt: each image as <image><imageN>...</image> with `latents` placeholders.
std::string text_with_specials(const Prompt& prompt, int latents);

}  // namespace radfm::model::check
