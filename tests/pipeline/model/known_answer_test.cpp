// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "pipeline/model/known_answer_check.h"
#include "tests/pipeline/model/tiny_network.h"

namespace radfm::model {
namespace {

constexpr const char* digest = "the digest of some weights";

KnownAnswer recorded(const TestNetwork& network) { return *sharpest_answer(network.radfm, digest); }

std::string code_of(const Status& status) { return status.ok() ? "" : status.error().code; }

// What is written is what is read; a folder without one has none; nothing else is left in it.
TEST(KnownAnswer, ComesBackFromItsFile) {
  const TestFolder folder;
  const auto network = drawn_network();
  EXPECT_FALSE(read_known_answer(folder.path, network.config, digest)->has_value());
  const auto answer = recorded(network);
  ASSERT_TRUE(write_known_answer(folder.path, answer).ok());
  const auto back = read_known_answer(folder.path, network.config, digest);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ((*back)->new_ids, answer.new_ids);
  EXPECT_EQ((*back)->margins, answer.margins);
  EXPECT_EQ((*back)->logits, answer.logits);
  EXPECT_EQ((*back)->question.prompt, answer.question.prompt);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path), {}), 1);
  EXPECT_EQ(read_known_answer(folder.path, network.config, "other").error().code, "model_known_answer_bad");
}

// Computed again it is equal in float32; in 16 bits within the type's tolerance. (Printed: how near.)
TEST(KnownAnswer, IsEqualInEachType) {
  const auto answer = recorded(drawn_network());
  for (const WeightType type : {WeightType::f32, WeightType::bf16, WeightType::f16}) {
    const auto computed = computed_answer(drawn_network({c10::kCPU, type}).radfm, answer.question);
    ASSERT_TRUE(computed.ok());
    std::cout << compute_type_name(type) << ": logits within " << logit_distance(answer, *computed) << " of their range\n";
    const auto equal = compare_known_answer(answer, *computed, type);
    EXPECT_TRUE(equal.ok()) << compute_type_name(type) << ": " << equal.error().message;
  }
}

// Another token, or a logit at and one step past the tolerance.
TEST(KnownAnswer, DifferencesAreFound) {
  const auto answer = recorded(drawn_network());
  auto other = answer;
  other.new_ids[3] = (other.new_ids[3] + 1) % 32;
  EXPECT_EQ(code_of(compare_known_answer(answer, other, WeightType::f32)), "model_known_answer_differs");

  for (const WeightType type : {WeightType::f32, WeightType::bf16, WeightType::f16}) {
    const double allowed = known_answer_tolerance(type) * (answer.logits_max - answer.logits_min);
    auto near = answer, far = answer, broken = answer;
    near.logits[5] += 0.999 * allowed;
    far.logits[5] += 1.001 * allowed;
    broken.logits[5] = NAN;
    EXPECT_EQ(code_of(compare_known_answer(answer, near, type)), "");
    EXPECT_EQ(code_of(compare_known_answer(answer, far, type)), "model_known_answer_differs");
    EXPECT_EQ(code_of(compare_known_answer(answer, broken, type)), "model_known_answer_differs");
  }
}

// In 16 bits a token may differ behind a margin that rounding can turn, not before; in float32 never.
TEST(KnownAnswer, SmallMarginsEndTheComparisonIn16Bits) {
  auto answer = recorded(drawn_network());
  const double allowed = known_answer_tolerance(WeightType::bf16) * (answer.logits_max - answer.logits_min);
  answer.margins = {9 * allowed, 2 * allowed, 9 * allowed, 9 * allowed};
  auto late = answer, early = answer;
  late.new_ids[1] = (late.new_ids[1] + 1) % 32;
  early.new_ids[0] = (early.new_ids[0] + 1) % 32;
  EXPECT_EQ(code_of(compare_known_answer(answer, late, WeightType::bf16)), "");
  EXPECT_EQ(code_of(compare_known_answer(answer, early, WeightType::bf16)), "model_known_answer_differs");
  EXPECT_EQ(code_of(compare_known_answer(answer, late, WeightType::f32)), "model_known_answer_differs");
  answer.margins[1] = 2.001 * allowed;
  EXPECT_EQ(code_of(compare_known_answer(answer, late, WeightType::bf16)), "model_known_answer_differs");
}

// A changed weight gives another answer: the check sees what it is for.
TEST(KnownAnswer, AnotherNetworkDiffers) {
  const TestFolder folder;
  const auto network = drawn_network();
  std::vector<NamedTensor> tensors;
  for (const auto& spec : tensors_of(network.config)) tensors.push_back({spec, draw_tensor("test", spec)});
  for (auto& tensor : tensors)
    if (tensor.spec.name == "embedding_layer.fc.weight") tensor.values[7] += 8;
  const auto other = network_of_file(network.config, folder.write("m.safetensors", safetensors_bytes(tensors)));
  const auto answer = recorded(network);
  EXPECT_EQ(code_of(compare_known_answer(answer, *computed_answer(other.radfm, answer.question), WeightType::f32)),
            "model_known_answer_differs");
}

// Without a recorded answer: broken numbers and a vision part that changes nothing are found.
TEST(KnownAnswer, SanityWithoutOne) {
  const auto network = drawn_network();
  EXPECT_TRUE(check_without_answer(network.radfm).ok());
  const auto with = [&](const std::string& name, float value) {
    const TestFolder folder;
    std::vector<NamedTensor> tensors;
    for (const auto& spec : tensors_of(network.config)) tensors.push_back({spec, draw_tensor("test", spec)});
    for (auto& tensor : tensors)
      if (tensor.spec.name == name) std::fill(tensor.values.begin(), tensor.values.end(), value);
    const auto changed = network_of_file(network.config, folder.write("m.safetensors", safetensors_bytes(tensors)));
    return code_of(check_without_answer(changed.radfm));
  };
  EXPECT_EQ(with("embedding_layer.fc.weight", 0), "model_ignores_images");
  EXPECT_EQ(with("lang_model.lm_head.weight", NAN), "model_output_not_finite");
}

// Hostile files: each malformed field is refused, nothing is believed.
TEST(KnownAnswer, RefusesMalformedFiles) {
  const TestFolder folder;
  const auto network = drawn_network();
  ASSERT_TRUE(write_known_answer(folder.path, recorded(network)).ok());
  const auto good = read_json(folder.path / "known_answer.json");
  const auto code = [&](const std::string& text) {
    folder.write("known_answer.json", text);
    const auto answer = read_known_answer(folder.path, network.config, digest);
    return answer.ok() ? "" : answer.error().code;
  };
  const auto changed = [&](const char* pointer, const nlohmann::json& value) {
    auto json = good;
    json[nlohmann::json::json_pointer(pointer)] = value;
    return code(json.dump());
  };
  EXPECT_EQ(code(good.dump()), "");
  for (const char* text : {"", "[]", "{", "{\"format\": 1}"}) EXPECT_EQ(code(text), "model_known_answer_bad") << text;
  const std::vector<std::pair<const char*, nlohmann::json>> mistakes{
      {"/format", 2}, {"/weights_digest", 5}, {"/image", nullptr}, {"/image", std::string(201, 'x')},
      {"/prompt", nlohmann::json::array()}, {"/prompt", std::vector<int>(12, 3)}, {"/prompt/0", 36}, {"/prompt/0", -1},
      {"/prompt/0", "1"}, {"/new_ids/0", 32}, {"/new_ids", {1, 2, 3}}, {"/new_ids/1", 1.5}, {"/margins", {1}},
      {"/logits", 1}, {"/logits/min", "low"}, {"/logits/max", -1e9}, {"/logits/values", {1, 2}}};
  for (const auto& [pointer, value] : mistakes)
    EXPECT_EQ(changed(pointer, value), "model_known_answer_bad") << pointer << " " << value;
  EXPECT_EQ(changed("/prompt", std::vector<int>(11, 3)), "");  // at the limit: 2 + 3 + 6 ids
}

// A model that holds no image in its context is told so.
TEST(KnownAnswer, NeedsRoomForOneImage) {
  auto network = drawn_network();
  ModelConfig config = network.config;
  config.llama.context = 14;  // 1 + 1 + 2 + 1 + 6 ids and 4 tokens would be 15
  EXPECT_EQ(check_without_answer(Radfm(config, network.weights)).error().code, "model_config_bad");
  config.llama.context = 15;
  EXPECT_TRUE(check_without_answer(Radfm(config, network.weights)).ok());
}

}  // namespace
}  // namespace radfm::model
