// SPDX-License-Identifier: Apache-2.0
// One phantom as a multi-frame object, in every layout of functional groups: the model is shown what the
// single files show.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <gtest/gtest.h>

#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/imaging/phantom_study.h"

namespace radfm::imaging {
namespace {

using testing::Encoding;
using testing::expect_phantom;
using testing::expect_same_input;
using testing::MultiFrame;
using testing::on_grid;
using testing::on_table;
using testing::phantom_files;
using testing::phantom_object;
using testing::read_shuffled;
using testing::Rescale;
using testing::shuffled;

const std::string enhanced_ct = "1.2.840.10008.5.1.4.1.1.2.1", legacy_ct = "1.2.840.10008.5.1.4.1.1.2.2",
                  enhanced_mr = "1.2.840.10008.5.1.4.1.1.4.1", legacy_mr = "1.2.840.10008.5.1.4.1.1.4.4";

Rescale of_slice(int slice) {
  return {slice % 3 == 0 ? 1 : 0.5, -1024.0 + 16 * slice};
}

// Shared or not, in order or not.
std::vector<MultiFrame> layouts(const std::string& sop_class) {
  std::vector<MultiFrame> all;
  for (int bits = 0; bits < 8; ++bits) {
    all.push_back({sop_class, bits & 1 ? shuffled(testing::phantom_k) : std::vector<int>{}, (bits & 2) != 0,
                   (bits & 4) != 0});
  }
  return all;
}

TEST(PhantomFrames, EnhancedCtInEveryLayout) {
  // PS3.3 C.7.6.16.2: orientation, spacing and rescale shared or of each frame (then differing); frames
  // shuffled.
  for (const auto& sop_class : {enhanced_ct, legacy_ct}) {
    for (const auto& layout : layouts(sop_class)) {
      SCOPED_TRACE(sop_class + (layout.order.empty() ? "" : ", shuffled") +
                   (layout.shared_plane ? ", plane shared" : "") +
                   (layout.shared_rescale ? ", rescale shared" : ""));
      Encoding encoding;
      if (!layout.shared_rescale) encoding.rescale = of_slice;
      const auto reading = read_shuffled({phantom_object(layout, {}, encoding)});
      EXPECT_EQ(reading.volumes.size(), 1u);
      EXPECT_TRUE(reading.left_out.empty());
      expect_phantom(reading);
      const auto order = layout.order.empty() ? shuffled(testing::phantom_k, 1) : layout.order;
      for (std::size_t k = 0; k < reading.volumes.at(0).frames.size() && !layout.order.empty(); ++k) {
        EXPECT_EQ(order.at(static_cast<std::size_t>(reading.volumes[0].frames[k] - 1)), static_cast<int>(k));
      }
    }
  }
}

TEST(PhantomFrames, EnhancedCtInEverySyntax) {
  // Every frame is found in its own fragment and gets its own rescale.
  for (const char* uid :
       {"1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5",
        "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
        "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202"}) {
    SCOPED_TRACE(uid);
    Encoding encoding;
    encoding.transfer_syntax_uid = uid;
    encoding.rescale = of_slice;
    expect_phantom(
        read_shuffled({phantom_object({enhanced_ct, shuffled(testing::phantom_k)}, {}, encoding)}));
  }
}

TEST(PhantomFrames, EnhancedCtInEveryPositionAndPlane) {
  // Head or feet first, supine or prone, sagittal and coronal, frames shuffled.
  for (const char* position : {"HFS", "HFP", "FFS", "FFP"}) {
    SCOPED_TRACE(position);
    expect_phantom(
        read_shuffled({phantom_object({enhanced_ct, shuffled(testing::phantom_k)}, on_table(position))}));
  }
  const auto sagittal = on_grid({0, 1, 0}, {0, 0, -1}), coronal = on_grid({1, 0, 0}, {0, 0, -1});
  expect_phantom(read_shuffled({phantom_object({enhanced_ct, shuffled(sagittal.slices)}, sagittal)}),
                 Plane::sagittal);
  expect_phantom(read_shuffled({phantom_object({enhanced_ct, shuffled(coronal.slices)}, coronal)}),
                 Plane::coronal);
}

TEST(PhantomFrames, TheRegionOfAnEnhancedCtStandsInItsFrameAnatomy) {
  // PS3.3 A.38.1.4: that macro is mandatory in Enhanced CT, Body Part Examined is not; the chest is shown by
  // its window.
  for (const DcmTagKey& groups : {DCM_SharedFunctionalGroupsSequence, DCM_PerFrameFunctionalGroupsSequence}) {
    Encoding encoding;
    encoding.change = [groups](DcmDataset& set, int) {
      set.findAndDeleteElement(DCM_BodyPartExamined);
      for (int k = 0; k < (groups == DCM_SharedFunctionalGroupsSequence ? 1 : testing::phantom_k); ++k) {
        DcmItem *group = nullptr, *anatomy = nullptr, *region = nullptr;
        set.findOrCreateSequenceItem(groups, group, k);
        group->findOrCreateSequenceItem(DCM_FrameAnatomySequence, anatomy, 0);
        anatomy->putAndInsertString(DCM_FrameLaterality, "U");
        anatomy->findOrCreateSequenceItem(DCM_AnatomicRegionSequence, region, 0);
        region->putAndInsertString(DCM_CodeValue, "51185008");
        region->putAndInsertString(DCM_CodingSchemeDesignator, "SCT");
        region->putAndInsertString(DCM_CodeMeaning, "Chest");
      }
    };
    const auto reading = read_shuffled({phantom_object({enhanced_ct, {}}, {}, encoding)});
    expect_phantom(reading);
    EXPECT_EQ(reading.volumes.at(0).body_part, "Chest");
    EXPECT_EQ(reading.instances.at(0).body_part, "");  // what rules ask about is what an index knows too
  }
}

TEST(PhantomFrames, AConcatenationIsOneVolume) {
  // PS3.3 C.7.6.16.2.2.4: one multi-frame object in two parts, each with some of the frames.
  std::vector<testing::ByteVector> parts;
  const auto order = shuffled(testing::phantom_k);
  for (int part = 0; part < 2; ++part) {
    Encoding encoding;
    encoding.change = [part](DcmDataset& set, int) {
      set.putAndInsertString(DCM_SOPInstanceUID, ("1.2.3.4.5." + std::to_string(part + 1)).c_str());
      set.putAndInsertString(DCM_ConcatenationUID, "1.2.3.4.5.100");
      set.putAndInsertUint16(DCM_InConcatenationNumber, static_cast<Uint16>(part + 1));
    };
    parts.push_back(
        phantom_object({enhanced_ct, {order.begin() + 4 * part, part == 0 ? order.begin() + 4 : order.end()}},
                       {}, encoding));
  }
  const auto reading = read_shuffled(parts);
  EXPECT_EQ(reading.volumes.size(), 1u);
  expect_phantom(reading);
}

TEST(PhantomFrames, EnhancedMrIsShownAsTheSingleFiles) {
  // Percentiles over the whole volume: the order of frames and the rescale of each frame change nothing.
  Encoding encoding;
  encoding.magnetic_resonance = true;
  const auto single = read_shuffled(phantom_files({}, encoding));
  ASSERT_EQ(single.volumes.size(), 1u);
  EXPECT_EQ(single.volumes[0].window, "percentile 1 to 99");
  testing::expect_markers_at_their_letters(single, 1000);
  for (const auto& sop_class : {enhanced_mr, legacy_mr}) {
    for (const auto& layout : layouts(sop_class)) {
      SCOPED_TRACE(sop_class + (layout.order.empty() ? "" : ", shuffled"));
      Encoding other = encoding;
      if (!layout.shared_rescale) other.rescale = [](int slice) { return Rescale{0.25, -8.0 * slice}; };
      expect_same_input(read_shuffled({phantom_object(layout, {}, other)}), single);
    }
  }
}

// An NM object of reconstructed slices: their places follow from the detector's and the slice vector.
testing::ByteVector scintigraphy(const testing::Acquisition& acquisition, const std::vector<int>& order) {
  Encoding encoding;
  encoding.magnetic_resonance = true;  // values from 0
  encoding.bits.is_signed = false;
  encoding.change = [&](DcmDataset& set, int) {
    set.findAndDeleteElement(DCM_SharedFunctionalGroupsSequence);
    set.findAndDeleteElement(DCM_PerFrameFunctionalGroupsSequence);
    set.putAndInsertString(DCM_Modality, "NM");
    set.putAndInsertString(DCM_ImageType, "ORIGINAL\\PRIMARY\\RECON TOMO\\EMISSION");
    DcmItem* detector = nullptr;
    set.findOrCreateSequenceItem(DCM_DetectorInformationSequence, detector, 0);
    testing::put_place(*detector, acquisition, 0);
    testing::put_measures(set, acquisition);
    const double along = dot(acquisition.step, cross(acquisition.row, acquisition.column));
    set.putAndInsertString(DCM_SpacingBetweenSlices, std::to_string(along).c_str());
    std::vector<Uint16> slices;
    for (const int slice : order) slices.push_back(static_cast<Uint16>(slice + 1));
    set.putAndInsertUint16Array(DCM_SliceVector, slices.data(), slices.size());
  };
  return phantom_object({"1.2.840.10008.5.1.4.1.1.20", order}, acquisition, encoding);
}

TEST(PhantomFrames, AReconstructedScintigraphyIsShownAsTheSingleFiles) {
  // PS3.3 C.8.4.15: the slice vector counts along the normal, or against it where Spacing Between Slices is
  // negative.
  Encoding encoding;
  encoding.magnetic_resonance = true;
  const auto single = read_shuffled(phantom_files({}, encoding));
  for (const char* position : {"HFS", "HFP", "FFS", "FFP"}) {
    for (const bool against : {false, true}) {
      SCOPED_TRACE(std::string(position) + (against ? ", against the normal" : ""));
      auto acquisition = on_table(position);
      if (against) acquisition = testing::turned_round(acquisition);
      const auto reading = read_shuffled({scintigraphy(acquisition, shuffled(testing::phantom_k))});
      ASSERT_EQ(reading.volumes.size(), 1u);
      expect_same_input(reading, single);
      testing::expect_markers_at_their_letters(reading, 1000);
    }
  }
}

TEST(PhantomFrames, FramesWithoutPlacesAreNotTakenForAVolume) {
  // A CT class that says ten frames and where one lies: that one is shown, and a note says how many there
  // are.
  Encoding encoding;
  encoding.change = [](DcmDataset& set, int) {
    set.findAndDeleteElement(DCM_SharedFunctionalGroupsSequence);
    set.findAndDeleteElement(DCM_PerFrameFunctionalGroupsSequence);
    testing::put_place(set, {}, 0);
    testing::put_measures(set, {});
    set.putAndInsertString(DCM_RescaleIntercept, "0");
  };
  const auto reading = read_shuffled({phantom_object({testing::ct_class, {}}, {}, encoding)});
  ASSERT_EQ(reading.volumes.size(), 1u);
  EXPECT_EQ(reading.volumes[0].depth, 1);
  EXPECT_EQ(reading.volumes[0].notes, std::vector<std::string>{"frame 1 of 10 shown"});
}

}  // namespace
}  // namespace radfm::imaging
