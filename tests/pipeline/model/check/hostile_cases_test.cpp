// SPDX-License-Identifier: Apache-2.0
// Case files come from outside: what cannot be judged is said, and nothing outside the case is read.
#include <gmock/gmock.h>

#include "pipeline/model/check/placement.h"
#include "tests/pipeline/model/check/case_copy.h"

namespace radfm::model::check {
namespace {

using testing::HasSubstr;

const std::filesystem::path shipped = "tests/data/golden";

std::string changed(const char* name, const std::function<void(nlohmann::json&)>& edit) {
  const CaseCopy copy(shipped / name);
  copy.change("case.json", edit);
  return complaint_about(copy.path);
}

// No JSON, no kind, an unknown kind (the known ones are told), brackets without end.
TEST(HostileCases, WhatIsNoCaseIsSaid) {
  const TestFolder folder;
  EXPECT_THAT(complaint_about(folder.path), HasSubstr("unreadable: "));
  const auto with = [&](const std::string& text) {
    folder.write("case.json", text);
    return complaint_about(folder.path);
  };
  EXPECT_THAT(with("{"), HasSubstr("no JSON"));
  EXPECT_THAT(with(std::string(100'000, '[')), HasSubstr("no JSON"));
  EXPECT_THAT(with("[]"), HasSubstr("must be an object"));
  EXPECT_THAT(with("{}"), HasSubstr("kind: missing"));
  EXPECT_THAT(with(R"({"kind": "telepathy"})"), HasSubstr("known are tokenizer, prompt"));
}

// Every kind says what its empty case lacks instead of going on.
TEST(HostileCases, EachKindSaysWhatIsMissing) {
  const TestFolder folder;
  for (const Kind& kind : kinds()) {
    folder.write("case.json", nlohmann::json{{"kind", kind.name}}.dump());
    EXPECT_THAT(complaint_about(folder.path), HasSubstr("unreadable: ")) << kind.name;
    folder.write("case.json",
                 nlohmann::json{{"kind", kind.name}, {"config", 3}, {"files", ""}, {"sets", 7}}.dump());
    EXPECT_THAT(complaint_about(folder.path), HasSubstr("unreadable: ")) << kind.name;
  }
}

// Names that leave the folder are not followed.
TEST(HostileCases, NamesStayBesideTheCase) {
  for (const char* name : {"/etc/passwd", "../../../../etc/passwd", "a/../../b", "", "no-such-file"})
    EXPECT_THAT(changed("preprocess-depth", [&](auto& json) { json["nearest"] = name; }),
                HasSubstr("unreadable: "))
        << name;
}

// Sizes without bound, of the wrong type, zero or negative.
TEST(HostileCases, SizesAreBounded) {
  using nlohmann::json;
  for (const json& shape :
       {json{3, 1 << 30, 1 << 30}, json{3, -512, 512}, json{3, 0, 512}, json{3, 512}, json("3"),
        json{3, 1e300, 5}, json{3, 18446744073709551615ull, 5}, json{1, 512, 512}})
    EXPECT_THAT(changed("preprocess2d-64x48-noise", [&](auto& json) { json["shape"] = shape; }),
                HasSubstr("unreadable: "))
        << shape;
  for (const json& width : {json(1), json(1 << 20), json(-4), json("64"), json(nullptr), json(1e9)})
    EXPECT_THAT(changed("preprocess2d-64x48-noise", [&](auto& json) { json["config"]["width"] = width; }),
                HasSubstr("unreadable: "))
        << width;
}

// An index outside its tensor, a tolerance that allows everything, lists of another kind.
TEST(HostileCases, ValuesAreChecked) {
  EXPECT_THAT(changed("preprocess2d-64x48-noise",
                      [](auto& json) {
                        json["shape"] = {3, 16, 16};
                      }),
              HasSubstr("an index lies outside"));
  EXPECT_THAT(changed("preprocess2d-64x48-noise", [](auto& json) { json["tolerance"] = -1; }),
              HasSubstr("unreadable"));
  EXPECT_THAT(changed("preprocess-depth",
                      [](auto& json) {
                        json["config"]["targets"] = {64, 4};
                      }),
              HasSubstr("unreadable"));
  EXPECT_THAT(changed("preprocess-depth", [](auto& json) { json["config"]["targets"] = {"4"}; }),
              HasSubstr("unreadable"));
  const CaseCopy copy(shipped / "preprocess2d-64x48-noise");
  std::ofstream(copy.path / "samples.safetensors") << "no tensors";
  EXPECT_THAT(complaint_about(copy.path), HasSubstr("unreadable: "));
}

// A network that would take all memory is refused before a weight is drawn.
TEST(HostileCases, NetworksAreBounded) {
  const TestFolder folder;
  const auto huge = [&](const char* text) {
    folder.write("case.json", text);
    return complaint_about(folder.path);
  };
  EXPECT_THAT(
      huge(R"({"kind": "llama-layer-full", "tolerance": 0, "input": {"name": "x", "shape": [1, 4, 65536]},
                       "config": {"hidden": 65536, "heads": 1, "mlp": 65536, "rms_norm_eps": 1e-6, "rope_base": 10000,
                                  "sequence": 4, "layer": 0}})"),
      HasSubstr("more than 1000000000 parameters"));
  EXPECT_THAT(huge(R"({"kind": "vision-full", "tolerance": 0, "config": {"embedding_dim": 65536,
                       "vision": {"image_size": 512, "frames": 512, "patch": 32, "frame_patch": 4, "dim": 131070,
                                  "depth": 512, "heads": 8, "dim_head": 64, "mlp": 131072},
                       "perceiver": {"depth": 6, "latents": 32, "heads": 8, "dim_head": 64, "ff_mult": 4}}})"),
              HasSubstr("more than 1000000000 parameters"));
}

// What is no number, another length, and nothing at all are differences beyond any tolerance.
TEST(Comparison, NoNumberIsADifference) {
  EXPECT_TRUE(compare_values("a", {1, 2}, {1, 2.5f}, 0.5).within());
  EXPECT_FALSE(compare_values("a", {1, 2}, {1, 2.5f}, 0.4).within());
  EXPECT_FALSE(compare_values("a", {NAN}, {NAN}, 1e9).within());
  EXPECT_FALSE(compare_values("a", {INFINITY}, {INFINITY}, 1e9).within());
  EXPECT_FALSE(compare_values("a", {1}, {1, 1}, 1e9).within());
  EXPECT_FALSE(compare_values("a", {}, {}, 1e9).within());
  EXPECT_FALSE(compare_exact("a", std::vector{1, 2}, std::vector{1, 2, 3}).within());
  EXPECT_FALSE(compare_exact_bits("a", {0.0f}, {-0.0f}).within());
}

// Code points are counted, not bytes; order of images at one place is each side's own.
TEST(Placement, FollowsTheAuthorsSides) {
  const auto written = [](PromptSide side, const std::vector<std::int64_t>& positions) {
    const auto placed = place_images(side, "a\xC3\xA9\xF0\x9F\x98\x80z", positions);
    return placed ? text_with_specials(*placed, 1) : placed.error().code;
  };
  const std::string image0 = "<image><image0></image>", image1 = "<image><image1></image>";
  EXPECT_EQ(written(PromptSide::demo, {3}), "a\xC3\xA9\xF0\x9F\x98\x80" + image0 + "z");
  EXPECT_EQ(written(PromptSide::demo, {-1, 3}), "a\xC3\xA9\xF0\x9F\x98\x80" + image1 + image0 + "z");
  EXPECT_EQ(written(PromptSide::demo, {4}), "IndexError");
  EXPECT_EQ(written(PromptSide::demo, {-5}), "IndexError");
  EXPECT_EQ(written(PromptSide::demo, {}), "ValueError");
  EXPECT_EQ(written(PromptSide::dataset, {4, 4}), "a\xC3\xA9\xF0\x9F\x98\x80" + image0 + image1 + "z");
  EXPECT_EQ(written(PromptSide::dataset, {-7, 1}), image0 + image1 + "a\xC3\xA9\xF0\x9F\x98\x80z");
  EXPECT_EQ(written(PromptSide::dataset, {5}), "IndexError");
  EXPECT_EQ(written(PromptSide::dataset, {}), "a\xC3\xA9\xF0\x9F\x98\x80z");
}

}  // namespace
}  // namespace radfm::model::check
