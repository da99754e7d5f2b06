// SPDX-License-Identifier: Apache-2.0
// The section `imaging`: defaults, the order of CT windows, ranges, the way to the reader and back.
#include "core/imaging_settings.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/configuration.h"
#include "core/json_text.h"

namespace radfm {
namespace {

using Keys = std::vector<std::string>;

struct Read {
  ImagingSettings settings;
  Keys wrong_keys;
};

Read read(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  std::vector<JsonMistake> mistakes;
  Read out;
  read_imaging(JsonSection(json, "imaging", &mistakes), &out.settings);
  for (const auto& mistake : mistakes) out.wrong_keys.push_back(mistake.key);
  return out;
}

TEST(ImagingSettings, TheShippedFileSaysTheDefaults) {
  // Aim: config/radfm-node.json shows every row as it is when the section is left out.
  std::ifstream stream(RADFM_TEST_CONFIG);
  std::ostringstream text;
  text << stream.rdbuf();
  const auto reading = parse_configuration(text.str(), "radfm-node.json", ConfigurationReader::all);
  ASSERT_TRUE(reading.configuration);
  EXPECT_EQ(to_json(reading.configuration->imaging), to_json(ImagingSettings{}));
  std::vector<JsonMistake> mistakes;
  EXPECT_TRUE(parse_commented_json(text.str(), &mistakes).contains("imaging"));
}

TEST(ImagingSettings, AnAdministratorsTableReplacesTheDefaults) {
  // Aim: rows are taken in order, with decimals; other keys keep their defaults.
  const Read r = read(R"({"ct_windows": [{"region": "liver", "words": ["LIVER"], "centre_hu": 60.5, "width_hu": 150},
                                         {"region": "rest", "centre_hu": 40, "width_hu": 400}]})");
  EXPECT_EQ(r.wrong_keys, Keys{});
  ASSERT_EQ(r.settings.ct_windows.size(), 2u);
  EXPECT_EQ(r.settings.ct_windows[0].centre_hu, 60.5);
  EXPECT_EQ(r.settings.ct_windows[1].region, "rest");
  EXPECT_EQ(r.settings.mr_percentiles.high, 99);
}

TEST(ImagingSettings, TheLastRowAndOnlyThatIsForEverythingElse) {
  // Aim: no last row, a row behind it, no row at all: refused, and the defaults stay.
  const std::string words = R"({"region": "a", "words": ["A"], "centre_hu": 1, "width_hu": 2})";
  const std::string rest = R"({"region": "b", "centre_hu": 1, "width_hu": 2})";
  EXPECT_EQ(read("{\"ct_windows\": [" + words + "," + rest + "]}").wrong_keys, Keys{});
  for (const std::string& rows : {words, rest + "," + words, rest + "," + rest, std::string()}) {
    const Read r = read("{\"ct_windows\": [" + rows + "]}");
    EXPECT_EQ(r.wrong_keys, Keys{"imaging.ct_windows"}) << rows;
    EXPECT_EQ(r.settings.ct_windows.size(), ImagingSettings{}.ct_windows.size());
  }
}

TEST(ImagingSettings, TheTableHasALimit) {
  // Aim: as many rows as allowed, and one more.
  const auto table = [](std::size_t rows) {
    std::string text;
    for (std::size_t i = 1; i < rows; ++i) text += R"({"region": "a", "words": ["A"], "centre_hu": 1, "width_hu": 2},)";
    return read("{\"ct_windows\": [" + text + R"({"region": "b", "centre_hu": 1, "width_hu": 2}]})").wrong_keys;
  };
  EXPECT_EQ(table(ct_windows_max), Keys{});
  EXPECT_EQ(table(ct_windows_max + 1), Keys{"imaging.ct_windows"});
}

TEST(ImagingSettings, MistakesAreNamed) {
  // Aim: each wrong value by its own key; a range that is none.
  const Read rows = read(R"({"ct_windows": [{"region": "a", "words": [""], "centre_hu": "x", "width_hu": 0.5},
                                            {"regoin": "b", "centre_hu": 40, "width_hu": 400}]})");
  EXPECT_EQ(rows.wrong_keys, (Keys{"imaging.ct_windows[0].words", "imaging.ct_windows[0].centre_hu",
                                   "imaging.ct_windows[0].width_hu", "imaging.ct_windows[1].region",
                                   "imaging.ct_windows[1].regoin", "imaging.ct_windows"}));
  EXPECT_EQ(read(R"({"mr_percentiles": {"low": 50, "high": 50}})").wrong_keys, Keys{"imaging.mr_percentiles.high"});
  EXPECT_EQ(read(R"({"other_percentiles": {"low": -0.1, "high": 100.5}})").wrong_keys,
            (Keys{"imaging.other_percentiles.low", "imaging.other_percentiles.high"}));
  EXPECT_EQ(read(R"({"pet_suv": {"low": 0, "high": 1000}})").wrong_keys, Keys{});
  EXPECT_EQ(read(R"({"pet_suv": {"low": 0, "high": 1000.5}})").wrong_keys, Keys{"imaging.pet_suv.high"});
}

TEST(ImagingSettings, TravelWhole) {
  // Aim: what one process writes is what the other reads; what is no object gives the defaults.
  ImagingSettings settings;
  settings.ct_windows = {{"rest", {}, 1.25, 3}};
  settings.mr_percentiles = {0.5, 99.5};
  settings.pet_suv = {0, 7};
  EXPECT_EQ(to_json(imaging_settings_from_json(to_json(settings))), to_json(settings));
  EXPECT_EQ(to_json(imaging_settings_from_json(nlohmann::json())), to_json(ImagingSettings{}));
}

}  // namespace
}  // namespace radfm
