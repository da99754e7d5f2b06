// SPDX-License-Identifier: Apache-2.0
// A long series is thinned where the index leaves no doubt, and the reading says what was not fetched.
#include "pipeline/imaging/index_choice.h"

#include <gtest/gtest.h>

#include "tests/pipeline/imaging/dicom_files.h"

namespace radfm::imaging {
namespace {

using testing::Image;

IndexedInstance slice(int number, double z_mm, const std::string& orientation = "1\\0\\0\\0\\1\\0") {
  IndexedInstance instance;
  instance.orthanc_id = "o" + std::to_string(number);
  instance.sop_instance_uid = "1.2.3.4.5." + std::to_string(number);
  instance.sop_class_uid = testing::ct_class;
  instance.instance_number = std::to_string(number);
  instance.image_orientation = orientation;
  instance.image_position = "0\\0\\" + std::to_string(z_mm);
  return instance;
}

StudyIndex study_of(std::vector<IndexedInstance> instances) {
  StudyIndex study;
  study.series.push_back({});
  study.series.back().series_instance_uid = "1.2.3.4.5";
  study.series.back().modality = "CT";
  study.series.back().instances = std::move(instances);
  return study;
}

std::vector<IndexedInstance> stack(int slices) {
  std::vector<IndexedInstance> all;
  for (int i = 1; i <= slices; ++i) all.push_back(slice(i, 2.5 * ((i * 7) % slices)));  // in no order of place
  return all;
}

TEST(IndexChoice, AThousandSlicesNeedSixtyFour) {
  // The slices that the reader would have chosen of all, with the number of all.
  const StudyIndex study = study_of(stack(1'000));
  const FetchChoice choice = choose_to_fetch(study, true, 64);
  EXPECT_EQ(choice.instances.size(), 64u);
  ASSERT_EQ(choice.thinned.size(), 1u);
  EXPECT_EQ(choice.thinned[0].slices, 1'000);
  EXPECT_TRUE(choice.thinned[0].notes.empty());
  double lowest = 1e9, highest = -1e9;
  for (const IndexedInstance* instance : choice.instances) {
    const double z = std::stod(instance->image_position.substr(4));
    lowest = std::min(lowest, z);
    highest = std::max(highest, z);
  }
  EXPECT_EQ(lowest, 0);
  EXPECT_EQ(highest, 2.5 * 999);
}

TEST(IndexChoice, AtTheLimitAllAreFetchedAndOnePastItIsThinned) {
  // 64 slices are 64 files; 65 are thinned to 64.
  EXPECT_TRUE(choose_to_fetch(study_of(stack(64)), true, 64).thinned.empty());
  const StudyIndex study = study_of(stack(65));
  const FetchChoice choice = choose_to_fetch(study, true, 64);
  EXPECT_EQ(choice.instances.size(), 64u);
  EXPECT_EQ(choice.thinned.size(), 1u);
}

TEST(IndexChoice, WhereTheIndexLeavesADoubtAllIsFetched) {
  // A position twice, a slice without a place, another orientation, frames in a file, a class without slices.
  const auto fetched_with = [](const IndexedInstance& odd) {
    std::vector<IndexedInstance> instances = stack(70);
    instances.push_back(odd);
    const StudyIndex study = study_of(instances);
    const FetchChoice choice = choose_to_fetch(study, true, 64);
    EXPECT_TRUE(choice.thinned.empty());
    return choice.instances.size();
  };
  EXPECT_EQ(fetched_with(slice(99, 0)), 71u);
  IndexedInstance odd = slice(99, 500);
  odd.image_position = "";
  EXPECT_EQ(fetched_with(odd), 71u);
  EXPECT_EQ(fetched_with(slice(99, 500, "1\\0\\0\\0\\0\\-1")), 71u);
  odd = slice(99, 500);
  odd.number_of_frames = "2";
  EXPECT_EQ(fetched_with(odd), 71u);
  odd = slice(99, 500);
  odd.sop_class_uid = "1.2.840.10008.5.1.4.1.1.7";  // not fetched at all, and no reason to guess about the others
  EXPECT_EQ(fetched_with(odd), 70u);
}

TEST(IndexChoice, ReportsAlwaysComeAndImagesOnlyWhenWanted) {
  // For a prior whose text alone is of use.
  std::vector<IndexedInstance> instances = stack(70);
  instances.push_back(slice(99, 0));
  instances.back().sop_class_uid = "1.2.840.10008.5.1.4.1.1.88.11";
  const StudyIndex study = study_of(instances);
  EXPECT_EQ(choose_to_fetch(study, false, 64).instances.size(), 1u);
  EXPECT_EQ(choose_to_fetch(study, true, 64).instances.size(), 71u);
}

TEST(IndexChoice, TheReadingOfAThinnedSeriesIsThatOfTheWholeOne) {
  // Ten slices with a gap, four shown: the same pixels, places and notes as when the reader sees all ten files.
  std::vector<Image> all, some;
  std::vector<IndexedInstance> indexed;
  for (int k = 0; k < 10; ++k) {
    const int z = 3 * k + (k > 6 ? 6 : 0);
    Image image;
    image.sop_uid = "1.2.3.4.5." + std::to_string(k + 1);
    image.position = "0\\0\\" + std::to_string(z);
    image.values.assign(1, 100 * k);
    image.values.push_back(100 * k + 1);
    all.push_back(image);
    indexed.push_back(slice(k + 1, z));
  }
  const StudyIndex study = study_of(indexed);
  const FetchChoice choice = choose_to_fetch(study, true, 4);
  ReadOptions options;
  options.slices_max = 4;
  options.values = true;
  const StudyReading whole = testing::read_images(all, options);
  for (const IndexedInstance* instance : choice.instances) some.push_back(all[std::stoul(instance->instance_number) - 1]);
  options.thinned = choice.thinned;
  const StudyReading thinned = testing::read_images(some, options);
  ASSERT_EQ(thinned.volumes.size(), 1u);
  EXPECT_EQ(thinned.volumes[0].sop_instance_uids, whole.volumes.at(0).sop_instance_uids);
  EXPECT_EQ(thinned.volumes[0].affine, whole.volumes[0].affine);
  EXPECT_EQ(thinned.volumes[0].notes, whole.volumes[0].notes);
  EXPECT_EQ(thinned.volumes[0].notes.size(), 1u);
  EXPECT_EQ(thinned.volumes[0].slices_in_study, 10);
  EXPECT_EQ(whole.volumes[0].slices_in_study, 10);
  EXPECT_EQ(thinned.pixels[0].values, whole.pixels[0].values);
}

TEST(OnlyWhatIsShown, LaterStacksAndPicturesAreDescribedAndNotDecoded) {
  // Two stacks and a radiograph, one stack wanted: the others have a description, an empty block and a reason.
  std::vector<Image> images;
  for (int k = 0; k < 6; ++k) {
    Image image;
    image.series_uid = k < 4 ? "1.2.3.4.5" : "1.2.3.4.6";
    image.sop_uid = image.series_uid + "." + std::to_string(k + 1);
    image.position = "0\\0\\" + std::to_string(5 * k);
    images.push_back(image);
  }
  Image radiograph;
  radiograph.sop_class = testing::cr_class;
  radiograph.modality = "CR";
  radiograph.sop_uid = "1.2.3.4.7.1";
  radiograph.series_uid = "1.2.3.4.7";
  images.push_back(radiograph);
  ReadOptions options;
  options.stacks_max = 1;
  options.pictures_max = 1;
  const StudyReading reading = testing::read_images(images, options);
  ASSERT_EQ(reading.volumes.size(), 3u);
  ASSERT_EQ(reading.pixels.size(), 3u);
  EXPECT_EQ(reading.volumes[0].depth, 4);
  EXPECT_TRUE(reading.volumes[0].choice.empty());
  EXPECT_FALSE(reading.pixels[0].display.empty());
  EXPECT_EQ(reading.volumes[1].choice, "series without a number comes before it by slices (4 before 2)");
  EXPECT_TRUE(reading.pixels[1].display.empty());
  EXPECT_TRUE(reading.pixels[2].display.empty());
}

}  // namespace
}  // namespace radfm::imaging
