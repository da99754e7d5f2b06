// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/imaging/phantom_study.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <numeric>

#include "tests/pipeline/imaging/dicom_files.h"

namespace radfm::imaging::testing {
namespace {

std::string decimals(std::initializer_list<double> values) {
  std::string out;
  for (const double value : values) {
    char text[32];
    std::snprintf(text, sizeof text, "%.10g", value);  // at most 16 characters: a decimal string
    out += (out.empty() ? "" : "\\") + std::string(text);
  }
  return out;
}

std::string decimals(const Vector3& v) {
  return decimals({v[0], v[1], v[2]});
}

Rescale rescale_of(const Encoding& encoding, int slice) {
  return encoding.rescale ? encoding.rescale(slice) : Rescale{};
}

std::int64_t stored_value(const Acquisition& acquisition, const Encoding& encoding, const Cell& cell) {
  const Rescale rescale = rescale_of(encoding, cell.slice);
  const int value =
      acquisition.hu(cell.slice, cell.row, cell.column) + (encoding.magnetic_resonance ? 1000 : 0);
  const auto stored = static_cast<std::int64_t>((value - rescale.intercept) / rescale.slope);
  EXPECT_EQ(static_cast<double>(stored) * rescale.slope + rescale.intercept, value)
      << "not a whole stored value";
  return encoding.cell ? encoding.cell(stored, cell) : stored;
}

Picture pixels_of(const Acquisition& acquisition, const Encoding& encoding, const std::vector<int>& slices) {
  Picture picture;
  picture.rows = acquisition.rows;
  picture.columns = acquisition.columns;
  picture.frames = static_cast<int>(slices.size());
  picture.bits = encoding.bits;
  picture.photometric = encoding.photometric;
  picture.noise_above = encoding.noise_above;
  for (const int slice : slices) {
    for (int r = 0; r < acquisition.rows; ++r) {
      for (int c = 0; c < acquisition.columns; ++c)
        picture.values.push_back(stored_value(acquisition, encoding, {slice, r, c}));
    }
  }
  return picture;
}

void put(DcmItem& item, const DcmTagKey& tag, const std::string& value) {
  item.putAndInsertString(tag, value.c_str());
}

void put_plane(DcmItem& item, const Acquisition& acquisition) {
  const Vector3 &r = acquisition.row, &c = acquisition.column;
  put(item, DCM_ImageOrientationPatient, decimals({r[0], r[1], r[2], c[0], c[1], c[2]}));
}

void put_rescale(DcmItem& item, const Rescale& rescale) {
  put(item, DCM_RescaleSlope, decimals({rescale.slope}));
  put(item, DCM_RescaleIntercept, decimals({rescale.intercept}));
}

void put_study(DcmDataset& set, const Acquisition& acquisition, const Encoding& encoding) {
  put(set, DCM_StudyInstanceUID, study_uid);
  put(set, DCM_SeriesInstanceUID, encoding.series_uid);
  put(set, DCM_Modality, encoding.magnetic_resonance ? "MR" : "CT");
  put(set, DCM_PatientID, "P1");
  put(set, DCM_BodyPartExamined, "CHEST");
  put(set, DCM_PatientPosition, acquisition.patient_position);
  put(set, DCM_FrameOfReferenceUID, "1.2.3.9");
}

DcmItem& macro(DcmItem& group, const DcmTagKey& sequence) {
  DcmItem* item = nullptr;
  group.findOrCreateSequenceItem(sequence, item, 0);
  return *item;
}

void put_plane_macros(DcmItem& group, const Acquisition& acquisition) {
  put_plane(macro(group, DCM_PlaneOrientationSequence), acquisition);
  put_measures(macro(group, DCM_PixelMeasuresSequence), acquisition);
}

void put_rescale_macro(DcmItem& group, const Rescale& rescale, bool hounsfield) {
  DcmItem& transformation = macro(group, DCM_PixelValueTransformationSequence);
  put_rescale(transformation, rescale);
  put(transformation, DCM_RescaleType, hounsfield ? "HU" : "US");
}

void put_frame_group(DcmItem& group, const MultiFrame& object, const Acquisition& acquisition,
                     const Encoding& encoding, int slice) {
  put(macro(group, DCM_PlanePositionSequence), DCM_ImagePositionPatient,
      decimals(acquisition.place(slice, 0, 0)));
  DcmItem& content = macro(group, DCM_FrameContentSequence);
  put(content, DCM_StackID, "1");
  content.putAndInsertUint32(DCM_InStackPositionNumber, static_cast<Uint32>(slice + 1));
  if (!object.shared_plane) put_plane_macros(group, acquisition);
  if (!object.shared_rescale)
    put_rescale_macro(group, rescale_of(encoding, slice), !encoding.magnetic_resonance);
}

}  // namespace

void put_place(DcmItem& item, const Acquisition& acquisition, int slice) {
  put_plane(item, acquisition);
  put(item, DCM_ImagePositionPatient, decimals(acquisition.place(slice, 0, 0)));
}

void put_measures(DcmItem& item, const Acquisition& acquisition) {
  put(item, DCM_PixelSpacing, decimals({acquisition.row_mm, acquisition.column_mm}));
}

std::vector<ByteVector> phantom_files(const Acquisition& acquisition, const Encoding& encoding) {
  std::vector<ByteVector> files;
  for (int slice = 0; slice < acquisition.slices; ++slice) {
    DcmDataset set;
    put(set, DCM_SOPClassUID, encoding.magnetic_resonance ? mr_class : ct_class);
    put(set, DCM_SOPInstanceUID, encoding.series_uid + "." + std::to_string(slice + 1));
    put_study(set, acquisition, encoding);
    put(set, DCM_InstanceNumber, std::to_string(slice + 1));
    put_place(set, acquisition, slice);
    put_measures(set, acquisition);
    if (encoding.rescale || !encoding.magnetic_resonance) put_rescale(set, rescale_of(encoding, slice));
    if (encoding.change) encoding.change(set, slice);
    files.push_back(file_of(set, pixels_of(acquisition, encoding, {slice}), encoding.transfer_syntax_uid));
  }
  return files;
}

ByteVector phantom_object(const MultiFrame& object, const Acquisition& acquisition,
                          const Encoding& encoding) {
  std::vector<int> order = object.order;
  if (order.empty()) {
    order.resize(static_cast<std::size_t>(acquisition.slices));
    std::iota(order.begin(), order.end(), 0);
  }
  DcmDataset set;
  put(set, DCM_SOPClassUID, object.sop_class);
  put(set, DCM_SOPInstanceUID, encoding.series_uid + ".1");
  put_study(set, acquisition, encoding);
  put(set, DCM_ImageType, "ORIGINAL\\PRIMARY\\VOLUME\\NONE");
  DcmItem& shared = macro(set, DCM_SharedFunctionalGroupsSequence);
  if (object.shared_plane) put_plane_macros(shared, acquisition);
  if (object.shared_rescale) put_rescale_macro(shared, rescale_of(encoding, 0), !encoding.magnetic_resonance);
  for (const int slice : order) {
    DcmItem* group = nullptr;
    set.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, group, -2);
    put_frame_group(*group, object, acquisition, encoding, slice);
  }
  if (encoding.change) encoding.change(set, 0);
  const Picture pixels = pixels_of(acquisition, encoding, order);
  put(set, DCM_NumberOfFrames, std::to_string(pixels.frames));
  return file_of(set, pixels, encoding.transfer_syntax_uid);
}

std::vector<int> shuffled(int count, int stride) {
  std::vector<int> order;
  for (int n = 0; n < count; ++n) order.push_back((n * stride + 3) % count);
  return order;
}

StudyReading read_shuffled(const std::vector<ByteVector>& files, const ReadOptions& options) {
  OpenFiles open;
  int stride = 7;  // the next number that has no divisor in common
  while (std::gcd(stride, static_cast<int>(files.size())) != 1) ++stride;
  for (const int n : shuffled(static_cast<int>(files.size()), stride))
    open.add(files[static_cast<std::size_t>(n)]);
  ReadOptions all = options;
  all.values = true;
  return read(open, all);
}

}  // namespace radfm::imaging::testing
