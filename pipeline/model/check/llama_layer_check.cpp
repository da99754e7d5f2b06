// SPDX-License-Identifier: Apache-2.0
// Kind "llama-layer-full": one layer of published width and the last norm, with weights and input by formula,
// and the rotary tables.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pipeline/model/check/network_case.h"
#include "pipeline/model/llama.h"
#include "pipeline/model/seed_weights.h"

namespace radfm::model::check {
namespace {

constexpr std::int64_t context_max = 1 << 16;
constexpr int layers_named = 512;  // generator vectors may name other layers than the one that runs
const std::string layer_root = "lang_model.model.layers.";

// A language model of the case's sizes with `layers` layers. What it looks at does not matter here.
std::optional<ModelConfig> language_config(const Fields& config, int layers) {
  const nlohmann::json sizes = {
      {"vision",
       {{"image_size", 4},
        {"frames", 4},
        {"patch", 4},
        {"frame_patch", 4},
        {"dim", 3},
        {"depth", 1},
        {"heads", 1},
        {"dim_head", 1},
        {"mlp", 1}}},
      {"perceiver", {{"depth", 1}, {"latents", 1}, {"heads", 1}, {"dim_head", 1}, {"ff_mult", 1}}},
      {"llama",
       {{"vocab", 3},
        {"hidden", config.whole("hidden", 2, 1 << 17)},
        {"mlp", config.whole("mlp", 1, 1 << 17)},
        {"layers", layers},
        {"heads", config.whole("heads", 1, 1024)},
        {"rms_norm_eps", config.number("rms_norm_eps")},
        {"rope_base", config.number("rope_base")}}}};
  auto parsed = parse_model_config(sizes.dump());
  if (parsed && (layers > 1 || parameters_of(*parsed) <= check_parameters_max))
    return std::move(parsed).value();
  config.wrong("config",
               parsed ? "the layer has more than " + std::to_string(check_parameters_max) + " parameters"
                      : parsed.error().message);
  return {};
}

// Layer `layer` of the published model as the only one.
Weights layer_weights(const ModelConfig& config, std::int64_t layer, const CheckOptions& options) {
  std::unordered_map<std::string, at::Tensor> tensors;
  const std::string own = layer_root + "0.";
  const WeightSource draw = drawn_weights();
  for (TensorSpec spec : tensors_of(config)) {
    if (!spec.name.starts_with("lang_model.")) continue;
    const std::string name = spec.name;
    if (!name.starts_with(own) && name != "lang_model.model.norm.weight") {
      tensors.emplace(name, at::zeros(spec.shape));
      continue;
    }
    if (options.progress) options.progress("drawing " + name);
    if (name.starts_with(own)) spec.name = layer_root + std::to_string(layer) + "." + name.substr(own.size());
    tensors.emplace(name, draw(spec));
  }
  return Weights::of_tensors(std::move(tensors));
}

std::vector<float> formula_input(const std::string& name, std::int64_t values) {
  const auto hash = name_hash(name);
  std::vector<float> input;
  for (std::int64_t i = 0; i < values; ++i)
    input.push_back(drawn_signed(hash, static_cast<std::uint64_t>(i)));
  return input;
}

void compare_rotary(Case& golden, const Fields& fields, LlamaConfig config, CaseFindings& findings) {
  if (!fields.has("rope")) return;
  const GoldenTensors file = golden.tensors(fields, "rope");
  const auto positions = file.wholes("position");
  if (positions.empty()) fields.wrong("rope", "must name positions");
  if (golden.mistakes().any()) return;
  for (const std::int64_t position : positions)
    if (position < 0 || position >= context_max) return fields.wrong("rope", "a position is impossible");
  findings.add(compare_exact_bits("rope inv_freq", rotary_frequencies(config), file.floats("inv_freq")));
  config.context = static_cast<int>(1 + *std::max_element(positions.begin(), positions.end()));
  // The frequencies are the reference's, so the closer of the two tolerances holds.
  const double tolerance = fields.tolerance("tolerance_rope_given_inv_freq");
  for (const bool sine : {false, true}) {
    const auto table = floats_of(rotary_table(config, sine));
    const auto width = static_cast<std::size_t>(config.head_width());
    std::vector<float> got;
    for (const std::int64_t position : positions) {
      const auto row =
          table.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(position) * width);
      got.insert(got.end(), row, row + static_cast<std::ptrdiff_t>(width));
    }
    const char* name = sine ? "sin" : "cos";
    findings.add(compare_values(std::string("rope ") + name, got, file.floats(name), tolerance));
  }
}

// "attention" of the case is what layer 0 of the network tells as "attention.0".
std::string told_as(const std::string& stage) {
  return stage == "norm" ? stage : stage + ".0";
}

}  // namespace

Result<CaseFindings> check_llama_layer(Case& golden, const CheckOptions& options) {
  const Fields fields = golden.fields(), sizes = fields.object("config");
  auto config = language_config(sizes, 1);
  const auto named = language_config(sizes, layers_named);
  const std::int64_t layer = sizes.whole("layer", 0, layers_named - 1),
                     sequence = sizes.whole("sequence", 1, 1 << 13);
  const double tolerance = fields.tolerance("tolerance");
  const auto shape = fields.object("input").shape("shape", 3);
  const std::string name = fields.object("input").text("name");
  const GoldenTensors samples = golden.tensors(fields, "samples");
  const auto columns = samples.wholes("columns");
  if (config && (shape[0] != 1 || shape[1] != sequence || shape[2] != config->llama.hidden ||
                 sequence * config->llama.mlp > case_values_max))
    fields.wrong("input", "shape must be [1, sequence, hidden], with less than 1 GiB in the MLP");
  for (const std::int64_t column : columns)
    if (column < 0 || column >= shape[2]) fields.wrong("samples", "a column lies outside the tensor");
  if (golden.mistakes().any()) return golden.mistakes().first();

  CaseFindings findings;
  compare_generator_vectors(fields, tensors_of(*named), findings);
  config->llama.context = static_cast<int>(sequence);
  const at::NoGradGuard no_grad;
  const Llama network(config->llama, layer_weights(*config, layer, options));
  KeyValueCache cache(config->llama, sequence, at::TensorOptions(at::kFloat));
  std::vector<float> input = formula_input(name, shape[1] * shape[2]);
  Stages stages;
  stages.tell(options.progress);
  network.forward(at::from_blob(input.data(), {shape[1], shape[2]}, at::TensorOptions(at::kFloat)), cache,
                  stages.observer());

  const Fields expected = fields.object("stages");
  for (const std::string& stage : expected.keys()) {
    if (!stages.holds(told_as(stage))) {
      expected.wrong(stage, "is no stage of a layer");
      continue;
    }
    const auto& values = stages.at(told_as(stage));
    findings.add(compare_values(stage + " columns", columns_of(values, shape[2], columns),
                                samples.floats(stage), tolerance));
    compare_statistics(stage, expected.object(stage), values, {shape[1], shape[2]}, tolerance, findings);
  }
  compare_rotary(golden, fields, config->llama, findings);
  return findings;
}

}  // namespace radfm::model::check
