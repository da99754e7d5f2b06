// SPDX-License-Identifier: Apache-2.0
// The parts of a conversion that need no disk: sizes from shapes, the plan of the files, the tokenizer's
// pieces.
#include <gtest/gtest.h>

#include "pipeline/model/conversion/shape_config.h"
#include "pipeline/model/conversion/shard_plan.h"
#include "pipeline/model/conversion/tokenizer_pieces.h"
#include "tests/pipeline/model/conversion/small_checkpoint.h"

namespace radfm::model {
namespace {

// A sparse safetensors file with the tensors of a model of these sizes: shapes are real, the data are holes.
Result<Checkpoint> sparse_checkpoint(const TestFolder& folder, const ModelConfig& config,
                                     const std::string& without = "") {
  nlohmann::json header = nlohmann::json::object();
  std::uint64_t at = 0;
  for (const auto& tensor : tensors_of(config)) {
    if (tensor.name == without) continue;
    const std::uint64_t end = at + static_cast<std::uint64_t>(tensor.values()) * 2;
    header[tensor.name] = {{"dtype", "BF16"}, {"shape", tensor.shape}, {"data_offsets", {at, end}}};
    at = end;
  }
  const auto file = folder.write("model.safetensors", safetensors_bytes(header.dump(), ""));
  std::filesystem::resize_file(file, std::filesystem::file_size(file) + at);
  return Checkpoint::open(file);
}

ModelConfig published() {
  return *parse_model_config(R"({
    "vision": {"image_size": 512, "frames": 512, "patch": 32, "frame_patch": 4, "dim": 768, "depth": 12, "heads": 8, "dim_head": 64, "mlp": 2048},
    "perceiver": {"depth": 6, "latents": 32, "heads": 8, "dim_head": 64, "ff_mult": 4},
    "llama": {"vocab": 32000, "hidden": 5120, "mlp": 13824, "layers": 40, "heads": 40}})");
}

// The published model is told whole from its shapes, and what was assumed is said.
TEST(ShapeConfig, TellsThePublishedModel) {
  const TestFolder folder;
  const auto checkpoint = sparse_checkpoint(folder, published());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  const auto found = config_of_shapes(*checkpoint);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(to_json(found->config), to_json(published()));
  std::string assumed;
  for (const auto& line : found->assumed) assumed += line + "\n";
  for (const char* part : {"heads = 40", "frame_patch = 4", "rms_norm_eps = 1e-6", "depth_max = 64"})
    EXPECT_NE(assumed.find(part), std::string::npos) << assumed;
}

// Where the published values do not fit, or a telling tensor is missing, a configuration is asked for.
TEST(ShapeConfig, AsksWhereShapesDoNotTell) {
  const TestFolder folder;
  const auto small = config_of_shapes(*sparse_checkpoint(folder, small_config()));
  ASSERT_FALSE(small.ok());
  EXPECT_EQ(small.error().code, "conversion_config_needed");
  EXPECT_NE(small.error().message.find("--config"), std::string::npos);
  const auto headless =
      config_of_shapes(*sparse_checkpoint(folder, published(), "lang_model.model.embed_tokens.weight"));
  ASSERT_FALSE(headless.ok());
  EXPECT_NE(headless.error().message.find("embed_tokens"), std::string::npos);
}

// One small model is one file; data and every tensor but the last odd ones lie at multiples of 64.
TEST(ShardPlan, AlignsWhatItCan) {
  const std::vector<TensorSpec> tensors = {
      {"odd", {3}}, {"a", {16}}, {"half", {8}}, {"b", {32, 16}}, {"c", {5}}};
  const auto plan = plan_shards(tensors, WeightType::f32);
  ASSERT_EQ(plan.shards.size(), 1u);
  EXPECT_EQ(plan.shards[0].file_name, "model.safetensors");
  EXPECT_TRUE(plan.index.empty());
  EXPECT_EQ(plan.shards[0].head.size() % 64, 0u);
  std::map<std::string, std::uint64_t> offset;
  for (const auto& tensor : plan.tensors) offset[tensor.tensor.spec.name] = tensor.offset;
  EXPECT_EQ(offset["a"], plan.shards[0].head.size());
  EXPECT_EQ(offset["b"] % 64, 0u);
  EXPECT_EQ(offset["half"] % 64, 0u);
  EXPECT_EQ(plan.tensors[0].tensor.spec.name, "odd");  // the order of the digest is kept
  EXPECT_EQ(plan.file_bytes, plan.shards[0].head.size() + 4 * (3 + 16 + 8 + 512 + 5));
}

// Files end before the limit is passed, a tensor as large as the limit fits, a larger one has a file alone.
TEST(ShardPlan, BoundsItsFiles) {
  const std::vector<TensorSpec> tensors = {{"a", {10}}, {"b", {6}}, {"c", {1}}, {"huge", {100}}, {"d", {1}}};
  const auto plan = plan_shards(tensors, WeightType::bf16, 32);
  ASSERT_EQ(plan.shards.size(), 4u);
  EXPECT_EQ(plan.shards[1].file_name, "model-00002-of-00004.safetensors");
  std::vector<std::size_t> shards;
  for (const auto& tensor : plan.tensors) shards.push_back(tensor.shard);
  EXPECT_EQ(shards, (std::vector<std::size_t>{0, 0, 1, 2, 3}));
  const auto index = nlohmann::json::parse(plan.index);
  EXPECT_EQ(index["metadata"]["total_size"], 2 * 118);
  EXPECT_EQ(index["weight_map"]["huge"], "model-00003-of-00004.safetensors");
}

// Quantised: each matrix is two tensors, its values at a multiple of 64 bytes in its file, and each file names the layout.
TEST(ShardPlan, AlignsPackedMatrices) {
  auto config = small_config();
  config.llama.hidden = 136;
  for (const WeightType type : {WeightType::int8, WeightType::int4}) {
    const auto plan = plan_shards(tensors_of(config), type, 30'000);
    ASSERT_GT(plan.shards.size(), 1u);
    std::size_t packed = 0;
    for (const auto& tensor : plan.tensors) {
      if (tensor.tensor.dtype != "U8") continue;
      EXPECT_EQ(tensor.offset % 64, 0u) << tensor.tensor.spec.name;
      EXPECT_EQ(tensor.bytes % 64, 0u) << tensor.tensor.spec.name;
      ++packed;
    }
    EXPECT_EQ(packed, 7u * 2 + 1);
    EXPECT_EQ(plan.tensors.size(), tensors_of(config).size() + packed);
    EXPECT_EQ(plan.tensor_bytes, static_cast<std::uint64_t>(weight_bytes(config, type)));
    for (const auto& shard : plan.shards)
      EXPECT_EQ(nlohmann::json::parse(shard.head.substr(8))["__metadata__"]["radfm.packed"], "1");
    EXPECT_EQ(nlohmann::json::parse(plan.index)["weight_map"].size(), plan.tensors.size());
  }
}

// A published 14-billion-parameter model in bf16: seven files of at most 4 GiB.
TEST(ShardPlan, DividesThePublishedModel) {
  const auto plan = plan_shards(tensors_of(published()), WeightType::bf16);
  EXPECT_EQ(plan.shards.size(), 7u);
  for (const auto& shard : plan.shards) EXPECT_LE(shard.bytes, shard_bytes_max + shard.head.size());
}

// Pieces are counted without SentencePiece; damage and other files are refused.
TEST(TokenizerPieces, AreCounted) {
  EXPECT_EQ(*count_tokenizer_pieces(tokenizer_bytes(9)), 9u);
  EXPECT_EQ(*count_tokenizer_pieces(tokenizer_bytes(3) + "\x12\x01x\x18\x05"), 3u);  // other fields behind
  const std::string good = tokenizer_bytes(4);
  for (const std::size_t cut : {std::size_t{1}, std::size_t{3}, good.size() - 1})
    EXPECT_EQ(count_tokenizer_pieces(good.substr(0, cut)).error().code, "model_tokenizer_bad") << cut;
  for (const std::string& bad :
       {std::string(), std::string("hello"), tokenizer_bytes(2), std::string("\x0a\x03\x0a\x01x"),
        std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), std::string(20, '\xff')})
    EXPECT_EQ(count_tokenizer_pieces(bad).error().code, "model_tokenizer_bad");
  GOLDEN_FOLDER_OR_SKIP(golden);
  std::ifstream stream(golden / "tokenizer" / "tokenizer.model", std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  EXPECT_EQ(*count_tokenizer_pieces(text.str()), 32000u);
}

}  // namespace
}  // namespace radfm::model
