// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/check/preprocess_case.h"

namespace radfm::model::check {

ModelConfig input_config(std::int64_t height, std::int64_t width) {
  ModelConfig config;
  config.vision.image_height = static_cast<int>(height);
  config.vision.image_width = static_cast<int>(width);
  config.vision.frame_patch = 4;
  config.input.depth_max = 64;
  return config;
}

PictureKind picture_kind(const Fields& config) {
  const auto kind = parse_picture_kind(config.text("picture"));
  if (!kind) config.wrong("picture", "must be noise or smooth");
  return kind.value_or(PictureKind::noise);
}

ImageShape picture_shape(const Fields& fields, bool volume) {
  // Two at least: the smooth picture divides by the size less one.
  ImageShape shape{static_cast<int>(fields.whole("width", 2, image_side_max)),
                   static_cast<int>(fields.whole("height", 2, image_side_max)),
                   volume ? static_cast<int>(fields.whole("depth", 1, image_depth_max)) : 1,
                   volume ? 1 : image_channels};
  if (const auto fits = check_image_shape(shape); !fits) {
    fields.wrong("width", fits.error().message);
    shape.width = shape.height = shape.depth = 2;
  }
  return shape;
}

Samples read_samples(Case& golden, const Fields& fields, std::int64_t values) {
  const GoldenTensors file = golden.tensors(fields, "samples");
  Samples samples{file.wholes("index"), file.floats("value")};
  if (samples.index.size() != samples.value.size() || samples.index.empty())
    fields.wrong("samples", "must hold as many values as indices, and one at least");
  for (const std::int64_t index : samples.index) {
    if (index >= 0 && index < values) continue;
    fields.wrong("samples", "an index lies outside the tensor");
    return {};
  }
  if (fields.has("sample_count") &&
      fields.whole("sample_count", 0, INT64_MAX) != static_cast<std::int64_t>(samples.index.size()))
    fields.wrong("sample_count", "is not the number of samples");
  return samples;
}

Comparison compare_samples(const std::string& name, const Samples& samples, const std::vector<float>& values,
                           double tolerance) {
  std::vector<float> got;
  for (const std::int64_t index : samples.index) got.push_back(values.at(static_cast<std::size_t>(index)));
  return compare_values(name, got, samples.value, tolerance);
}

double mean_of(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += double{value};
  return sum / static_cast<double>(values.size());
}

}  // namespace radfm::model::check
