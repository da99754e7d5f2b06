// SPDX-License-Identifier: Apache-2.0
// Cases in the repository pass, and fail when one value of them is another.
#include "tests/pipeline/model/check/case_copy.h"

namespace radfm::model::check {
namespace {

const std::filesystem::path shipped = "tests/data/golden";

void expect_within(const std::filesystem::path& folder) {
  EXPECT_EQ(complaint_about(folder), "") << folder;
}

// A damaged copy is told by the comparison that looks at it.
void expect_told(const CaseCopy& copy, const std::string& comparison) {
  const CaseOutcome outcome = outcome_of(copy.path);
  ASSERT_TRUE(outcome.readable()) << outcome.findings.error().message;
  EXPECT_FALSE(outcome.within());
  EXPECT_NE(complaint_about(copy.path).find(comparison), std::string::npos) << complaint_about(copy.path);
}

// The cases in the repository need nothing else.
TEST(ShippedCases, AreWithinTolerance) {
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(shipped)) {
    if (!entry.is_directory()) continue;
    expect_within(entry.path());
    ++compared;
  }
  EXPECT_EQ(compared, 3);
}

// One index of one list of slices.
TEST(ShippedCases, AnotherSliceIsTold) {
  for (const auto& [file, name] : {std::pair{"nearest.json", "nearest: index"},
                                   {"zoom64.json", "zoom64: index"},
                                   {"mixed.json", "mixed: index"}}) {
    const CaseCopy copy(shipped / "preprocess-depth");
    copy.change(file, [](auto& json) { json[5]["index"][3] = json[5]["index"][3].template get<int>() + 1; });
    expect_told(copy, name);
  }
}

// One grey level and a half of one pixel; a mean.
TEST(ShippedCases, AnotherPixelIsTold) {
  const CaseCopy pixel(shipped / "preprocess2d-64x48-noise"), mean(shipped / "preprocess2d-64x48-noise");
  pixel.shift("samples.safetensors", "value", 1.5f / 255);
  expect_told(pixel, "samples");
  mean.change("case.json", [](auto& json) { json["mean"] = json["mean"].template get<double>() + 0.001; });
  expect_told(mean, "mean");
}

// A checkpoint that loads where it must be refused, that is refused where it must load, or that has other
// values; a refusal for another reason is a note.
TEST(ShippedCases, AnotherJudgementIsTold) {
  const CaseCopy loads(shipped / "checkpoint-sharded"), refused(shipped / "checkpoint-sharded"),
      value(shipped / "checkpoint-sharded"), reason(shipped / "checkpoint-sharded");
  loads.change("case.json", [](auto& json) { json["sets"][0]["expect"] = "refused"; });
  expect_told(loads, "must be refused");
  refused.change("case.json", [](auto& json) {
    json["sets"][2]["expect"] = "loads";
    json["sets"][2]["values"] = "values.safetensors";
  });
  expect_told(refused, "must load");
  value.shift("values.safetensors", "embedding_layer.fc.bias", 1e-3f);
  expect_told(value, "1 of 49 tensors are not the values");
  reason.change("case.json", [](auto& json) { json["sets"][2]["reason"] = "truncated"; });
  const auto noted = outcome_of(reason.path);
  EXPECT_TRUE(noted.within());
  ASSERT_EQ(noted.findings->notes.size(), 1u);
  EXPECT_NE(noted.findings->notes[0].find("checkpoint_missing_shard"), std::string::npos);
}

}  // namespace
}  // namespace radfm::model::check
