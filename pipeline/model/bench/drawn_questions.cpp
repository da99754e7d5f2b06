// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/drawn_questions.h"

#include "pipeline/model/seed_weights.h"
#include "pipeline/model/tokenizer.h"

namespace radfm::model {

ModelInput drawn_pictures(const ModelConfig& config, int images, int depth) {
  ModelInput input{images, config.vision.image_height, config.vision.image_width, depth, {}};
  const std::size_t channel = static_cast<std::size_t>(input.height) * static_cast<std::size_t>(input.width) *
                              static_cast<std::size_t>(depth);
  input.values.reserve(static_cast<std::size_t>(images) * image_channels * channel);
  const auto hash = name_hash("bench");
  for (std::size_t image = 0; image < static_cast<std::size_t>(images); ++image)
    for (int copy = 0; copy < image_channels; ++copy)
      for (std::size_t i = 0; i < channel; ++i) input.values.push_back(drawn_unit(hash, image * channel + i));
  return input;
}

std::vector<int> drawn_words(const ModelConfig& config, int count) {
  return drawn_prompt(config, 0, count);
}

std::vector<int> drawn_prompt(const ModelConfig& config, int images, int count) {
  std::vector<int> ids{start_token};
  for (int image = 0; image < images; ++image) {
    ids.push_back(config.image_token());
    for (int latent = 0; latent < config.perceiver.latents; ++latent)
      ids.push_back(config.first_placeholder(static_cast<std::size_t>(image)) + latent);
    ids.push_back(config.image_end_token());
  }
  const auto hash = name_hash("bench words");
  while (static_cast<int>(ids.size()) < count)
    ids.push_back(3 + static_cast<int>(drawn_unit(hash, ids.size()) * static_cast<float>(config.llama.vocab - 3)));
  return ids;
}

}  // namespace radfm::model
