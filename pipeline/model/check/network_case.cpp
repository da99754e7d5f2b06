// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/check/network_case.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "pipeline/model/seed_weights.h"

namespace radfm::model::check {
namespace {

struct Statistics {
  double mean = 0, deviation = 0, min = 0, max = 0;

  explicit Statistics(const std::vector<float>& values) {
    const auto count = static_cast<double>(values.size());
    for (const float value : values) mean += double{value} / count;
    for (const float value : values) deviation += (double{value} - mean) * (double{value} - mean) / count;
    deviation = std::sqrt(deviation);
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    min = double{*low}, max = double{*high};
  }
};

}  // namespace

Observe Stages::observer() {
  return [this](const std::string& stage, const at::Tensor& value) {
    if (progress_) progress_(stage);
    const auto values = floats_of(value);
    auto& kept = values_[stage];
    kept.insert(kept.end(), values.begin(), values.end());
  };
}

std::vector<float> floats_of(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kFloat).contiguous();
  std::vector<float> values(static_cast<std::size_t>(flat.numel()));
  if (!values.empty()) std::memcpy(values.data(), flat.data_ptr<float>(), values.size() * sizeof(float));
  return values;
}

std::optional<ModelConfig> vision_config(const Fields& config) {
  const std::int64_t width = config.whole("embedding_dim", 2, 1 << 17);
  const nlohmann::json sizes = {
      {"vision", config.object("vision").as_json()},
      {"perceiver", config.object("perceiver").as_json()},
      {"llama", {{"vocab", 3}, {"hidden", width}, {"mlp", 1}, {"layers", 1}, {"heads", 1}}}};
  auto parsed = parse_model_config(sizes.dump());
  if (!parsed) {
    config.wrong("config", parsed.error().message);
    return {};
  }
  parsed->llama.layers = 0;
  parsed->llama.context = 1;
  if (parameters_of(*parsed) <= check_parameters_max) return std::move(parsed).value();
  config.wrong("config", "the network has more than " + std::to_string(check_parameters_max) + " parameters");
  return {};
}

WeightSource drawn_weights() {
  return [](const TensorSpec& spec) {
    const auto values = draw_tensor("", spec);
    at::Tensor tensor = at::empty(spec.shape, at::TensorOptions(at::kFloat));
    std::memcpy(tensor.data_ptr<float>(), values.data(), values.size() * sizeof(float));
    return tensor;
  };
}

WeightSource stored_weights(const Checkpoint& checkpoint, Mistakes& mistakes) {
  return [&](const TensorSpec& spec) {
    const auto bytes = checkpoint.read(spec.name);
    if (!bytes) {
      mistakes.add(bytes.error().message);
      return at::zeros(spec.shape);
    }
    const auto type = *checkpoint.at(spec.name).type;
    at::Tensor tensor = at::empty(spec.shape, at::TensorOptions(type == WeightType::f16    ? at::kHalf
                                                                : type == WeightType::bf16 ? at::kBFloat16
                                                                                           : at::kFloat));
    std::memcpy(tensor.data_ptr(), bytes->data(), bytes->size());
    return tensor.to(at::kFloat);
  };
}

Weights weights_of(const std::vector<TensorSpec>& specs, const WeightSource& source) {
  std::unordered_map<std::string, at::Tensor> tensors;
  for (const auto& spec : specs) tensors.emplace(spec.name, source(spec));
  return Weights::of_tensors(std::move(tensors));
}

Radfm vision_network(const ModelConfig& config, const WeightSource& weights) {
  std::unordered_map<std::string, at::Tensor> tensors;
  for (const auto& spec : tensors_of(config))
    tensors.emplace(spec.name, at::zeros(spec.name.starts_with("lang_model.") ||
                                                 spec.name.ends_with("figure_token_weight")
                                             ? spec.shape
                                             : std::vector<std::int64_t>{0}));
  for (const auto& spec : vision_tensors_of(config)) tensors[spec.name] = weights(spec);
  return {config, Weights::of_tensors(std::move(tensors))};
}

void require_input_shape(const std::vector<std::int64_t>& shape, const ModelConfig& config,
                         const Fields& fields) {
  const auto& vision = config.vision;
  const auto fits = [](std::int64_t size, int step, int most) {
    return size >= step && size % step == 0 && size / step <= most;
  };
  if (shape.size() == 5 && shape[0] >= 1 && shape[1] == image_channels &&
      fits(shape[2], vision.patch, vision.rows()) && fits(shape[3], vision.patch, vision.columns()) &&
      fits(shape[4], vision.frame_patch, vision.depths()) &&
      shape[2] / vision.patch * (shape[3] / vision.patch) * (shape[4] / vision.frame_patch) <=
          case_values_max / std::max({vision.dim, vision.mlp, 3 * vision.heads * vision.dim_head}))
    return;
  fields.wrong(
      "input",
      "must be [images, 3, rows, columns, depth] in whole patches, not beyond the position tables, and no "
      "layer may need more than 1 GiB for one tensor");
}

void compare_generator_vectors(const Fields& fields, const std::vector<TensorSpec>& tensors,
                               CaseFindings& findings) {
  if (!fields.has("generator_vectors")) return;
  const Fields vectors = fields.object("generator_vectors");
  EntryComparison drawn("generator_vectors");
  for (const std::string& name : vectors.keys()) {
    const auto found =
        std::find_if(tensors.begin(), tensors.end(), [&](const auto& spec) { return spec.name == name; });
    if (found == tensors.end()) {
      vectors.wrong(name, "is no tensor of this network");
      continue;
    }
    TensorSpec spec = *found;
    if (spec.shape.size() == 2) spec.shape[0] = 1;  // its first row is enough
    const auto expected = vectors.numbers(name);
    auto values = draw_tensor("", spec);
    values.resize(std::min(values.size(), expected.size()));
    drawn.entry(compare_exact_bits("", values, expected));
  }
  findings.add(drawn.result());
}

void compare_statistics(const std::string& stage, const Fields& expected, const std::vector<float>& values,
                        const std::vector<std::int64_t>& shape, double tolerance, CaseFindings& findings) {
  const std::vector<int> expected_shape = expected.ids("shape");
  const std::vector<int> own_shape(shape.begin(), shape.end());
  findings.add(compare_exact(stage + " shape", own_shape, expected_shape));
  const Statistics own(values);
  Comparison worst =
      compare_value(stage + " mean, std, min, max", own.mean, expected.number("mean"), tolerance);
  for (const auto& [name, value] : {std::pair{"std", own.deviation}, {"min", own.min}, {"max", own.max}}) {
    const Comparison one = compare_value(worst.name, value, expected.number(name), tolerance);
    worst.compared += 1;
    worst.worst = std::max(worst.worst, one.worst);
    if (worst.difference.empty() && !one.within())
      worst.difference = std::string(name) + " " + one.difference;
  }
  findings.add(worst);
  const auto first = expected.numbers("first");
  const std::vector<float> own_first(
      values.begin(), values.begin() + static_cast<std::ptrdiff_t>(std::min(values.size(), first.size())));
  findings.add(compare_values(stage + " first", own_first, first, tolerance));
}

std::vector<float> columns_of(const std::vector<float>& values, std::int64_t width,
                              const std::vector<std::int64_t>& columns) {
  std::vector<float> picked;
  const auto row_width = static_cast<std::size_t>(width);
  for (std::size_t row = 0; row + row_width <= values.size(); row += row_width)
    for (const std::int64_t column : columns)
      picked.push_back(values.at(row + static_cast<std::size_t>(column)));
  return picked;
}

}  // namespace radfm::model::check
