// SPDX-License-Identifier: Apache-2.0
// The same network in float32 and in 16 bits, twice, and on one and two threads.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <gtest/gtest.h>

#include "pipeline/model/generation.h"
#include "tests/pipeline/model/tiny_network.h"

namespace radfm::model {
namespace {

struct Outcome {
  std::vector<int> ids;
  at::Tensor logits;  // of the first new token
};

Outcome run_of(const Radfm& model, const std::vector<int>& prompt, const ModelInput& images, int tokens) {
  Outcome run;
  auto generated = generate_tokens(model, prompt, images, tokens, {});
  if (!generated) throw std::runtime_error(generated.error().message);
  run.ids = generated->ids;
  std::vector<at::Tensor> encoded;
  for (int i = 0; i < images.images; ++i) encoded.push_back(model.encode_image(images, i));
  auto cache = model.make_cache(static_cast<std::int64_t>(prompt.size()));
  run.logits = model.prefill(*model.embed(prompt, at::cat(encoded, 0)), cache);
  return run;
}

// Greedy text in 16 bits is the reference's float32 text, or differs first at a step whose margin rounding can turn:
// that step is printed. A text that differs behind a wide margin is a mistake.
void compare_type(const std::filesystem::path& folder, const Placement& placement, double margin_turned_max) {
  const std::string type = std::string(compute_type_name(placement.type)) + (placement.packed ? " packed" : "");
  const auto json = read_json(folder / "case.json");
  const auto config = *parse_model_config(json["config"].dump());
  const auto network = network_of_file(config, folder / json["weights"].get<std::string>(), placement);
  int equal = 0, prompts = 0;
  for (const auto& prompt : json["prompts"]) {
    auto expected = prompt["new_ids"].get<std::vector<int>>();
    const auto margins = prompt["margins"].get<std::vector<double>>();
    const auto generated = generate_tokens(network.radfm, prompt["ids"].get<std::vector<int>>(),
                                           golden_images(prompt["vision"]), static_cast<int>(expected.size()), {});
    ASSERT_TRUE(generated.ok()) << generated.error().message;
    if (prompt["stopped_at_eos"].get<bool>()) expected.pop_back();
    ++prompts;
    const auto& ids = generated->ids;
    const auto [ours, theirs] = std::mismatch(ids.begin(), ids.end(), expected.begin(), expected.end());
    if (ours == ids.end() && theirs == expected.end()) {
      ++equal;
      continue;
    }
    const auto step = static_cast<std::size_t>(theirs - expected.begin());
    std::cout << folder.filename().string() << " in " << type << ", "
              << prompt["note"].get<std::string>() << ": first differs at step " << step << ", where the margin is "
              << margins.at(step) << "\n";
    EXPECT_LE(margins.at(step), margin_turned_max) << prompt["note"];
  }
  std::cout << folder.filename().string() << " in " << type << ": " << equal << " of " << prompts
            << " texts equal float32's\n";
}

TEST(ComputeTypesGolden, GreedyTextIn16Bits) {
  GOLDEN_FOLDER_OR_SKIP(golden);
  for (const char* name : {"model-tiny-a", "model-tiny-b-bf16"}) {
    compare_type(golden / name, {c10::kCPU, WeightType::bf16}, 0.2);
    compare_type(golden / name, {c10::kCPU, WeightType::f16}, 0.05);
  }
}

// Packed matrices too: float32 turns no token at all, whole numbers those whose margin is within what rounding weights costs.
TEST(ComputeTypesGolden, GreedyTextOfPackedWeights) {
  GOLDEN_FOLDER_OR_SKIP(golden);
  for (const char* name : {"model-tiny-a", "model-tiny-b-bf16"}) {
    compare_type(golden / name, {c10::kCPU, WeightType::f32, 1, true}, 0);
    compare_type(golden / name, {c10::kCPU, WeightType::bf16, 1, true}, 0.2);
    compare_type(golden / name, {c10::kCPU, WeightType::int8}, 0.2);
    compare_type(golden / name, {c10::kCPU, WeightType::int4}, 2);
  }
}

// Two runs give the same tokens and the same logits to the bit, on one thread and on two, in each type.
TEST(ComputeTypes, RepeatToTheBit) {
  const int threads_before = at::get_num_threads();
  for (const WeightType type : {WeightType::f32, WeightType::bf16}) {
    const auto network = drawn_network({c10::kCPU, type});
    ModelInput images{1, 16, 16, 8, {}};
    for (std::size_t i = 0; i < 3 * 16 * 16 * 8; ++i) images.values.push_back(drawn_unit(name_hash("picture"), i));
    const std::vector<int> prompt{1, 32, 34, 35, 33, 5, 9, 30, 11};
    for (const int threads : {1, 2}) {
      SCOPED_TRACE(std::string(compute_type_name(type)) + ", threads: " + std::to_string(threads));
      at::set_num_threads(threads);
      const Outcome first = run_of(network.radfm, prompt, images, 20), second = run_of(network.radfm, prompt, images, 20);
      EXPECT_EQ(first.ids, second.ids);
      EXPECT_TRUE(at::equal(first.logits, second.logits));
    }
  }
  at::set_num_threads(threads_before);
}

// The same at a size where threads share the work.
TEST(ComputeTypesGolden, RepeatsToTheBit) {
  GOLDEN_FOLDER_OR_SKIP(golden);
  const int threads_before = at::get_num_threads();
  const auto folder = golden / "model-tiny-b-bf16";
  const auto json = read_json(folder / "case.json");
  const auto config = *parse_model_config(json["config"].dump());
  const auto& prompt = json["prompts"][0];
  for (const WeightType type : {WeightType::f32, WeightType::bf16}) {
    const auto network = network_of_file(config, folder / json["weights"].get<std::string>(), {c10::kCPU, type});
    for (const int threads : {1, 2}) {
      SCOPED_TRACE(std::string(compute_type_name(type)) + ", threads: " + std::to_string(threads));
      at::set_num_threads(threads);
      const auto ids = prompt["ids"].get<std::vector<int>>();
      const auto images = golden_images(prompt["vision"]);
      const Outcome first = run_of(network.radfm, ids, images, 8), second = run_of(network.radfm, ids, images, 8);
      EXPECT_EQ(first.ids, second.ids);
      EXPECT_TRUE(at::equal(first.logits, second.logits));
    }
  }
  at::set_num_threads(threads_before);
}

}  // namespace
}  // namespace radfm::model
