// SPDX-License-Identifier: Apache-2.0
// What a study may cost: each limit, and one past it.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <gtest/gtest.h>

#include "pipeline/imaging/instance_facts.h"
#include "tests/pipeline/imaging/dicom_files.h"

namespace radfm::imaging {
namespace {

using testing::Image;
using testing::only_code;
using testing::OpenFiles;
using testing::read_images;

TEST(Limits, SlicesAndVolumesOfOneStudyAndOnePast) {
  // Two slices of two series: both are volumes; what would be one slice, or one volume, more is left out with its reason.
  Image second;
  second.sop_uid = "1.2.3.4.6.1";
  second.series_uid = "1.2.3.4.6";
  OpenFiles files;
  files.add(Image());
  files.add(second);
  StudyLimits limits;
  limits.slices_max = limits.volumes_max = 2;
  EXPECT_EQ(testing::read(files, {}, limits).volumes.size(), 2u);
  for (const auto limit : {&StudyLimits::slices_max, &StudyLimits::volumes_max}) {
    StudyLimits one;
    one.*limit = 1;
    const auto reading = testing::read(files, {}, one);
    EXPECT_EQ(reading.volumes.size(), 1u);
    ASSERT_EQ(reading.left_out.size(), 1u);
    EXPECT_EQ(reading.left_out[0].code, "study_too_large");
  }
}

TEST(Limits, TextsOfFactsAreCutOnACharacter) {
  // At the limit whole, one past it cut; with a character of two bytes across the limit, before it. Not within the identity.
  const auto description = [](const std::string& text) {
    Image image;
    image.change = [&](DcmDataset& set) {
      set.putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 192");
      set.putAndInsertString(DCM_SeriesDescription, text.c_str());
    };
    return read_images({image}).instances.at(0).series_description;
  };
  const std::string whole(fact_text_bytes_max, 'a');
  EXPECT_EQ(description(whole), whole);
  EXPECT_EQ(description(whole + "a"), whole);
  EXPECT_EQ(description(whole.substr(1) + "\xC3\xBC"), whole.substr(1));
}

TEST(Limits, IdentityTextAndOnePast) {
  // A longer one is no name that the standard allows; cut, two of them could become equal.
  const auto read_name = [](std::size_t bytes) {
    Image image;
    image.change = [&](DcmDataset& set) { set.putAndInsertString(DCM_PatientName, std::string(bytes, 'a').c_str()); };
    return read_images({image});
  };
  EXPECT_EQ(read_name(identity_text_bytes_max).volumes.size(), 1u);
  EXPECT_EQ(only_code(read_name(identity_text_bytes_max + 1)), "broken");
}

}  // namespace
}  // namespace radfm::imaging
