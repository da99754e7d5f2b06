// SPDX-License-Identifier: Apache-2.0
// Kind "vision-tiny": every stage of the vision part for every image of every run, with stored weights and
// input.
#include "pipeline/model/check/network_case.h"

namespace radfm::model::check {
namespace {

void check_run(Case& golden, const Fields& run, const Radfm& network, double tolerance,
               CaseFindings& findings) {
  const GoldenTensors file = golden.tensors(run, "tensors");
  const std::string name = run.text("tensors");
  const auto shape = file.shape("input");
  require_input_shape(shape, network.config(), run);
  const std::vector<std::int64_t> told{run.whole("images", 1, 1024), image_channels,
                                       run.whole("height", 1, 4096), run.whole("width", 1, 4096),
                                       run.whole("depth", 1, 4096)};
  if (golden.mistakes().any()) return;
  if (shape != told) run.wrong("images", "images, height, width and depth are not those of the input");
  const ModelInput input{static_cast<int>(shape[0]), static_cast<int>(shape[2]), static_cast<int>(shape[3]),
                         static_cast<int>(shape[4]), file.floats("input")};
  if (golden.mistakes().any()) return;
  Stages stages;
  for (int image = 0; image < input.images; ++image) network.encode_image(input, image, stages.observer());
  for (const std::string& stage : run.texts("stages")) {
    const auto expected = file.floats(stage);
    findings.add(compare_values(name + " " + shown(stage),
                                stages.holds(stage) ? stages.at(stage) : std::vector<float>(), expected,
                                tolerance));
  }
}

}  // namespace

Result<CaseFindings> check_vision_tiny(Case& golden, const CheckOptions&) {
  const Fields fields = golden.fields();
  const auto config = vision_config(fields.object("config"));
  const double tolerance = fields.tolerance("tolerance");
  const auto file = golden.file(fields, "weights");
  if (golden.mistakes().any()) return golden.mistakes().first();
  const auto checkpoint = Checkpoint::open_file(file);
  if (!checkpoint) return permanent_error("case_unreadable", checkpoint.error().message);
  if (auto fits = checkpoint->check(vision_tensors_of(*config)); !fits)
    return permanent_error("case_unreadable", fits.error().message);

  const Radfm network = vision_network(*config, stored_weights(*checkpoint, golden.mistakes()));
  CaseFindings findings;
  for (const Fields& run : fields.objects("runs")) check_run(golden, run, network, tolerance, findings);
  return findings;
}

}  // namespace radfm::model::check
