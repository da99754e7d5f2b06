// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/slices_writer.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>
#include <vector>

#include "tests/pipeline/imaging/pictures.h"

namespace radfm::bench {
namespace {

using imaging::testing::Picture;

constexpr int side = 512, different = 16;

// A body in air with smooth organs and the noise of a real scan: what compression meets.
Picture slice_picture(int number) {
  Picture picture;
  picture.rows = picture.columns = side;
  picture.bits = {16, 16, 15, true};
  std::uint32_t random = 77u + static_cast<std::uint32_t>(number);
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column < side; ++column) {
      random = random * 1664525 + 1013904223;
      const double x = (column - 256) / 220.0, y = (row - 256) / 170.0, radius = x * x + y * y;
      const double organ = 120 * std::sin(5 * x + number) * std::cos(4 * y - number);
      const double noise = static_cast<double>(random >> 24) / 8 - 16;
      picture.values.push_back(radius > 1 ? -1000 + static_cast<int>(noise / 4) : static_cast<int>(40 + organ + noise));
    }
  }
  return picture;
}

void describe(DcmDataset& set, int index) {
  const auto put = [&](const DcmTagKey& tag, const std::string& value) { set.putAndInsertString(tag, value.c_str()); };
  put(DCM_SOPClassUID, "1.2.840.10008.5.1.4.1.1.2");
  put(DCM_StudyInstanceUID, "2.25.4711");
  put(DCM_SeriesInstanceUID, "2.25.4711.1");
  put(DCM_SOPInstanceUID, "2.25.4711.1." + std::to_string(index + 1));
  put(DCM_FrameOfReferenceUID, "2.25.4711.2");
  put(DCM_PatientID, "BENCH");
  put(DCM_PatientName, "Bench^Thousand");
  put(DCM_StudyDate, "20240311");
  put(DCM_Modality, "CT");
  put(DCM_SeriesNumber, "2");
  put(DCM_BodyPartExamined, "CHEST");
  put(DCM_ImageType, "ORIGINAL\\PRIMARY\\AXIAL");
  put(DCM_InstanceNumber, std::to_string(index + 1));
  put(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
  put(DCM_ImagePositionPatient, "-180\\-180\\" + std::to_string(index * 0.5));
  put(DCM_PixelSpacing, "0.7\\0.7");
  put(DCM_SliceThickness, "0.5");
  put(DCM_RescaleSlope, "1");
  put(DCM_RescaleIntercept, "0");
  put(DCM_RescaleType, "HU");
}

}  // namespace

bool write_slices(const std::filesystem::path& folder, const std::string& transfer_syntax_uid, int count) {
  std::filesystem::create_directories(folder);
  for (int number = 0; number < std::min(different, count); ++number) {
    // Compressed once; the other slices with the same pixels differ in their headers.
    const Picture picture = slice_picture(number);
    DcmDataset first;
    describe(first, number);
    const auto bytes = imaging::testing::file_of(first, picture, transfer_syntax_uid);
    const auto path = [&](int index) { return folder / (std::to_string(index + 1) + ".dcm"); };
    std::ofstream(path(number), std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    DcmFileFormat file;
    if (file.loadFile(path(number).c_str()).bad()) return false;
    for (int index = number + different; index < count; index += different) {
      describe(*file.getDataset(), index);
      const E_TransferSyntax syntax = file.getDataset()->getOriginalXfer();
      if (file.saveFile(path(index).c_str(), syntax).bad()) return false;
    }
  }
  return true;
}

}  // namespace radfm::bench
