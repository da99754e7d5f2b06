// SPDX-License-Identifier: Apache-2.0
// What a model must answer: known_answer.json of a model directory. A digest tells that the weights are the right
// bytes; this tells that this library, on this processor or GPU, computes the right numbers with them. Recorded once
// in float32 (radfmctl model record DIR), checked each time the model is loaded. Links no torch.
//
//   {"format": 1, "weights_digest": "...", "prompt": [1, 32000, ...], "image": "known answer 3",
//    "new_ids": [..], "margins": [..], "logits": {"min": -9.1, "max": 12.5, "values": [..]}}
//
// The picture is the smallest that the model takes, image_height x image_width x frame_patch with
// value i = p(image, i) of seed_weights.h. `new_ids` are the likeliest tokens, step by step (end tokens do not end
// it); `margins` by how much each led before the next one; `logits` of the first step: bounds, and the values of
// evenly spread tokens.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/compute_type.h"
#include "pipeline/model/image_input.h"
#include "pipeline/model/model_config.h"

namespace radfm::model {

inline constexpr int known_answer_tokens = 4;           // each costs one pass over all weights
inline constexpr std::size_t known_answer_text_ids = 6;  // of the prompt, behind the image
inline constexpr std::size_t known_answer_logits = 32;   // values of the first step that are kept
inline constexpr std::size_t known_answer_bytes_max = 1u << 20;

struct KnownQuestion {
  std::vector<int> prompt;
  std::string image;  // the name that its pixels are drawn from
};

struct KnownAnswer {
  std::string weights_digest;
  KnownQuestion question;
  std::vector<int> new_ids;
  std::vector<double> margins;
  double logits_min = 0, logits_max = 0;
  std::vector<double> logits;
};

// The number-th question that a model of these sizes can be asked: an image and a few words, all by formula.
KnownQuestion known_question(const ModelConfig& config, int number);
ModelInput known_image(const ModelConfig& config, const std::string& name);
// Which tokens' logits are kept.
std::vector<int> known_logit_ids(const ModelConfig& config);

// How far a logit of this type may be from the recorded one, as a share of the recorded bounds' distance.
double known_answer_tolerance(WeightType type);

// Nothing when the directory has none. permanent "model_known_answer_bad": unreadable, or recorded for other sizes or
// weights.
Result<std::optional<KnownAnswer>> read_known_answer(const std::filesystem::path& directory,
                                                     const ModelConfig& config,
                                                     const std::string& weights_digest);
// Whole or not at all. transient "disk_failed".
Status write_known_answer(const std::filesystem::path& directory, const KnownAnswer& answer);

// How far the computed logits are from the recorded ones at most, as a share of the recorded bounds' distance; infinite
// where a number is none.
double logit_distance(const KnownAnswer& recorded, const KnownAnswer& computed);

// permanent "model_known_answer_differs". In float32 the tokens must be the same; in 16 bits up to the first step
// whose margin is no larger than what rounding can turn.
Status compare_known_answer(const KnownAnswer& recorded, const KnownAnswer& computed, WeightType type);

}  // namespace radfm::model
