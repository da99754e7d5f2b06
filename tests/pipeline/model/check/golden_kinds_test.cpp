// SPDX-License-Identifier: Apache-2.0
// Every golden case passes, and each kind notices when the case says something else.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "pipeline/model/check/check_kinds.h"
#include "tests/pipeline/model/golden_case.h"

namespace radfm::model::check {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

CheckOptions options() {
  CheckOptions options;
  options.more_libraries.push_back(*golden_folder());
  return options;
}

// What differs, one line each; the error when the case cannot be judged.
std::string differences(const fs::path& folder) {
  auto golden = Case::open(folder);
  if (!golden) return golden.error().message + "\n";
  const auto findings = check_case(*golden, options());
  if (!findings) return findings.error().message + "\n";
  EXPECT_FALSE(findings->comparisons.empty());
  std::string text;
  for (const Comparison& comparison : findings->comparisons) {
    if (!comparison.within()) text += comparison.name + ": " + std::to_string(comparison.worst) + " " + comparison.difference + "\n";
  }
  return text;
}

class GoldenCase : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenCase, IsReproduced) {
  // Ids, indices and texts equal, numbers within the tolerance that the case names.
  GOLDEN_FOLDER_OR_SKIP(golden);
  EXPECT_EQ(differences(golden / GetParam()), "");
}

INSTANTIATE_TEST_SUITE_P(
    All, GoldenCase,
    ::testing::Values("tokenizer", "prompt", "preprocess2d-2000x2500-noise", "preprocess2d-512x512-noise",
                      "preprocess2d-513x511-noise", "preprocess2d-64x48-noise", "preprocess2d-64x48-smooth",
                      "preprocess2d-700x500-noise", "preprocess2d-700x500-smooth", "preprocess-depth",
                      "preprocess3d-200x300x37-smooth", "preprocess3d-640x600x100-noise", "preprocess3d-64x48x10-noise",
                      "preprocess3d-modality-64x48x40-smooth", "preprocess3d-pair-10-21-noise", "vision-tiny",
                      "vision-full-d4", "vision-full-d16", "llama-layer-full", "model-tiny-a", "model-tiny-b-bf16",
                      "checkpoint-bad", "checkpoint-sharded"),
    [](const auto& instance) {
      std::string name = instance.param;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

// A case of which one value was changed.
struct Broken {
  const char* name;
  const char* file;  // JSON in the case's folder
  std::function<void(json&)> change;
};

std::vector<Broken> broken_cases() {
  const auto add_one = [](json& id) { id = id.get<int>() + 1; };
  return {
      {"tokenizer", "encode.json", [=](json& j) { add_one(j[7]["ids"][1]); }},
      {"tokenizer", "decode.json", [](json& j) { j[5]["text"] = j[5]["text"].get<std::string>() + "x"; }},
      {"prompt", "prompts.json", [=](json& j) { add_one(j[0]["ids"][3]); }},
      {"prompt", "prompts.json", [](json& j) { j[0]["text"] = "x" + j[0]["text"].get<std::string>(); }},
      {"preprocess2d-64x48-smooth", "case.json", [](json& j) { j["mean"] = j["mean"].get<double>() + 0.001; }},
      {"preprocess2d-64x48-noise", "case.json", [](json& j) { j["config"]["picture"] = "smooth"; }},
      {"preprocess-depth", "nearest.json", [=](json& j) { add_one(j[100]["index"][5]); }},
      {"preprocess-depth", "zoom64.json", [=](json& j) { add_one(j[3]["index"][9]); }},
      {"preprocess-depth", "mixed.json", [=](json& j) { add_one(j[0]["in"]); }},
      {"preprocess3d-64x48x10-noise", "case.json", [](json& j) { j["mean"] = j["mean"].get<double>() + 0.01; }},
      {"preprocess3d-64x48x10-noise", "case.json", [](json& j) { j["config"]["picture"] = "smooth"; }},
      {"vision-tiny", "case.json", [](json& j) { j["config"]["perceiver"]["heads"] = 1; j["config"]["perceiver"]["dim_head"] = 32; }},
      {"model-tiny-a", "case.json", [=](json& j) { add_one(j["prompts"][1]["new_ids"][4]); }},
      {"model-tiny-a", "case.json", [](json& j) { j["prompts"][1]["vision"]["name"] = "another picture"; }},
      {"model-tiny-b-bf16", "case.json", [](json& j) { j["prompts"][1]["decoded"] = "something else"; }},
      {"checkpoint-bad", "files.json", [](json& j) { j[0]["expect"] = "refused"; }},
      {"checkpoint-bad", "files.json", [](json& j) { j.back()["expect"] = "loads"; j.back()["values"] = "values.safetensors"; }},
      {"checkpoint-sharded", "case.json", [](json& j) { j["sets"][0]["expect"] = "refused"; }},
  };
}

TEST(GoldenKinds, EachNoticesAChangedValue) {
  // One id, text, mean, picture, size or expectation changed: the case no longer passes.
  GOLDEN_FOLDER_OR_SKIP(golden);
  for (const Broken& broken : broken_cases()) {
    SCOPED_TRACE(std::string(broken.name) + "/" + broken.file);
    const TestFolder folder;
    const fs::path copy = folder.path / broken.name;
    fs::copy(golden / broken.name, copy, fs::copy_options::recursive);
    fs::permissions(copy, fs::perms::owner_all);
    json changed = read_json(copy / broken.file);
    broken.change(changed);
    fs::remove(copy / broken.file);
    std::ofstream(copy / broken.file) << changed.dump(-1, ' ', true);
    EXPECT_NE(differences(copy), "");
    fs::permissions(copy, fs::perms::owner_all);
  }
}

TEST(GoldenKinds, WhatCannotBeReadIsSaid) {
  // No folder, no JSON, an unknown kind, a file name that climbs, a size that is none: named, never a crash.
  const TestFolder folder;
  const auto message = [&](const char* text) {
    std::ofstream(folder.path / "case.json") << text;
    auto golden = Case::open(folder.path);
    if (!golden) return golden.error().code;
    const auto findings = check_case(*golden, {});
    return findings ? std::string("judged") : findings.error().code;
  };
  EXPECT_EQ(Case::open(folder.path / "absent").error().code, "case_unreadable");
  for (const char* text : {"", "[]", "{", "{\"kind\": 3}", "{\"kind\": \"no such kind\"}", "{\"kind\": \"tokenizer\"}",
                           "{\"kind\": \"preprocess2d\", \"config\": {\"width\": -1}}",
                           "{\"kind\": \"model-tiny\", \"config\": {}}",
                           "{\"kind\": \"checkpoint-sharded\", \"required\": [], \"sets\": [{\"index\": \"../../../etc/passwd\"}]}",
                           "{\"kind\": \"vision-full\", \"config\": {\"vision\": {\"dim\": 1e300}}}"}) {
    EXPECT_EQ(message(text), "case_unreadable") << text;
  }
}

}  // namespace
}  // namespace radfm::model::check
