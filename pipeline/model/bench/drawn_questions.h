// SPDX-License-Identifier: Apache-2.0
// Images and words by formula, the same on every machine. Links no torch.
#pragma once

#include <vector>

#include "pipeline/model/image_input.h"

namespace radfm::model {

// Grey pictures: the three channels are one.
ModelInput drawn_pictures(const ModelConfig& config, int images, int depth);
// Words of the vocabulary behind <s>.
std::vector<int> drawn_words(const ModelConfig& config, int count);
// A prompt of that many tokens that begins with that many images.
std::vector<int> drawn_prompt(const ModelConfig& config, int images, int count);

}  // namespace radfm::model
