// SPDX-License-Identifier: Apache-2.0
// Which series comes first, and why the others do not.
#include "pipeline/imaging/stack_order.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/pipeline/imaging/dicom_files.h"

namespace radfm::imaging {
namespace {

SliceStack stack(const char* number, int slices, Plane plane, const char* description = "", const char* kernel = "") {
  SliceStack made;
  made.turn.plane = plane;
  for (int i = 0; i < slices; ++i) {
    InstanceFacts facts;
    facts.modality = "CT";
    facts.series_number = number;
    facts.series_instance_uid = std::string("1.2.") + number;
    facts.series_description = description;
    facts.kernel = kernel;
    facts.rows = facts.columns = 512;
    facts.instance_number = i;
    made.slices.push_back(facts);
  }
  return made;
}

std::vector<std::string> numbers(const std::vector<SliceStack>& stacks) {
  std::vector<std::string> all;
  for (const auto& each : stacks) all.push_back(each.slices.front().series_number);
  return all;
}

TEST(StackOrder, ADefaultStudyShowsTheSoftAxialSeries) {
  // Scouts by size and by name, bone kernels, other planes and shorter series come behind, whatever order they come in.
  std::vector<SliceStack> stacks{stack("1", 2, Plane::coronal), stack("2", 40, Plane::axial, "Monitoring bolus"),
                                 stack("3", 80, Plane::axial, "thorax", "B70f"), stack("4", 80, Plane::axial, "thorax", "B30f"),
                                 stack("5", 200, Plane::coronal, "cor", "B30f"), stack("6", 60, Plane::axial, "abdomen", "B30f")};
  const std::vector<std::string> expected{"4", "6", "5", "3", "2", "1"};
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(stacks.begin(), stacks.end(), random);
    sort_stacks(stacks, default_series_order());
    EXPECT_EQ(numbers(stacks), expected);
  }
}

TEST(StackOrder, EachReasonNamesTheDecidingCriterion) {
  // An administrator reads which criterion put a series behind the first, with both values.
  std::vector<SliceStack> stacks{stack("1", 80, Plane::axial, "", "B30f"), stack("2", 80, Plane::coronal, "", "B30f"),
                                 stack("3", 80, Plane::axial, "", "B70f"), stack("4", 3, Plane::axial)};
  EXPECT_EQ(reasons_behind_first(stacks, default_series_order()),
            (std::vector<std::string>{"", "series 1 comes before it by plane (axial before coronal)",
                                      "series 1 comes before it by kernel (B30f before B70f)",
                                      "series 1 comes before it by slices (80 before 3)"}));
}

TEST(StackOrder, AnAdministratorsOrderWins) {
  // Coronal first, then thin slices first.
  std::vector<SliceStack> stacks{stack("1", 80, Plane::axial), stack("2", 10, Plane::coronal), stack("3", 20, Plane::coronal)};
  stacks[1].slices.front().slice_thickness_mm = 1;
  stacks[2].slices.front().slice_thickness_mm = 5;
  sort_stacks(stacks, {{"plane", {}, {"coronal"}, {}}, {"thickness_mm", {}, {"least"}, {}}});
  EXPECT_EQ(numbers(stacks), (std::vector<std::string>{"2", "3", "1"}));
}

TEST(StackOrder, TheConfiguredOrderDecidesWhatIsReadFirst) {
  // Two series, told apart by number only: the higher number first when the administrator says so, and the other says why.
  std::vector<testing::Image> images;
  for (const char* number : {"1", "2"}) {
    testing::Image image;
    image.series_uid = std::string("1.2.3.4.") + number;
    image.sop_uid = image.series_uid + ".1";
    image.change = [number](DcmDataset& set) { set.putAndInsertString(DCM_SeriesNumber, number); };
    images.push_back(image);
  }
  EXPECT_EQ(testing::read_images(images).volumes.at(0).series_number, "1");
  ReadOptions options;
  options.imaging.series_order = {{"series_number", {}, {"most"}, {}}};
  const auto reading = testing::read_images(images, options);
  ASSERT_EQ(reading.volumes.size(), 2u);
  EXPECT_EQ(reading.volumes[0].series_number, "2");
  EXPECT_EQ(reading.volumes[0].choice, "");
  EXPECT_EQ(reading.volumes[1].choice, "series 2 comes before it by series_number (2 before 1)");
}

}  // namespace
}  // namespace radfm::imaging
