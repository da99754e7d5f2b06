// SPDX-License-Identifier: Apache-2.0
// Aim: a directory of quantised weights holds what the kernels' packing makes of each matrix, all else in bf16, and says so.
#include <gtest/gtest.h>

#include "pipeline/model/checkpoint/value_conversion.h"
#include "pipeline/model/compute_type.h"
#include "pipeline/model/conversion/conversion.h"
#include "pipeline/model/file_text.h"
#include "pipeline/model/kernels/packing.h"
#include "pipeline/model/model_files.h"
#include "tests/pipeline/model/conversion/small_checkpoint.h"

namespace radfm::model {
namespace {

using kernels::PackedType;

// Matrices with a last tile that is not full and more than one group.
ModelConfig odd_config() {
  auto config = small_config();
  config.llama.hidden = 136;
  config.llama.mlp = 20;
  return config;
}

class QuantisedConversion : public testing::TestWithParam<WeightType> {
 protected:
  QuantisedConversion() {
    folder.write("checkpoint.safetensors", small_checkpoint(config));
    order.config = config;
    order.tokenizer = folder.write("tokenizer", tokenizer_bytes(9));
    order.out = folder.path / "model";
    order.card = {"small", "1", "none", "tests", "", "", {}, "drawn", ""};
    order.type = GetParam();
  }
  Checkpoint checkpoint() const { return *Checkpoint::open(folder.path / "checkpoint.safetensors"); }

  TestFolder folder;
  const ModelConfig config = odd_config();
  ConversionOrder order;
};

// The seven matrices of each layer in the type asked for, the head in int8: to the byte what packing the values gives.
TEST_P(QuantisedConversion, HoldsThePackedMatrices) {
  for (const std::uint64_t shard_bytes : {std::uint64_t{20'000}, shard_bytes_max}) {
    order.shard_bytes = shard_bytes;
    const auto outcome = convert_checkpoint(checkpoint(), order);
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    EXPECT_EQ(outcome->shards > 1, shard_bytes == 20'000);
    const auto files = open_model_files(order.out);
    ASSERT_TRUE(files.ok()) << files.error().message;
    EXPECT_EQ(files->config.weights_type, GetParam());
    EXPECT_EQ(stored_type(*files), GetParam());
    EXPECT_EQ(weights_digest(*files), outcome->digest);
    std::size_t packed_matrices = 0;
    for (const auto& tensor : tensors_of(config)) {
      SCOPED_TRACE(tensor.name);
      const auto values = draw_tensor("small", tensor);
      const TensorView& view = files->checkpoint->at(tensor.name);
      const auto type = packed_type(tensor, GetParam());
      if (!type) {
        ASSERT_EQ(view.type, WeightType::bf16);
        const auto stored = values_of<std::uint16_t>(view);
        for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(stored[i], bf16_of(values[i]));
        continue;
      }
      ++packed_matrices;
      EXPECT_EQ(*type, tensor.name == "lang_model.lm_head.weight" ? PackedType::int8
                       : GetParam() == WeightType::int8           ? PackedType::int8
                                                                  : PackedType::int4);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(view.data) % kernels::packed_alignment, 0u);
      const auto shape = packed_shape(tensor, *type);
      std::vector<std::uint8_t> expected(static_cast<std::size_t>(shape.value_bytes())),
          scales(static_cast<std::size_t>(shape.scale_bytes()));
      for (std::int64_t tile = 0; tile < shape.tiles(); ++tile) {
        const std::int64_t row = tile * kernels::tile_rows, count = std::min(kernels::tile_rows, shape.rows - row);
        kernels::pack_tile(shape, tile, values.data() + row * shape.columns, count, expected.data(), scales.data());
      }
      EXPECT_TRUE(*files->checkpoint->read(tensor.name) == expected);
      EXPECT_TRUE(*files->checkpoint->read(scales_name(tensor.name)) == scales);
    }
    EXPECT_EQ(packed_matrices, 7u * 2 + 1);
    std::filesystem::remove_all(order.out);
  }
}

// Each file names the layout; what does not is refused, and so is another one.
TEST_P(QuantisedConversion, NamesItsLayout) {
  ASSERT_TRUE(convert_checkpoint(checkpoint(), order).ok());
  const std::string bytes = *read_file_text(order.out / "model.safetensors", 1 << 20);
  const auto version = bytes.find("\"radfm.packed\":\"1\"");
  ASSERT_NE(version, std::string::npos);
  for (const auto& [at, letter] : {std::pair{version + 16, '2'}, std::pair{version + 1, 'x'}}) {
    std::string other = bytes;
    other[at] = letter;
    std::ofstream(order.out / "model.safetensors", std::ios::binary) << other;
    const auto opened = open_model_files(order.out);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, "checkpoint_wrong_layout") << opened.error().message;
  }
}

// A configuration that speaks of another type than the files hold is refused by shapes and types, not by luck.
TEST_P(QuantisedConversion, IsCheckedAgainstItsConfiguration) {
  ASSERT_TRUE(convert_checkpoint(checkpoint(), order).ok());
  auto json = to_json(config);
  const auto code = [&] {
    std::ofstream(order.out / "config.json") << json.dump();
    const auto opened = open_model_files(order.out);
    return opened.ok() ? "" : opened.error().code;
  };
  EXPECT_EQ(code(), "checkpoint_wrong_dtype");  // without a type: bytes are no weights
  json["weights_type"] = GetParam() == WeightType::int8 ? "int4" : "int8";
  EXPECT_EQ(code(), "checkpoint_wrong_dtype");  // of the scales
  json["weights_type"] = GetParam() == WeightType::int8 ? "int8" : "int4";
  EXPECT_EQ(code(), "");
  json["llama"]["mlp"] = 37;
  EXPECT_EQ(code(), "checkpoint_wrong_shape");
  json["llama"]["mlp"] = 20;
  json["llama"]["layers"] = 3;
  EXPECT_EQ(code(), "checkpoint_missing_tensor");
}

// Quantised weights are no source: what was rounded away is not there any more.
TEST_P(QuantisedConversion, IsNoSource) {
  ASSERT_TRUE(convert_checkpoint(checkpoint(), order).ok());
  const auto quantised = Checkpoint::open(order.out);
  order.out = folder.path / "again";
  order.type = WeightType::bf16;
  EXPECT_EQ(convert_checkpoint(*quantised, order).error().code, "conversion_source_quantised");
  EXPECT_FALSE(std::filesystem::exists(order.out));
}

// A value that is no number cannot be quantised; it is named, and nothing is left behind.
TEST_P(QuantisedConversion, RefusesWhatIsNotFinite) {
  std::vector<NamedTensor> tensors;
  for (const auto& spec : tensors_of(config)) tensors.push_back({spec, draw_tensor("small", spec)});
  for (auto& tensor : tensors)
    if (tensor.spec.name == "lang_model.model.layers.1.mlp.up_proj.weight") tensor.values.back() = NAN;
  folder.write("checkpoint.safetensors", safetensors_bytes(tensors));
  const auto refused = convert_checkpoint(checkpoint(), order);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "checkpoint_not_finite");
  EXPECT_NE(refused.error().message.find("layers.1.mlp.up_proj.weight"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(order.out));
  order.type = WeightType::bf16;
  EXPECT_TRUE(convert_checkpoint(checkpoint(), order).ok());
}

INSTANTIATE_TEST_SUITE_P(Types, QuantisedConversion, testing::Values(WeightType::int8, WeightType::int4),
                         [](const auto& type) { return std::string(to_string(type.param)); });

}  // namespace
}  // namespace radfm::model
