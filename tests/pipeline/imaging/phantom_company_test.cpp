// SPDX-License-Identifier: Apache-2.0
// One phantom among what hospitals send beside it: the model is shown the same array, to the bit.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <gtest/gtest.h>

#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/imaging/phantom_study.h"

namespace radfm::imaging {
namespace {

using testing::Encoding;
using testing::expect_phantom;
using testing::Image;
using testing::phantom_files;
using testing::read_shuffled;

// Larger and with other values than the phantom, so that it would be seen if it were shown.
Image other_image(const char* image_type, const std::string& sop_class = testing::ct_class,
                  const std::string& series = "1.2.3.4.9") {
  Image image;
  image.sop_class = sop_class;
  image.series_uid = series;
  image.sop_uid = "1.2.3.4.9.1";
  image.rows = 40;
  image.columns = 48;
  image.position = "-8.5\\-20.25\\110";
  if (image_type[0] != '\0')
    image.change = [image_type](DcmDataset& set) { set.putAndInsertString(DCM_ImageType, image_type); };
  return image;
}

// A line through the middle of the phantom's own slices, in its series.
Image own_series(Image image) {
  image.series_uid = "1.2.3.4.5";
  image.sop_uid = "1.2.3.4.5.900";
  image.rows = testing::phantom_j;
  image.columns = testing::phantom_i;
  image.spacing = "0.5\\0.75";
  return image;
}

Image scout() {
  Image image = other_image("ORIGINAL\\PRIMARY\\LOCALIZER");
  image.orientation = "1\\0\\0\\0\\0\\-1";
  return image;
}

struct Company {
  const char* name;
  Image image;
  const char* code;
};

std::vector<Company> companies() {
  return {
      {"localizer", scout(), "localizer"},
      {"localizer in the same series", own_series(scout()), "localizer"},
      {"dose screen", other_image("DERIVED\\SECONDARY\\OTHER\\DOSE_INFO"), "dose_screen"},
      {"dose screen in the same series", own_series(other_image("DERIVED\\SECONDARY\\OTHER\\DOSE_INFO")),
       "dose_screen"},
      {"secondary capture", other_image("", "1.2.840.10008.5.1.4.1.1.7"), "secondary_capture"},
      {"multi-frame secondary capture", other_image("", "1.2.840.10008.5.1.4.1.1.7.3"), "secondary_capture"},
      {"screen save of the CT", other_image("DERIVED\\SECONDARY\\SCREEN SAVE"), "secondary_capture"},
      {"reformat", own_series(other_image("DERIVED\\SECONDARY\\MPR")), "derived_reformat"},
      {"projection", own_series(other_image("DERIVED\\SECONDARY\\MIP")), "derived_reformat"},
      {"presentation state", other_image("", "1.2.840.10008.5.1.4.1.1.11.1"), "presentation_state"},
      {"key objects", other_image("", "1.2.840.10008.5.1.4.1.1.88.59"), "key_objects"},
      {"segmentation", other_image("", "1.2.840.10008.5.1.4.1.1.66.4"), "segmentation"},
      {"dose map", other_image("", "1.2.840.10008.5.1.4.1.1.481.2"), "radiotherapy"},
  };
}

TEST(PhantomCompany, ObjectsThatAreNoAcquisitionChangeNothing) {
  // Localizer, dose screen, secondary capture and the like, each alone beside the phantom: named, and the
  // input is the same.
  const auto reference = read_shuffled(phantom_files());
  for (const auto& company : companies()) {
    SCOPED_TRACE(company.name);
    auto files = phantom_files();
    files.push_back(testing::file_bytes(company.image));
    const auto reading = read_shuffled(files);
    EXPECT_EQ(reading.volumes.size(), 1u);
    expect_phantom(reading);
    testing::expect_same_input(reading, reference);
    EXPECT_TRUE(reading.volumes.at(0).notes.empty());
    ASSERT_EQ(reading.left_out.size(), 1u);
    EXPECT_EQ(reading.left_out[0].code, company.code);
    EXPECT_EQ(reading.left_out[0].instances, 1);
    EXPECT_TRUE(reading.left_out[0].by_policy);
  }
}

TEST(PhantomCompany, AllOfThemAtOnceChangeNothing) {
  // The whole of a real study's litter.
  auto files = phantom_files();
  int number = 0;
  for (auto company : companies()) {
    company.image.sop_uid = "1.2.3.4.9." + std::to_string(++number);
    files.push_back(testing::file_bytes(company.image));
  }
  const auto reading = read_shuffled(files);
  EXPECT_EQ(reading.volumes.size(), 1u);
  expect_phantom(reading);
}

TEST(PhantomCompany, AScoutThatDoesNotSayWhatItIsComesBehind) {
  // Three coronal pictures in a series of their own without the word LOCALIZER: a volume, behind the phantom.
  auto files = phantom_files();
  for (int n = 0; n < 3; ++n) {
    Image image = scout();
    image.change = {};
    image.sop_uid += std::to_string(n);
    image.position = "-8.5\\" + std::to_string(10 * n) + "\\110";
    files.push_back(testing::file_bytes(image));
  }
  const auto reading = read_shuffled(files);
  EXPECT_EQ(reading.volumes.size(), 2u);
  expect_phantom(reading);
}

TEST(PhantomCompany, SeriesOfOneGeometryAreNotMerged) {
  // Two series at the same places, and one series whose halves came as two: each is a volume of its own.
  Encoding second;
  second.series_uid = "1.2.3.4.6";
  second.rescale = [](int) { return testing::Rescale{1, 0}; };
  auto both = phantom_files();
  for (auto& file : phantom_files({}, second)) both.push_back(std::move(file));
  auto reading = read_shuffled(both);
  ASSERT_EQ(reading.volumes.size(), 2u);
  EXPECT_TRUE(reading.left_out.empty());
  expect_phantom(reading);
  std::swap(reading.volumes[0], reading.volumes[1]);
  std::swap(reading.pixels[0], reading.pixels[1]);
  expect_phantom(reading);

  const auto first_half = phantom_files(), second_half = phantom_files({}, second);
  std::vector<testing::ByteVector> halves(first_half.begin(), first_half.begin() + 5);
  halves.insert(halves.end(), second_half.begin() + 5, second_half.end());
  const auto split = read_shuffled(halves);
  ASSERT_EQ(split.volumes.size(), 2u);
  EXPECT_EQ(split.volumes[0].depth, 5);
  EXPECT_EQ(split.volumes[1].depth, 5);
}

TEST(PhantomCompany, RepetitionsAtTheSamePlacesAreLeftOut) {
  // The same slices again as a second acquisition, a second phase or the same instances twice: one of each
  // place is shown.
  for (const DcmTagKey& tag : {DCM_AcquisitionNumber, DCM_TemporalPositionIdentifier}) {
    auto files = phantom_files();
    Encoding again;
    again.cell = [](std::int64_t, const testing::Cell& cell) { return 10 * cell.row - cell.column; };
    again.change = [tag](DcmDataset& set, int slice) {
      set.putAndInsertString(DCM_SOPInstanceUID, ("1.2.3.4.5." + std::to_string(100 + slice)).c_str());
      set.putAndInsertString(DCM_InstanceNumber, std::to_string(100 + slice).c_str());
      set.putAndInsertString(tag, "2");
    };
    for (auto& file : phantom_files({}, again)) files.push_back(std::move(file));
    const auto reading = read_shuffled(files);
    EXPECT_EQ(reading.volumes.size(), 1u);
    expect_phantom(reading);
    ASSERT_EQ(reading.left_out.size(), 1u);
    EXPECT_EQ(reading.left_out[0].code, "duplicate_position");
    EXPECT_EQ(reading.left_out[0].instances, testing::phantom_k);
  }
  auto twice = phantom_files();
  for (auto& file : phantom_files()) twice.push_back(std::move(file));
  const auto reading = read_shuffled(twice);
  EXPECT_EQ(reading.volumes.size(), 1u);
  expect_phantom(reading);
}

}  // namespace
}  // namespace radfm::imaging
