// SPDX-License-Identifier: Apache-2.0
// Every file of the reference that is broken in one way or written in one legal layout.
#include <gtest/gtest.h>

#include <cstring>

#include "pipeline/model/checkpoint.h"
#include "tests/pipeline/model/golden_case.h"

namespace radfm::model {
namespace {

std::vector<TensorSpec> required(const nlohmann::json& list) {
  std::vector<TensorSpec> specs;
  for (const auto& entry : list)
    specs.push_back({entry["name"], entry["shape"].get<std::vector<std::int64_t>>()});
  return specs;
}

// Opened, complete, and every needed value read: what a conversion does.
Status read_all(const std::filesystem::path& path, const std::vector<TensorSpec>& specs,
                std::map<std::string, std::vector<std::uint8_t>>& values, std::optional<WeightType>& type) {
  const auto checkpoint = Checkpoint::open(path);
  if (!checkpoint.ok()) return checkpoint.error();
  if (auto complete = checkpoint->check(specs); !complete) return complete;
  for (const auto& spec : specs) {
    auto bytes = checkpoint->read(spec.name);
    if (!bytes) return bytes.error();
    values[spec.name] = std::move(bytes).value();
    type = checkpoint->at(spec.name).type;
  }
  return {};
}

// Round to nearest, ties to even, by the definition: the two neighbours are compared in double precision.
std::uint16_t nearest_bf16(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, 4);
  const auto back = [](std::uint32_t upper) {
    const std::uint32_t wide = upper << 16;
    float result = 0;
    std::memcpy(&result, &wide, 4);
    return static_cast<double>(result);
  };
  const std::uint32_t low = bits >> 16;
  const double below = std::abs(value - back(low)), above = std::abs(back(low + 1) - value);
  return static_cast<std::uint16_t>(below < above || (below == above && low % 2 == 0) ? low : low + 1);
}

void expect_values(const std::map<std::string, std::vector<std::uint8_t>>& read,
                   std::optional<WeightType> type, const std::filesystem::path& file) {
  const auto values = SafetensorsFile::open(file);
  ASSERT_TRUE(values.ok());
  for (const auto& [name, bytes] : read) {
    const TensorView& wanted = values->tensors().at(name);
    std::vector<std::uint8_t> expected(wanted.data, wanted.data + wanted.bytes);
    if (type == WeightType::bf16) {
      std::vector<std::uint16_t> rounded;
      for (const float value : values_of<float>(wanted)) rounded.push_back(nearest_bf16(value));
      expected.resize(rounded.size() * 2);
      std::memcpy(expected.data(), rounded.data(), expected.size());
    }
    EXPECT_EQ(bytes, expected) << name;
  }
}

// Each of the 82 files is loaded bit by bit or refused for its reason, whatever its format.
TEST(ReferenceFiles, AreJudgedAsTheySay) {
  GOLDEN_FOLDER_OR_SKIP(golden);
  const auto folder = golden / "checkpoint-bad";
  const auto specs = required(read_json(folder / "case.json")["required"]);
  int seen = 0, loaded = 0;
  for (const auto& entry : read_json(folder / "files.json")) {
    SCOPED_TRACE(entry["file"].get<std::string>());
    ++seen;
    std::map<std::string, std::vector<std::uint8_t>> values;
    std::optional<WeightType> type;
    const Status judged = read_all(folder / entry["file"].get<std::string>(), specs, values, type);
    const std::string expect = entry["expect"];
    if (judged.ok()) {
      ++loaded;
      EXPECT_NE(expect, "refused");
      expect_values(values, type, folder / "values.safetensors");
    } else {
      EXPECT_NE(expect, "loads") << judged.error().message;
      EXPECT_EQ(judged.error().code, "checkpoint_" + entry.value("reason", "")) << judged.error().message;
    }
  }
  EXPECT_EQ(seen, 82);
  EXPECT_EQ(loaded, 12);  // ten that must load, the transposed view and the bf16 file
  EXPECT_FALSE(std::filesystem::exists("PWNED"));
  EXPECT_FALSE(std::filesystem::exists(folder / "PWNED"));
}

// Sharded checkpoints of both formats: good sets load; missing, wrong and climbing shards are refused.
TEST(ReferenceFiles, ShardsAreJudgedAsTheySay) {
  GOLDEN_FOLDER_OR_SKIP(golden);
  const auto folder = golden / "checkpoint-sharded";
  const auto json = read_json(folder / "case.json");
  const auto specs = required(json["required"]);
  for (const auto& set : json["sets"]) {
    const std::string index = set["index"];
    SCOPED_TRACE(index);
    std::map<std::string, std::vector<std::uint8_t>> values;
    std::optional<WeightType> type;
    const Status judged = read_all(folder / index, specs, values, type);
    if (set["expect"] == "loads") {
      ASSERT_TRUE(judged.ok()) << judged.error().message;
      expect_values(values, type, folder / set["values"].get<std::string>());
    } else {
      ASSERT_FALSE(judged.ok());
      EXPECT_EQ(judged.error().code, "checkpoint_" + set["reason"].get<std::string>());
    }
  }
}

// The authors' whole state dict: 198 names, of which the 80 needed equal the safetensors of the same model.
TEST(ReferenceFiles, TheTinyModelsStateDictEqualsItsSafetensors) {
  GOLDEN_FOLDER_OR_SKIP(golden);
  const auto folder = golden / "model-tiny-a";
  const auto pytorch = Checkpoint::open(folder / "pytorch_model.bin");
  ASSERT_TRUE(pytorch.ok()) << pytorch.error().message;
  EXPECT_EQ(pytorch->names().size(), 198u);
  const auto safetensors = Checkpoint::open(folder / "model.safetensors");
  ASSERT_TRUE(safetensors.ok());
  EXPECT_EQ(safetensors->names().size(), 80u);
  for (const auto& name : safetensors->names()) {
    const auto one = pytorch->read(name), other = safetensors->read(name);
    ASSERT_TRUE(one.ok() && other.ok()) << name;
    EXPECT_EQ(*one, *other) << name;
    EXPECT_EQ(pytorch->at(name).shape, safetensors->at(name).shape) << name;
    EXPECT_EQ(pytorch->at(name).data, nullptr);
  }
}

}  // namespace
}  // namespace radfm::model
