// SPDX-License-Identifier: Apache-2.0
// Frames of one object are slices of their own, each with its own place, values and kind.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <gtest/gtest.h>

#include "pipeline/imaging/acceptance.h"
#include "pipeline/imaging/instance_facts.h"
#include "tests/pipeline/imaging/dicom_files.h"

namespace radfm::imaging {
namespace {

using testing::Image;
using testing::read_images;

constexpr int rows = 4, columns = 6, pixels = rows * columns;

DcmItem& macro(DcmItem& group, const DcmTagKey& sequence) {
  DcmItem* item = nullptr;
  group.findOrCreateSequenceItem(sequence, item, 0);
  return *item;
}

DcmItem& frame_group(DcmDataset& set, int frame) {
  DcmItem* item = nullptr;
  while (set.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, item, frame).bad()) {
    set.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, item, -2);
  }
  return *item;
}

void move_to_groups(DcmDataset& set) {
  for (const DcmTagKey& tag : {DCM_ImagePositionPatient, DCM_ImageOrientationPatient, DCM_PixelSpacing, DCM_RescaleSlope,
                               DCM_RescaleIntercept}) {
    set.findAndDeleteElement(tag);
  }
  DcmItem& shared = macro(set, DCM_SharedFunctionalGroupsSequence);
  macro(shared, DCM_PlaneOrientationSequence).putAndInsertString(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
  macro(shared, DCM_PixelMeasuresSequence).putAndInsertString(DCM_PixelSpacing, "2\\3");
}

// An Enhanced CT of frames at these heights, in this stored order; frame k's pixels are its height plus 0, 1, 2, ... after
// a rescale of its own.
Image enhanced(const std::vector<int>& heights_mm) {
  Image image;
  image.sop_class = "1.2.840.10008.5.1.4.1.1.2.1";
  for (std::size_t k = 0; k < heights_mm.size(); ++k) {
    for (int i = 0; i < pixels; ++i) image.values.push_back(i);
  }
  image.change = [heights_mm](DcmDataset& set) {
    move_to_groups(set);
    set.putAndInsertString(DCM_NumberOfFrames, std::to_string(heights_mm.size()).c_str());
    for (int k = 0; k < static_cast<int>(heights_mm.size()); ++k) {
      const std::string z = std::to_string(heights_mm[static_cast<std::size_t>(k)]);
      DcmItem& group = frame_group(set, k);
      macro(group, DCM_PlanePositionSequence).putAndInsertString(DCM_ImagePositionPatient, ("0\\0\\" + z).c_str());
      DcmItem& transformation = macro(group, DCM_PixelValueTransformationSequence);
      transformation.putAndInsertString(DCM_RescaleSlope, "1");
      transformation.putAndInsertString(DCM_RescaleIntercept, z.c_str());
      transformation.putAndInsertString(DCM_RescaleType, "HU");
    }
  };
  return image;
}

ReadOptions with_values() {
  ReadOptions options;
  options.values = true;
  return options;
}

TEST(Frames, ShuffledFramesOfAnEnhancedObjectAreOrderedByPlace) {
  // Stored order says nothing; each frame's own rescale is applied; the frame's number goes with its slice.
  const auto reading = read_images({enhanced({10, 0, 15, 5})}, with_values());
  ASSERT_EQ(reading.volumes.size(), 1u);
  const auto& volume = reading.volumes.front();
  EXPECT_EQ(volume.depth, 4);
  EXPECT_EQ(volume.frames, (std::vector<int>{2, 4, 1, 3}));
  EXPECT_DOUBLE_EQ(volume.slice_spacing_mm, 5);
  EXPECT_EQ(volume.sop_instance_uids, std::vector<std::string>(4, "1.2.3.4.5.1"));
  for (int k = 0; k < 4; ++k) {
    for (int i = 0; i < pixels; ++i) {
      EXPECT_EQ(reading.pixels.front().values[static_cast<std::size_t>(k * pixels + i)], static_cast<float>(5 * k + i));
    }
  }
  EXPECT_GT(testing::determinant(volume), 0);
  EXPECT_TRUE(reading.left_out.empty());
}

TEST(Frames, PhasesOfOneObjectKeepOneStackAndCountOnce) {
  // Two phases at the same places: the first frame's is shown; the object is named once, not once for each frame.
  Image image = enhanced({0, 5, 10, 0, 5, 10});
  image.change = [inner = image.change](DcmDataset& set) {
    inner(set);
    for (int k = 0; k < 6; ++k) {
      macro(frame_group(set, k), DCM_FrameContentSequence).putAndInsertUint32(DCM_TemporalPositionIndex, k < 3 ? 1 : 2);
    }
  };
  const auto reading = read_images({image});
  ASSERT_EQ(reading.volumes.size(), 1u);
  EXPECT_EQ(reading.volumes.front().frames, (std::vector<int>{1, 2, 3}));
  ASSERT_EQ(reading.left_out.size(), 1u);
  EXPECT_EQ(reading.left_out.front().code, "duplicate_position");
  EXPECT_EQ(reading.left_out.front().instances, 1);
}

TEST(Frames, AFrameThatIsALocalizerOrHasNoPlaceIsLeftOutAlone) {
  // The frame's own type and place decide, not the object's.
  Image image = enhanced({0, 5, 10, 15});
  image.change = [inner = image.change](DcmDataset& set) {
    inner(set);
    macro(frame_group(set, 0), DCM_CTImageFrameTypeSequence).putAndInsertString(DCM_FrameType, "ORIGINAL\\PRIMARY\\LOCALIZER\\NONE");
    macro(frame_group(set, 3), DCM_PlanePositionSequence).findAndDeleteElement(DCM_ImagePositionPatient);
  };
  const auto reading = read_images({image});
  ASSERT_EQ(reading.volumes.size(), 1u);
  EXPECT_EQ(reading.volumes.front().frames, (std::vector<int>{2, 3}));
  ASSERT_EQ(reading.left_out.size(), 2u);
  EXPECT_EQ(reading.left_out[0].code, "localizer");
  EXPECT_EQ(reading.left_out[1].code, "no_geometry");
}

TEST(Frames, FewerGroupsThanFramesAreBroken) {
  // Nobody knows where the last frame lies.
  Image image = enhanced({0, 5, 10});
  image.change = [inner = image.change](DcmDataset& set) {
    inner(set);
    DcmSequenceOfItems* groups = nullptr;
    set.findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, groups);
    delete groups->remove(2UL);
  };
  EXPECT_EQ(testing::only_code(read_images({image})), "broken");
}

TEST(Frames, LimitAndOnePast) {
  // 10,000 frames are taken for possible, one more is refused before anything is decoded.
  InstanceFacts facts;
  facts.sop_class_uid = testing::ct_class;
  facts.photometric = "MONOCHROME2";
  facts.transfer_syntax_uid = "1.2.840.10008.1.2.1";
  facts.has_pixels = true;
  facts.rows = facts.columns = 1;
  facts.frames = frames_max;
  EXPECT_EQ(judge(facts).use, Use::slice);
  facts.frames = frames_max + 1;
  EXPECT_EQ(judge(facts).refusal.code, "image_too_large");
  facts.frames = 0;
  EXPECT_EQ(judge(facts).refusal.code, "image_too_large");
}

TEST(Frames, ALoopIsShownByItsMiddleFrame) {
  // An angiography of three frames: the second, and a note says so.
  Image image;
  image.sop_class = "1.2.840.10008.5.1.4.1.1.12.1";
  image.modality = "XA";
  for (int k = 0; k < 3; ++k) {
    for (int i = 0; i < pixels; ++i) image.values.push_back(100 * k + i);
  }
  image.change = [](DcmDataset& set) { set.putAndInsertString(DCM_NumberOfFrames, "3"); };
  const auto reading = read_images({image}, with_values());
  ASSERT_EQ(reading.volumes.size(), 1u);
  EXPECT_EQ(reading.volumes.front().kind, VolumeKind::radiograph);
  EXPECT_EQ(reading.volumes.front().frames, std::vector<int>{2});
  EXPECT_EQ(reading.volumes.front().notes, std::vector<std::string>{"frame 2 of 3 shown"});
  EXPECT_EQ(reading.pixels.front().values.front(), 100);
}

TEST(Frames, AReconstructedScintigraphyHasItsPlacesFromTheDetector) {
  // PS3.3 C.8.4.15: slices follow the slice vector along the normal; here downwards.
  Image image;
  image.sop_class = "1.2.840.10008.5.1.4.1.1.20";
  image.modality = "NM";
  image.orientation = image.position = "";
  for (int k = 0; k < 3; ++k) {
    for (int i = 0; i < pixels; ++i) image.values.push_back(100 * k + i);
  }
  image.change = [](DcmDataset& set) {
    set.putAndInsertString(DCM_ImageType, "ORIGINAL\\PRIMARY\\RECON TOMO\\EMISSION");
    set.putAndInsertString(DCM_NumberOfFrames, "3");
    set.putAndInsertString(DCM_SpacingBetweenSlices, "-4");
    const Uint16 slices[] = {1, 2, 3};
    set.putAndInsertUint16Array(DCM_SliceVector, slices, 3);
    DcmItem& detector = macro(set, DCM_DetectorInformationSequence);
    detector.putAndInsertString(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
    detector.putAndInsertString(DCM_ImagePositionPatient, "0\\0\\100");
  };
  const auto reading = read_images({image}, with_values());
  ASSERT_EQ(reading.volumes.size(), 1u);
  const auto& volume = reading.volumes.front();
  EXPECT_EQ(volume.frames, (std::vector<int>{3, 2, 1}));
  EXPECT_DOUBLE_EQ(volume.affine[11], 92);
  EXPECT_EQ(reading.pixels.front().values.front(), 200);
}

}  // namespace
}  // namespace radfm::imaging
