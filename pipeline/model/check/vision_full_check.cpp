// SPDX-License-Identifier: Apache-2.0
// Kind "vision-full": the vision part of published size with weights and input by formula, sampled at every
// stage.
#include "pipeline/model/check/network_case.h"
#include "pipeline/model/seed_weights.h"

namespace radfm::model::check {
namespace {

// value(c, h, w, d) = 0.5 p(name, flat index) + 0.5 (h / 512) (w / 512); every step but the last sum is exact
// in float32.
ModelInput formula_input(const std::string& name, const std::vector<std::int64_t>& shape) {
  constexpr float side = 512;
  ModelInput input{static_cast<int>(shape[0]),
                   static_cast<int>(shape[2]),
                   static_cast<int>(shape[3]),
                   static_cast<int>(shape[4]),
                   {}};
  const auto hash = name_hash(name);
  input.values.reserve(static_cast<std::size_t>(shape[0] * shape[1] * shape[2] * shape[3] * shape[4]));
  std::uint64_t index = 0;
  for (std::int64_t plane = 0; plane < shape[0] * shape[1]; ++plane)
    for (std::int64_t h = 0; h < shape[2]; ++h)
      for (std::int64_t w = 0; w < shape[3]; ++w) {
        const float ramp = 0.5f * ((static_cast<float>(h) / side) * (static_cast<float>(w) / side));
        for (std::int64_t d = 0; d < shape[4]; ++d)
          input.values.push_back(0.5f * drawn_unit(hash, index++) + ramp);
      }
  return input;
}

// [S, tokens, width] of a stage's values.
std::vector<std::int64_t> stage_shape(const std::string& stage, std::int64_t images, std::size_t values,
                                      const ModelConfig& config) {
  const std::int64_t width = stage == "fc" ? config.llama.hidden : config.vision.dim;
  return {images, static_cast<std::int64_t>(values) / images / width, width};
}

void compare_sampled(const std::string& stage, const GoldenTensors& samples, const std::vector<float>& values,
                     double tolerance, const Fields& fields, CaseFindings& findings) {
  if (!samples.holds(stage + ".index")) return;
  const auto index = samples.wholes(stage + ".index");
  std::vector<float> got;
  for (const std::int64_t at : index) {
    if (at < 0 || at >= static_cast<std::int64_t>(values.size())) {
      fields.wrong("samples", "an index of " + shown(stage) + " lies outside the tensor");
      return;
    }
    got.push_back(values[static_cast<std::size_t>(at)]);
  }
  findings.add(compare_values(stage + " sampled", got, samples.floats(stage + ".value"), tolerance));
}

// Some columns of every embedding.
void compare_embeddings(const GoldenTensors& samples, const std::vector<float>& values, std::int64_t width,
                        double tolerance, const Fields& fields, CaseFindings& findings) {
  if (!samples.holds("fc.columns")) return;
  const auto columns = samples.wholes("fc.columns");
  for (const std::int64_t column : columns)
    if (column < 0 || column >= width) {
      fields.wrong("samples", "a column of fc lies outside the tensor");
      return;
    }
  findings.add(compare_values("fc columns", columns_of(values, width, columns), samples.floats("fc.sampled"),
                              tolerance));
}

}  // namespace

Result<CaseFindings> check_vision_full(Case& golden, const CheckOptions& options) {
  const Fields fields = golden.fields();
  const auto config = vision_config(fields.object("config"));
  const double tolerance = fields.tolerance("tolerance");
  const Fields input_fields = fields.object("input");
  const auto shape = input_fields.shape("shape", 5);
  const std::string name = input_fields.text("name");
  const GoldenTensors samples = golden.tensors(fields, "samples");
  if (config) require_input_shape(shape, *config, fields);
  if (golden.mistakes().any()) return golden.mistakes().first();

  CaseFindings findings;
  compare_generator_vectors(fields, vision_tensors_of(*config), findings);
  if (options.progress) options.progress("drawing weights");
  const Radfm network = vision_network(*config, drawn_weights());
  if (options.progress) options.progress("drawing the input");
  const ModelInput input = formula_input(name, shape);
  Stages stages;
  stages.tell(options.progress);
  for (int image = 0; image < input.images; ++image) network.encode_image(input, image, stages.observer());

  const Fields expected = fields.object("stages");
  for (const std::string& stage : expected.keys()) {
    if (!stages.holds(stage)) {
      expected.wrong(stage, "is no stage of the vision part");
      continue;
    }
    const auto& values = stages.at(stage);
    compare_sampled(stage, samples, values, tolerance, fields, findings);
    compare_statistics(stage, expected.object(stage), values,
                       stage_shape(stage, shape[0], values.size(), *config), tolerance, findings);
  }
  if (stages.holds("fc"))
    compare_embeddings(samples, stages.at("fc"), config->llama.hidden, tolerance, fields, findings);
  return findings;
}

}  // namespace radfm::model::check
