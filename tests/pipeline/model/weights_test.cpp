// SPDX-License-Identifier: Apache-2.0
// How weights come into memory: as views of their file, as one copy, in another type; and where the model is placed.
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include "pipeline/model/weights.h"
#include "tests/pipeline/model/golden_case.h"
#include "tests/pipeline/model/tiny_model.h"

namespace radfm::model {
namespace {

const ModelConfig& tiny() {
  static const ModelConfig config = *parse_model_config(tiny_config_json().dump());
  return config;
}

std::vector<NamedTensor> drawn() {
  std::vector<NamedTensor> tensors;
  for (const auto& spec : tensors_of(tiny())) tensors.push_back({spec, draw_tensor("test", spec)});
  return tensors;
}

// The bytes of a checkpoint whose tensors are stored in this type, the first one `shift` bytes off its alignment.
std::string checkpoint_bytes(at::ScalarType type, const char* dtype, std::size_t shift = 0) {
  nlohmann::json header = nlohmann::json::object();
  std::string data;
  for (const auto& tensor : drawn()) {
    at::Tensor values = at::empty(tensor.spec.shape, at::TensorOptions(at::kFloat));
    std::memcpy(values.data_ptr(), tensor.values.data(), tensor.values.size() * sizeof(float));
    values = values.to(type);
    const std::size_t begin = data.size();
    data.append(static_cast<const char*>(values.data_ptr()), values.nbytes());
    header[tensor.spec.name] = {
        {"dtype", dtype}, {"shape", tensor.spec.shape}, {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  while (text.size() % 64 != 56 + shift) text += ' ';  // 8 bytes of length stand before it
  return safetensors_bytes(text, data);
}

ModelFiles model_of(const TestFolder& folder, const std::string& checkpoint) {
  folder.write("model.safetensors", checkpoint);
  folder.write("config.json", tiny_config_json().dump());
  folder.write("card.json", R"({"name": "t", "version": "1", "licence": "x", "intended_use": "tests"})");
  auto files = open_model_files(folder.path);
  if (!files) throw std::runtime_error(files.error().message);
  return std::move(files).value();
}

Placement on_processor(WeightType type) { return {c10::kCPU, type}; }

bool lies_in_file(const ModelFiles& files, const Weights& weights, const std::string& name) {
  return weights.at(name).data_ptr() == files.checkpoint->at(name).data;
}

constexpr const char* some_name = "lang_model.model.layers.0.mlp.up_proj.weight";

// Stored type = computed type: the tensors are the file's own bytes, also after the files object has gone.
TEST(Weights, StoredTypeIsAView) {
  for (const auto& [torch_type, dtype, type] :
       {std::tuple{at::kFloat, "F32", WeightType::f32}, std::tuple{at::kBFloat16, "BF16", WeightType::bf16},
        std::tuple{at::kHalf, "F16", WeightType::f16}}) {
    SCOPED_TRACE(dtype);
    const TestFolder folder;
    std::optional<ModelFiles> files = model_of(folder, checkpoint_bytes(torch_type, dtype));
    const auto weights = Weights::load(*files, on_processor(type), {});
    ASSERT_TRUE(weights.ok()) << weights.error().message;
    for (const auto& spec : tensors_of(tiny())) EXPECT_TRUE(lies_in_file(*files, *weights, spec.name)) << spec.name;
    EXPECT_EQ(weights->digest(), weights_digest(*files));
    const auto before = weights->at(some_name).to(at::kDouble);
    files.reset();
    std::filesystem::remove(folder.path / "model.safetensors");
    EXPECT_TRUE(at::equal(weights->at(some_name).to(at::kDouble), before));
  }
}

// Another type is one copy; its values are the stored ones, rounded once.
TEST(Weights, AnotherTypeIsConverted) {
  const TestFolder folder;
  const auto files = model_of(folder, checkpoint_bytes(at::kFloat, "F32"));
  const auto exact = Weights::load(files, on_processor(WeightType::f32), {});
  const auto rounded = Weights::load(files, on_processor(WeightType::bf16), {});
  EXPECT_FALSE(lies_in_file(files, *rounded, some_name));
  EXPECT_EQ(rounded->at(some_name).scalar_type(), at::kBFloat16);
  EXPECT_TRUE(at::equal(rounded->at(some_name), exact->at(some_name).to(at::kBFloat16)));
  EXPECT_EQ(rounded->digest(), exact->digest());  // of what is stored, whatever it is computed in
}

// Data that is not aligned to its element is copied, with the same values.
TEST(Weights, UnalignedDataIsCopied) {
  const TestFolder aligned_folder, odd_folder;
  const auto aligned = model_of(aligned_folder, checkpoint_bytes(at::kFloat, "F32"));
  const auto odd = model_of(odd_folder, checkpoint_bytes(at::kFloat, "F32", 1));
  const auto one = Weights::load(aligned, on_processor(WeightType::f32), {}),
             other = Weights::load(odd, on_processor(WeightType::f32), {});
  EXPECT_FALSE(lies_in_file(odd, *other, some_name));
  for (const auto& spec : tensors_of(tiny())) EXPECT_TRUE(at::equal(one->at(spec.name), other->at(spec.name)));
  const auto converted = Weights::load(odd, on_processor(WeightType::f16), {});
  EXPECT_TRUE(at::equal(converted->at(some_name), one->at(some_name).to(at::kHalf)));
}

// Progress ends at the whole, and never goes back.
TEST(Weights, TellsHowFarItIs) {
  const TestFolder folder;
  const auto files = model_of(folder, checkpoint_bytes(at::kFloat, "F32"));
  std::int64_t last = 0, whole = 0;
  const auto weights = Weights::load(files, on_processor(WeightType::bf16), [&](std::int64_t done, std::int64_t of) {
    EXPECT_GT(done, last);
    last = done, whole = of;
  });
  ASSERT_TRUE(weights.ok());
  EXPECT_EQ(last, whole);
  EXPECT_EQ(whole, parameters_of(tiny()) * 2);
}

// One type for all is that type; a mixture is float32.
TEST(Placement, StoredType) {
  const TestFolder half, mixed;
  EXPECT_EQ(stored_type(model_of(half, checkpoint_bytes(at::kBFloat16, "BF16"))), WeightType::bf16);
  auto bytes = checkpoint_bytes(at::kBFloat16, "BF16");
  bytes.replace(bytes.find("\"BF16\""), 6, "\"F16\" ");
  EXPECT_EQ(stored_type(model_of(mixed, bytes)), WeightType::f32);
}

// auto on the processor: float32 when it fits, else the stored type, else a refusal; a type that was asked for is
// never exchanged.
TEST(Placement, TypesByMemory) {
  const TestFolder folder;
  const auto files = model_of(folder, checkpoint_bytes(at::kBFloat16, "BF16"));
  const auto wide = memory_need(tiny(), WeightType::f32).total(), narrow = memory_need(tiny(), WeightType::bf16).total();
  ASSERT_GT(wide, narrow);
  const auto placed = [&](const char* dtype, std::int64_t bytes) {
    const auto placement = place({"cpu", dtype}, files, {bytes, "test"});
    return placement ? std::string(compute_type_name(placement->type)) : placement.error().code;
  };
  EXPECT_EQ(placed("auto", wide), "f32");
  EXPECT_EQ(placed("auto", wide - 1), "bf16");
  EXPECT_EQ(placed("auto", narrow), "bf16");
  EXPECT_EQ(placed("auto", narrow - 1), "not_enough_memory");
  EXPECT_EQ(placed("f32", wide - 1), "not_enough_memory");
  EXPECT_EQ(placed("bf16", wide), "bf16");
  EXPECT_EQ(placed("f16", wide), "f16");
  EXPECT_EQ(placed("int2", wide), "compute_type_unknown");
}

// Devices that are not there are named with what to do.
TEST(Placement, Devices) {
  const TestFolder folder;
  const auto files = model_of(folder, checkpoint_bytes(at::kFloat, "F32"));
  for (const char* device : {"abacus", "cuda:", "cuda:x", "cuda:99", ""}) {
    const auto placement = place({device, "auto"}, files, {});
    ASSERT_FALSE(placement.ok()) << device;
    EXPECT_EQ(placement.error().code, "device_unavailable") << device;
  }
}

}  // namespace
}  // namespace radfm::model
