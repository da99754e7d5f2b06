// SPDX-License-Identifier: Apache-2.0
#include "demo/training/phantom_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>

#include "demo/training/vocabulary.h"

namespace radfm::training {
namespace {

using phantom::Kind;
using phantom::Mapped;
using Stage = RecordSource::Stage;

model::ModelConfig small_config() {
  model::ModelConfig config;
  config.vision.image_height = config.vision.image_width = 64;
  config.vision.patch = 8;
  config.vision.frame_patch = 4;
  config.input.depth_max = 24;
  return config;
}

void expect_fits(const Record& record, const LabelKinds& kinds, std::size_t cells) {
  ASSERT_EQ(record.labels.size(), record.images.size());
  for (const ImageLabels& labels : record.labels) {
    ASSERT_EQ(labels.classes.size(), kinds.of_image.size());
    for (std::size_t i = 0; i < labels.classes.size(); ++i) {
      EXPECT_GE(labels.classes[i], no_label);
      EXPECT_LT(labels.classes[i], kinds.of_image[i].classes);
    }
    ASSERT_EQ(labels.maps.size(), kinds.maps.size());
    for (const auto& map : labels.maps) {
      ASSERT_EQ(map.size(), cells);
      const float most = *std::max_element(map.begin(), map.end());
      EXPECT_TRUE(most == 0.0f || most == 1.0f) << most;
    }
  }
  for (const Emphasis& emphasis : record.emphasis) EXPECT_LE(emphasis.end, record.answer.size());
  for (std::size_t i = 0; i < record.pair_labels.size(); ++i) EXPECT_LT(record.pair_labels[i], kinds.of_pair[i].classes);
}

TEST(PhantomRecords, LabelsFitTheirKinds) {
  // Aim: in both stages and both groups classes are within their ranges, maps on the grid of the group's depth, pairs
  // labelled exactly where there are two images, and every third radiograph record of the second stage has none.
  const PhantomRecords source(7, small_config());
  for (const Stage stage : {Stage::caption, Stage::instruct}) {
    for (std::uint64_t number = 0; number < 60; ++number) {
      const Record record = source.record(stage, number);
      expect_fits(record, source.kinds(), source.is_volume(number) ? 8 * 8 * 6 : 8 * 8);
      EXPECT_EQ(record.pair_labels.empty(), record.images.size() < 2);
      EXPECT_EQ(record.images.empty(), stage == Stage::instruct && number % 6 == 4);
      EXPECT_FALSE(record.answer.empty());
      const bool deep = std::ranges::any_of(record.images, [](const Picture& p) { return p.shape.depth > 1; });
      EXPECT_EQ(deep, source.is_volume(number));
      for (const Picture& picture : record.images) EXPECT_EQ(picture.pixels.size(), picture.shape.bytes());
    }
  }
}

TEST(PhantomRecords, TheSameForANumberOthersForAnotherSeed) {
  // Aim: a record can be drawn again, and a set with another seed shares no picture with it.
  const PhantomRecords one(1, small_config()), again(1, small_config()), other(2, small_config());
  for (const std::uint64_t number : std::initializer_list<std::uint64_t>{0, 1, 17, (std::uint64_t{1} << 40) + 2}) {
    const Record a = one.record(Stage::instruct, number), b = again.record(Stage::instruct, number), c = other.record(Stage::instruct, number);
    EXPECT_EQ(a.images.front().pixels, b.images.front().pixels);
    EXPECT_EQ(a.answer, b.answer);
    EXPECT_NE(a.images.front().pixels, c.images.front().pixels);
    EXPECT_NE(a.images.front().pixels, one.record(Stage::instruct, number + 2).images.front().pixels);
  }
}

double centre_column(const std::vector<float>& map, int depths) {
  double weight = 0, sum = 0;
  for (std::size_t i = 0; i < map.size(); ++i) {
    const double column = static_cast<double>(i / static_cast<std::size_t>(depths) % 8);
    weight += double(map[i]);
    sum += double(map[i]) * column;
  }
  return sum / weight;
}

TEST(PhantomRecords, TheirVocabularyIsTheShippedOne) {
  // Aim: who retrains the demonstration model gets its tokenizer, byte by byte, whatever the seed.
  const PhantomRecords source(9, small_config());
  const std::filesystem::path file = std::filesystem::temp_directory_path() / ("radfm-vocabulary-" + std::to_string(::getpid()));
  const Status learned = learn_vocabulary(source, 768, file);
  ASSERT_TRUE(learned.ok()) << learned.error().message;
  const auto bytes_of = [](const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
  };
  const std::string now = bytes_of(file);
  std::filesystem::remove(file);
  EXPECT_GT(now.size(), 1000u);
  EXPECT_TRUE(now == bytes_of("models/phantom/tokenizer.model"));
}

TEST(PhantomMaps, ThingsAreWhereTheyAreDrawn) {
  // Aim: the left lung is at the image's right, lesions are mapped on their side, and a finding that is not there nowhere.
  for (const phantom::Modality modality : {phantom::Modality::radiograph, phantom::Modality::ct}) {
    const phantom::PatchGrid grid{8, 8, modality == phantom::Modality::ct ? 6 : 1, 4};
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      const phantom::Visit visit = phantom::draw_pair(seed, modality, modality).current;
      const auto maps = phantom::draw_maps(visit, grid);
      const auto& of = [&](Mapped mapped) -> const std::vector<float>& { return maps[static_cast<std::size_t>(mapped)]; };
      EXPECT_GT(centre_column(of(Mapped::left_lung), grid.depths), 3.5);
      EXPECT_LT(centre_column(of(Mapped::right_lung), grid.depths), 3.5);
      const std::map<Kind, Mapped> lesions = {{Kind::nodule, Mapped::nodule},
                                              {Kind::consolidation, Mapped::consolidation},
                                              {Kind::effusion, Mapped::effusion}};
      for (const auto& [kind, mapped] : lesions) {
        const float sum = std::accumulate(of(mapped).begin(), of(mapped).end(), 0.0f);
        ASSERT_EQ(sum > 0, kind == visit.truth.lesion.kind) << seed;
        if (sum > 0) { EXPECT_EQ(centre_column(of(mapped), grid.depths) > 3.5, visit.truth.lesion.side == phantom::Side::left) << seed; }
      }
    }
  }
}

TEST(AttributeWords, AreWholeWords) {
  // Aim: sizes, sides and verdicts weigh more; words that only contain one do not.
  const std::string answer = "There is a 24 mm nodule in the right lower zone. The nodule is larger. Renewal.";
  std::vector<std::string> words;
  for (const Emphasis& e : attribute_words(answer)) words.push_back(answer.substr(e.begin, e.end - e.begin));
  EXPECT_THAT(words, ::testing::ElementsAre("24", "nodule", "right", "lower", "nodule", "larger"));
}

}  // namespace
}  // namespace radfm::training
