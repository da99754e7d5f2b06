// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/model_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pipeline/model/model_files.h"
#include "pipeline/model/seed_weights.h"
#include "tests/pipeline/model/golden_case.h"

namespace radfm::model {
namespace {

nlohmann::json small() {
  return nlohmann::json::parse(R"({
    "vision": {"image_height": 16, "image_width": 32, "frames": 16, "patch": 8, "frame_patch": 4, "dim": 12, "depth": 1,
               "heads": 2, "dim_head": 4, "mlp": 8},
    "perceiver": {"depth": 1, "latents": 2, "heads": 2, "dim_head": 4, "ff_mult": 2},
    "llama": {"vocab": 16, "hidden": 16, "mlp": 8, "layers": 1, "heads": 2, "context": 64},
    "input": {"depth_max": 8}})");
}

constexpr const char* published = R"({
  "vision": {"image_size": 512, "frames": 512, "patch": 32, "frame_patch": 4, "dim": 768, "depth": 12, "heads": 8, "dim_head": 64, "mlp": 2048},
  "perceiver": {"depth": 6, "latents": 32, "heads": 8, "dim_head": 64, "ff_mult": 4},
  "llama": {"vocab": 32000, "hidden": 5120, "mlp": 13824, "layers": 40, "heads": 40}})";

std::string complaint(const nlohmann::json& json) {
  const auto parsed = parse_model_config(json.dump());
  return parsed.ok() ? "" : parsed.error().message;
}

// Every size of the file reaches the configuration, and what is written reads back the same.
TEST(ModelConfig, ReadsEverySize) {
  const auto config = parse_model_config(small().dump());
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->vision.rows(), 2);
  EXPECT_EQ(config->vision.columns(), 4);
  EXPECT_EQ(config->vision.depths(), 4);
  EXPECT_EQ(config->first_placeholder(1), 16 + 2 + 2);
  EXPECT_EQ(to_json(*parse_model_config(to_json(*config).dump())), to_json(*config));
}

// A mistake names its key; several mistakes come in one message.
TEST(ModelConfig, NamesTheKeyOfEachMistake) {
  auto json = small();
  json["vision"].erase("dim");
  json["llama"]["layers"] = 0;
  json["perceiver"]["latent"] = 3;
  json["weight_seed"] = "x";
  const std::string text = complaint(json);
  for (const char* key : {"vision.dim: missing", "llama.layers: must be", "perceiver.latent: unknown key",
                          "weight_seed: unknown key"})
    EXPECT_NE(text.find(key), std::string::npos) << text;
}

// The depth of volumes fits the patches and the largest depth; without it prompts have the depth of their volumes.
TEST(ModelConfig, KnowsTheDepthOfVolumes) {
  auto json = small();
  EXPECT_EQ(parse_model_config(json.dump())->input.volume_depth, 0);
  for (const int depth : {6, 12, -4}) {
    json["input"]["volume_depth"] = depth;
    EXPECT_NE(complaint(json).find("input.volume_depth"), std::string::npos) << depth;
  }
  json["input"]["volume_depth"] = 8;
  EXPECT_EQ(to_json(*parse_model_config(json.dump()))["input"]["volume_depth"], 8);
}

// The words of the model's training, from the registry.
TEST(ModelConfig, NamesItsPromptTemplate) {
  auto json = small();
  EXPECT_EQ(parse_model_config(json.dump())->input.prompt_template, "");
  json["input"]["prompt_template"] = "date";
  EXPECT_EQ(to_json(*parse_model_config(json.dump()))["input"]["prompt_template"], "date");
  json["input"]["prompt_template"] = "daet";
  EXPECT_NE(complaint(json).find("input.prompt_template: must be one of modality_date, date"), std::string::npos);
  json["input"]["prompt_template"] = 5;
  EXPECT_NE(complaint(json).find("input.prompt_template: must be a text"), std::string::npos);
}

// Quantised weights are those of files, and of one of two types.
TEST(ModelConfig, KnowsItsWeightsType) {
  auto json = small();
  EXPECT_FALSE(parse_model_config(json.dump())->weights_type.has_value());
  for (const char* type : {"int8", "int4"}) {
    json["weights_type"] = type;
    EXPECT_EQ(to_json(*parse_model_config(json.dump()))["weights_type"], type);
  }
  for (const nlohmann::json& wrong : std::initializer_list<nlohmann::json>{"bf16", "INT4", 4, nullptr}) {
    json["weights_type"] = wrong;
    EXPECT_NE(complaint(json).find("weights_type: must be int8 or int4"), std::string::npos) << wrong;
  }
  json["weights_type"] = "int4";
  json["weights_seed"] = "one";
  EXPECT_NE(complaint(json).find("weights_type: is of weights in files"), std::string::npos);
}

// Limits hold at the limit and refuse one past it; sizes that do not fit together are refused.
TEST(ModelConfig, HoldsItsLimits) {
  const auto with = [](const char* section, const char* key, const nlohmann::json& value) {
    auto json = small();
    json[section][key] = value;
    return complaint(json);
  };
  EXPECT_EQ(with("llama", "context", 65536), "");
  EXPECT_NE(with("llama", "context", 65537), "");
  EXPECT_EQ(with("llama", "hidden", 65536), "");
  EXPECT_NE(with("llama", "hidden", 65538), "");
  EXPECT_NE(with("llama", "hidden", -16), "");
  EXPECT_NE(with("llama", "hidden", 1e300), "");
  EXPECT_NE(with("llama", "hidden", "16"), "");
  EXPECT_NE(with("llama", "heads", 3).find("llama.heads"), std::string::npos);
  EXPECT_NE(with("vision", "dim", 13).find("vision.dim"), std::string::npos);
  EXPECT_NE(with("input", "depth_max", 20).find("input.depth_max"), std::string::npos);
  EXPECT_NE(complaint(nlohmann::json::array()), "");
}

// The side of prompts with a volume fits the pictures and the patches; without it nothing is reduced.
TEST(ModelConfig, KnowsTheSideOfVolumes) {
  auto json = small();
  EXPECT_EQ(parse_model_config(json.dump())->input.volume_side, 0);
  json["input"]["volume_side"] = 16;
  EXPECT_NE(complaint(json).find("image_height and image_width to be equal"), std::string::npos);
  json["vision"]["image_height"] = 32;
  EXPECT_EQ(parse_model_config(json.dump())->input.volume_side, 16);
  EXPECT_EQ(to_json(*parse_model_config(json.dump()))["input"]["volume_side"], 16);
  for (const int side : {4, 12, 64, 24}) {
    json["input"]["volume_side"] = side;
    EXPECT_NE(complaint(json).find("input.volume_side: must divide image_size"), std::string::npos) << side;
  }
}

// The published sizes give the published number of parameters (13 billion and the vision part).
TEST(ModelConfig, CountsThePublishedParameters) {
  const auto config = parse_model_config(published);
  ASSERT_TRUE(config.ok()) << config.error().message;
  std::int64_t language = 0;
  for (const auto& tensor : tensors_of(*config))
    if (tensor.name.starts_with("lang_model.")) language += tensor.values();
  EXPECT_EQ(language, 13'015'864'320);
  EXPECT_EQ(config->input.depth_max, 64);
}

// The shipped demonstration model is complete and small, and says what it is, what it has seen and how often it is right.
TEST(ModelFiles, DescribesTheDemonstrationModel) {
  const auto files = open_model_files("models/phantom");
  ASSERT_TRUE(files.ok()) << files.error().message;
  const auto info = model_info(*files);
  EXPECT_FALSE(info["weights_from_seed"].get<bool>());
  EXPECT_EQ(info["weights_note"], "");
  EXPECT_TRUE(info["digest_as_card_says"].get<bool>());
  EXPECT_LE(std::filesystem::file_size("models/phantom/model.safetensors"), 16'000'000u);
  EXPECT_NE(files->card.notice.find("Demonstration model"), std::string::npos) << files->card.notice;
  EXPECT_FALSE(files->card.trained_on.empty() || files->card.accuracy.empty());
  EXPECT_EQ(info["digest"], model_info(*open_model_files("models/phantom"))["digest"]);
  EXPECT_EQ(info["parameters"]["all"].get<std::int64_t>() * 4,
            info["bytes"]["memory_cpu"].get<std::int64_t>());
}

// What a card says comes back; a notice is one line of limited length, since it stands at the head of every report.
TEST(ModelCard, HoldsItsLimits) {
  const nlohmann::json whole = {{"name", "t"}, {"version", "1"}, {"licence", "none"}, {"intended_use", "test"}, {"notice", "For tests."},
                                {"trained_on", "nothing"}, {"accuracy", {"none", "either"}}, {"weights", "drawn"}, {"digest", "0"}};
  EXPECT_EQ(to_json(*parse_model_card(whole.dump())), whole);
  const auto complaint_with = [&](const char* key, const nlohmann::json& value) {
    nlohmann::json card = whole;
    card[key] = value;
    const auto parsed = parse_model_card(card.dump());
    return parsed.ok() ? "" : parsed.error().message;
  };
  EXPECT_EQ(complaint_with("notice", std::string(card_notice_bytes_max, 'n')), "");
  EXPECT_NE(complaint_with("notice", std::string(card_notice_bytes_max + 1, 'n')).find("notice: must be a text"), std::string::npos);
  EXPECT_NE(complaint_with("notice", "two\nlines").find("notice: must be one line"), std::string::npos);
  EXPECT_EQ(complaint_with("accuracy", std::vector<std::string>(card_texts_max, std::string(card_text_bytes_max, 'a'))), "");
  for (const nlohmann::json& wrong : std::initializer_list<nlohmann::json>{
           std::vector<std::string>(card_texts_max + 1, "a"), {std::string(card_text_bytes_max + 1, 'a')}, {1}, "a"})
    EXPECT_NE(complaint_with("accuracy", wrong).find("accuracy: must be a list"), std::string::npos);
}

// Another seed is another model, down to the digest.
TEST(ModelFiles, DigestFollowsTheSeed) {
  const TestFolder folder;
  auto config = small();
  config["weights_seed"] = "one";
  folder.write("card.json", R"({"name": "t", "version": "1", "licence": "none", "intended_use": "test"})");
  folder.write("config.json", config.dump());
  const auto drawn = open_model_files(folder.path);
  const std::string first = weights_digest(*drawn);
  EXPECT_TRUE(model_info(*drawn)["weights_from_seed"].get<bool>());
  EXPECT_EQ(model_info(*drawn)["weights_note"], "untrained weights drawn from seed one");
  config["weights_seed"] = "two";
  folder.write("config.json", config.dump());
  EXPECT_NE(weights_digest(*open_model_files(folder.path)), first);
}

// Without weights and without a seed there is no model; a bad card is named.
TEST(ModelFiles, SaysWhatIsMissing) {
  const TestFolder folder;
  EXPECT_EQ(open_model_files(folder.path / "none").error().code, "model_directory_missing");
  folder.write("config.json", small().dump());
  EXPECT_EQ(open_model_files(folder.path).error().code, "model_file_missing");
  folder.write("card.json", R"({"name": 3})");
  EXPECT_EQ(open_model_files(folder.path).error().code, "model_card_bad");
  folder.write("card.json", R"({"name": "t", "version": "1", "licence": "none", "intended_use": "test"})");
  EXPECT_EQ(open_model_files(folder.path).error().code, "model_weights_missing");
}

// The drawn values are the reference's, bit by bit, for tensors of the published sizes.
TEST(SeedWeights, AreTheReferenceGenerators) {
  GOLDEN_FOLDER_OR_SKIP(golden);
  std::map<std::string, TensorSpec> specs;
  for (const auto& tensor : tensors_of(*parse_model_config(published))) specs.emplace(tensor.name, tensor);
  for (const char* name : {"llama-layer-full", "vision-full-d4"}) {
    const auto vectors = read_json(golden / name / "case.json")["generator_vectors"];
    ASSERT_FALSE(vectors.empty());
    for (const auto& [tensor, expected] : vectors.items()) {
      TensorSpec spec = specs.at(tensor);
      if (spec.shape.size() == 2) spec.shape[0] = 1;  // its first row is enough
      const auto drawn = draw_tensor("", spec);
      for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_EQ(drawn.at(i), expected[i].get<float>()) << tensor << " " << i;
    }
  }
}

}  // namespace
}  // namespace radfm::model
