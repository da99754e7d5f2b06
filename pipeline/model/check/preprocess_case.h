// SPDX-License-Identifier: Apache-2.0
// What the two kinds of preprocessing cases have in common.
#pragma once

#include "pipeline/model/check/check_kinds.h"
#include "pipeline/model/check/golden_pictures.h"
#include "pipeline/model/model_config.h"

namespace radfm::model::check {

// The published model's input at another height and width.
ModelConfig input_config(std::int64_t height, std::int64_t width);

PictureKind picture_kind(const Fields& config);
// "width", "height" (and "depth") of `fields`, judged by check_image_shape.
ImageShape picture_shape(const Fields& fields, bool volume);

// The values of samples.safetensors ("index" into `values`, ascending, and "value") and how many there are.
struct Samples {
  std::vector<std::int64_t> index;
  std::vector<float> value;
};
Samples read_samples(Case& golden, const Fields& fields, std::int64_t values);
Comparison compare_samples(const std::string& name, const Samples& samples, const std::vector<float>& values,
                           double tolerance);

double mean_of(const std::vector<float>& values);

}  // namespace radfm::model::check
