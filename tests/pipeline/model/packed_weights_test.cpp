// SPDX-License-Identifier: Apache-2.0
// Aim: packed matrices come into memory without a second copy and with the same bytes, whichever way: from a quantised
// directory, quantised while a plain one is loaded, or drawn.
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include "pipeline/model/conversion/conversion.h"
#include "pipeline/model/file_text.h"
#include "pipeline/model/weights.h"
#include "tests/pipeline/model/conversion/small_checkpoint.h"

namespace radfm::model {
namespace {

constexpr const char* matrix = "lang_model.model.layers.1.mlp.down_proj.weight";
constexpr const char* head = "lang_model.lm_head.weight";

ModelFiles converted(const TestFolder& folder, WeightType type) {
  ConversionOrder order;
  order.config = small_config();
  order.tokenizer = folder.write("tokenizer", tokenizer_bytes(9));
  order.out = folder.path / "model";
  order.card = {"small", "1", "none", "tests", "", "", {}, "drawn", ""};
  order.type = type;
  const auto checkpoint = Checkpoint::open(folder.write("checkpoint.safetensors", small_checkpoint(small_config())));
  if (const auto done = convert_checkpoint(*checkpoint, order); !done) throw std::runtime_error(done.error().message);
  return *open_model_files(order.out);
}

ModelFiles drawn() {
  ModelFiles files;
  files.config = small_config();
  files.config.weights_seed = "small";
  return files;
}

bool equal(const PackedTensor& one, const PackedTensor& other) {
  return one.shape.type == other.shape.type && at::equal(one.values, other.values) &&
         one.scales.defined() == other.scales.defined() && (!one.scales.defined() || at::equal(one.scales, other.scales));
}

Weights loaded(const ModelFiles& files, WeightType type, bool packed) {
  auto weights = Weights::load(files, {c10::kCPU, type, true, packed}, {});
  if (!weights) throw std::runtime_error(weights.error().message);
  return std::move(*weights);
}

// Of a quantised directory the mapped file itself is what the kernels read, also after all else has gone.
TEST(PackedWeights, OfTheFileAreViews) {
  for (const WeightType type : {WeightType::int8, WeightType::int4}) {
    const TestFolder folder;
    std::optional<ModelFiles> files = converted(folder, type);
    std::optional<Weights> weights = loaded(*files, type, true);
    EXPECT_EQ(weights->digest(), files->card.digest);
    for (const char* name : {matrix, head}) {
      ASSERT_TRUE(weights->is_packed(name));
      EXPECT_EQ(weights->packed(name).values, files->checkpoint->at(name).data);
      EXPECT_EQ(weights->packed(name).scales, files->checkpoint->at(scales_name(name)).data);
    }
    EXPECT_EQ(weights->at("embedding_layer.fc.weight").scalar_type(), at::kBFloat16);
    const PackedTensor kept = weights->packed_tensor(matrix);
    const at::Tensor before = unpack_tensor(kept, at::kFloat);
    files.reset();
    weights.reset();
    std::filesystem::remove_all(folder.path / "model");
    EXPECT_TRUE(at::equal(unpack_tensor(kept, at::kFloat), before));
  }
}

// Quantised while it is loaded: from float32 what a conversion of the same checkpoint stores; and the same when drawn.
TEST(PackedWeights, AreTheSameWhicheverWay) {
  const TestFolder plain_folder;
  const ModelFiles plain = converted(plain_folder, WeightType::f32);
  for (const WeightType type : {WeightType::int8, WeightType::int4}) {
    const TestFolder folder;
    const ModelFiles quantised = converted(folder, type);
    const Weights stored = loaded(quantised, type, true), at_load = loaded(plain, type, true), of_seed = loaded(drawn(), type, true);
    EXPECT_EQ(at_load.digest(), plain.card.digest);  // of what is stored, whatever it is computed in
    for (const auto& tensor : tensors_of(small_config())) {
      if (!stored.is_packed(tensor.name)) continue;
      EXPECT_TRUE(equal(at_load.packed_tensor(tensor.name), stored.packed_tensor(tensor.name))) << tensor.name;
      EXPECT_TRUE(equal(of_seed.packed_tensor(tensor.name), stored.packed_tensor(tensor.name))) << tensor.name;
    }
  }
}

// float32 and bf16 packed hold the values of the tensors that they stand for.
TEST(PackedWeights, KeepExactTypesExact) {
  for (const WeightType type : {WeightType::f32, WeightType::bf16}) {
    const TestFolder folder;
    const ModelFiles files = converted(folder, type);
    const Weights packed = loaded(files, type, true), plain = loaded(files, type, false);
    for (const auto& tensor : tensors_of(small_config())) {
      EXPECT_EQ(packed.is_packed(tensor.name), packed_type(tensor, type).has_value());
      EXPECT_FALSE(plain.is_packed(tensor.name));
      const at::Tensor& values = plain.at(tensor.name);
      if (packed.is_packed(tensor.name))
        EXPECT_TRUE(at::equal(unpack_tensor(packed.packed_tensor(tensor.name), values.scalar_type()), values)) << tensor.name;
      else
        EXPECT_TRUE(at::equal(packed.at(tensor.name), values)) << tensor.name;
    }
  }
}

// A quantised directory in another type: what its values stand for; or packed again.
TEST(PackedWeights, OfAQuantisedDirectoryInAnotherType) {
  const TestFolder folder;
  const ModelFiles files = converted(folder, WeightType::int4);
  const Weights stored = loaded(files, WeightType::int4, true);
  const at::Tensor values = unpack_tensor(stored.packed_tensor(matrix), at::kFloat);
  EXPECT_TRUE(at::equal(loaded(files, WeightType::f32, false).at(matrix), values));
  EXPECT_TRUE(at::equal(loaded(files, WeightType::bf16, false).at(matrix), values.to(at::kBFloat16)));
  EXPECT_TRUE(at::equal(loaded(files, WeightType::f16, false).at(matrix), values.to(at::kHalf)));
  EXPECT_TRUE(at::equal(unpack_tensor(loaded(files, WeightType::f32, true).packed_tensor(matrix), at::kFloat), values));
  EXPECT_TRUE(equal(loaded(files, WeightType::int8, true).packed_tensor(matrix), pack_tensor(values, kernels::PackedType::int8)));
}

// A file whose packed bytes do not begin at a multiple of 64 is read all the same, from a copy.
TEST(PackedWeights, UnalignedBytesAreCopied) {
  const TestFolder folder;
  const ModelFiles files = converted(folder, WeightType::int4);
  const Weights aligned = loaded(files, WeightType::int4, true);
  const auto path = files.directory / "model.safetensors";
  std::string bytes = *read_file_text(path, 1 << 20);
  bytes.insert(bytes.find("{\"__metadata__"), 1, ' ');  // one space more in the header
  ++bytes[0];
  ASSERT_NE(bytes[0], 0);
  std::filesystem::remove(path);  // what is mapped stays as it was
  std::ofstream(path, std::ios::binary) << bytes;
  const ModelFiles shifted = *open_model_files(files.directory);
  const Weights odd = loaded(shifted, WeightType::int4, true);
  EXPECT_NE(odd.packed(matrix).values, shifted.checkpoint->at(matrix).data);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(odd.packed(matrix).values) % kernels::packed_alignment, 0u);
  EXPECT_TRUE(equal(odd.packed_tensor(matrix), aligned.packed_tensor(matrix)));
}

// A value that is no number is found while packing.
TEST(PackedWeights, RefuseWhatIsNotFinite) {
  const TestFolder folder;
  const ModelFiles good = converted(folder, WeightType::f32);
  const auto& view = good.checkpoint->at(matrix);
  std::fstream file(good.directory / "model.safetensors", std::ios::in | std::ios::out | std::ios::binary);
  const auto* first = good.checkpoint->at("lang_model.model.embed_tokens.weight").data;
  for (const auto& tensor : tensors_of(good.config)) first = std::min(first, good.checkpoint->at(tensor.name).data);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(good.directory / "model.safetensors")) -
             static_cast<std::streamoff>(weight_bytes(good.config, WeightType::f32)) + (view.data - first));
  file.write("\0\0\xc0\x7f", 4);
  file.close();
  const auto refused = Weights::load(*open_model_files(good.directory), {c10::kCPU, WeightType::int8}, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "checkpoint_not_finite");
  EXPECT_NE(refused.error().message.find(matrix), std::string::npos);
}

// Progress ends at the whole: the bytes that the weights take.
TEST(PackedWeights, TellHowFarTheyAre) {
  std::int64_t last = 0, whole = 0;
  const auto weights = Weights::load(drawn(), {c10::kCPU, WeightType::int4}, [&](std::int64_t done, std::int64_t of) {
    EXPECT_GT(done, last);
    last = done, whole = of;
  });
  ASSERT_TRUE(weights.ok());
  EXPECT_EQ(last, whole);
  EXPECT_EQ(whole, weight_bytes(small_config(), WeightType::int4));
}

// "auto" on the processor: a quantised directory computes as it is stored, float32 in all else that fits.
TEST(PackedWeights, ArePlacedAsTheyAreStored) {
  for (const WeightType type : {WeightType::int8, WeightType::int4}) {
    const TestFolder folder;
    const ModelFiles files = converted(folder, type);
    const auto placed = [&](const char* dtype, std::int64_t bytes) { return place({"cpu", dtype}, files, {bytes, "test"}); };
    const std::int64_t need = memory_need(files.config, type).total();
    EXPECT_EQ(placed("auto", INT64_MAX)->type, type);
    EXPECT_TRUE(placed("auto", INT64_MAX)->packed);
    EXPECT_EQ(placed("auto", need)->type, type);
    EXPECT_EQ(placed("auto", need - 1).error().code, "not_enough_memory");
    EXPECT_EQ(placed("f32", INT64_MAX)->type, WeightType::f32);
    EXPECT_EQ(placed("int8", INT64_MAX)->type, WeightType::int8);
  }
}

}  // namespace
}  // namespace radfm::model
