// SPDX-License-Identifier: Apache-2.0
// Kind "preprocess2d": a picture brought to the network's size as the weights saw it.
#include "pipeline/model/check/preprocess_case.h"

namespace radfm::model::check {
namespace {

// The input's first depth place, [3, H, W]: the reference has no depth yet.
std::vector<float> first_place(const ModelInput& input) {
  std::vector<float> plane;
  const auto depth = static_cast<std::size_t>(input.depth);
  plane.reserve(input.values.size() / depth);
  for (std::size_t i = 0; i < input.values.size(); i += depth) plane.push_back(input.values[i]);
  return plane;
}

// A picture is the same at each of the D places.
Comparison compare_places(const ModelInput& input) {
  Comparison same;
  same.name = "repeated along D";
  same.compared = static_cast<std::int64_t>(input.values.size());
  const auto depth = static_cast<std::size_t>(input.depth);
  for (std::size_t i = 0; i < input.values.size(); ++i)
    if (input.values[i] != input.values[i - i % depth]) same.worst += 1;
  if (same.worst > 0) same.difference = "the picture is not the same at each depth";
  return same;
}

void compare_means(const Fields& fields, const std::vector<float>& plane, CaseFindings& findings) {
  if (!fields.has("tolerance_mean")) return;
  const double tolerance = fields.tolerance("tolerance_mean");
  findings.add(compare_value("mean", mean_of(plane), fields.number("mean"), tolerance));
  if (!fields.has("channel_mean")) return;
  const auto expected = fields.numbers("channel_mean");
  std::vector<float> means;
  const auto area = static_cast<std::ptrdiff_t>(plane.size() / image_channels);
  for (std::ptrdiff_t c = 0; c < image_channels; ++c)
    means.push_back(static_cast<float>(
        mean_of(std::vector<float>(plane.begin() + c * area, plane.begin() + (c + 1) * area))));
  findings.add(compare_values("channel_mean", means, expected, tolerance));
}

}  // namespace

Result<CaseFindings> check_preprocess2d(Case& golden, const CheckOptions&) {
  const Fields fields = golden.fields(), config = fields.object("config");
  const auto kind = picture_kind(config);
  const auto source = picture_shape(config, false);
  const auto shape = fields.shape("shape", 3);  // [3, H, W]
  if (shape[0] != image_channels || shape[1] > image_side_max || shape[2] > image_side_max)
    fields.wrong("shape", "must be [3, rows, columns]");
  const auto samples = read_samples(golden, fields, shape[0] * shape[1] * shape[2]);
  const double tolerance = fields.tolerance("tolerance");
  if (golden.mistakes().any()) return golden.mistakes().first();

  const auto drawn = draw_picture(kind, source.width, source.height);
  const auto input = prepare_images({drawn.source()}, input_config(shape[1], shape[2]));
  if (!input) return input.error();
  CaseFindings findings;
  const auto plane = first_place(*input);
  findings.add(compare_samples("samples", samples, plane, tolerance));
  compare_means(fields, plane, findings);
  findings.add(compare_places(*input));
  return findings;
}

}  // namespace radfm::model::check
