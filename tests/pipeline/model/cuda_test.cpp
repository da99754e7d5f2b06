// SPDX-License-Identifier: Apache-2.0
// The network on a GPU against the same network on the processor. Without a GPU each test says that it was not run.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <gtest/gtest.h>

#include "pipeline/model/cuda_device.h"
#include "pipeline/model/generation.h"
#include "pipeline/model/known_answer_check.h"
#include "tests/pipeline/model/tiny_network.h"

namespace radfm::model {
namespace {

#define GPU_OR_SKIP()                                                                                  \
  if (!cuda::built_in()) GTEST_SKIP() << "compiled, not run: this build is without CUDA";              \
  if (cuda::device_count() == 0) GTEST_SKIP() << "compiled, not run: no GPU";                          \
  cuda::set_deterministic()

const c10::Device gpu(c10::kCUDA, 0);

at::Tensor logits_of(const Radfm& model, const std::vector<int>& ids, const ModelInput& images) {
  std::vector<at::Tensor> encoded;
  for (int i = 0; i < images.images; ++i) encoded.push_back(model.encode_image(images, i));
  auto cache = model.make_cache(static_cast<std::int64_t>(ids.size()));
  return model.prefill(*model.embed(ids, at::cat(encoded, 0)), cache, 4).cpu();
}

// The device says who it is and how much memory it has.
TEST(Cuda, Device) {
  GPU_OR_SKIP();
  EXPECT_FALSE(cuda::device_name(0).empty());
  const auto memory = cuda::memory(0);
  EXPECT_GT(memory.free_bytes, 0);
  EXPECT_LE(memory.free_bytes, memory.total_bytes);
  std::cout << cuda::device_name(0) << ", " << memory.total_bytes / 1'000'000'000 << " GB\n";
}

// float32: logits within 1e-3 of the processor's, the same answer, and the same bits twice.
TEST(Cuda, Float32EqualsTheProcessor) {
  GPU_OR_SKIP();
  const auto processor = drawn_network(), device = drawn_network({gpu, WeightType::f32});
  const auto question = known_question(processor.config, 0);
  const auto image = known_image(processor.config, question.image);
  const auto expected = logits_of(processor.radfm, question.prompt, image);
  const auto first = logits_of(device.radfm, question.prompt, image),
             second = logits_of(device.radfm, question.prompt, image);
  EXPECT_LE((first - expected).abs().max().item<double>(), 1e-3);
  EXPECT_TRUE(at::equal(first, second));
  const auto answer = *computed_answer(processor.radfm, question);
  EXPECT_TRUE(compare_known_answer(answer, *computed_answer(device.radfm, question), WeightType::f32).ok());
}

// 16 bits: within the type's tolerance of the float32 answer.
TEST(Cuda, SixteenBitsAnswerAlike) {
  GPU_OR_SKIP();
  const auto answer = *sharpest_answer(drawn_network().radfm, "");
  for (const WeightType type : {WeightType::bf16, WeightType::f16}) {
    const auto computed = computed_answer(drawn_network({gpu, type}).radfm, answer.question);
    ASSERT_TRUE(computed.ok());
    const auto equal = compare_known_answer(answer, *computed, type);
    EXPECT_TRUE(equal.ok()) << compute_type_name(type) << ": " << equal.error().message;
  }
}

// The golden models: logits within 1e-3 in float32, the reference's greedy text; in bf16 the text or the step where it
// first differs, printed with its margin.
TEST(Cuda, GoldenModels) {
  GPU_OR_SKIP();
  GOLDEN_FOLDER_OR_SKIP(golden);
  for (const char* name : {"model-tiny-a", "model-tiny-b-bf16"}) {
    const auto folder = golden / name;
    const auto json = read_json(folder / "case.json");
    const auto config = *parse_model_config(json["config"].dump());
    for (const WeightType type : {WeightType::f32, WeightType::bf16}) {
      const auto network = network_of_file(config, folder / json["weights"].get<std::string>(), {gpu, type});
      for (const auto& prompt : json["prompts"]) {
        const auto ids = prompt["ids"].get<std::vector<int>>();
        const auto images = golden_images(prompt["vision"]);
        if (type == WeightType::f32) {
          const auto expected = SafetensorsFile::open(folder / prompt["tensors"].get<std::string>());
          const auto values = values_of<float>(expected->tensors().at("logits_last4"));
          const auto logits = logits_of(network.radfm, ids, images).contiguous();
          for (std::size_t i = 0; i < values.size(); ++i)
            ASSERT_NEAR(logits.data_ptr<float>()[i], values[i], 1e-3) << name;
        }
        auto expected = prompt["new_ids"].get<std::vector<int>>();
        const auto generated = generate_tokens(network.radfm, ids, images, static_cast<int>(expected.size()), {});
        ASSERT_TRUE(generated.ok()) << generated.error().message;
        if (prompt["stopped_at_eos"].get<bool>()) expected.pop_back();
        if (type == WeightType::f32) {
          EXPECT_EQ(generated->ids, expected) << name;
        }
        const auto& ours = generated->ids;
        const auto [mine, theirs] = std::mismatch(ours.begin(), ours.end(), expected.begin(), expected.end());
        if (theirs == expected.end() && mine == ours.end()) continue;
        const auto step = static_cast<std::size_t>(theirs - expected.begin());
        std::cout << name << " in " << compute_type_name(type) << ": first differs at step " << step
                  << ", where the margin is " << prompt["margins"][step].get<double>() << "\n";
      }
    }
  }
}

}  // namespace
}  // namespace radfm::model
