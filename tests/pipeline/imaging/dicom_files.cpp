// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/imaging/dicom_files.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "pipeline/imaging/codecs.h"

namespace radfm::imaging::testing {
namespace {

std::vector<std::uint8_t> written(DcmFileFormat& file) {
  std::vector<std::uint8_t> out(std::size_t{8} << 20);
  DcmOutputBufferStream stream(out.data(), static_cast<offile_off_t>(out.size()));
  file.transferInit();
  EXPECT_TRUE(file.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr).good());
  file.transferEnd();
  void* buffer = nullptr;
  offile_off_t bytes = 0;
  stream.flushBuffer(buffer, bytes);
  out.resize(static_cast<std::size_t>(bytes));
  return out;
}

void put_unless_empty(DcmDataset& set, const DcmTagKey& tag, const std::string& value) {
  if (!value.empty()) set.putAndInsertString(tag, value.c_str());
}

std::vector<Uint16> cells_of(const Image& image) {
  std::vector<Uint16> cells;
  for (int i = 0; i < std::max(image.rows * image.columns, static_cast<int>(image.values.size())); ++i) {
    const int value =
        image.values.empty() ? i : image.values[static_cast<std::size_t>(i) % image.values.size()];
    cells.push_back(static_cast<Uint16>(value));
  }
  return cells;
}

}  // namespace

std::vector<std::uint8_t> file_bytes(DcmDataset& data_set) {
  prepare_decoders();
  DcmFileFormat file(&data_set);
  return written(file);
}

std::vector<std::uint8_t> file_bytes(const Image& image) {
  DcmDataset set;
  put_unless_empty(set, DCM_SOPClassUID, image.sop_class);
  put_unless_empty(set, DCM_SOPInstanceUID, image.sop_uid);
  put_unless_empty(set, DCM_StudyInstanceUID, study_uid);
  put_unless_empty(set, DCM_SeriesInstanceUID, image.series_uid);
  put_unless_empty(set, DCM_Modality, image.modality);
  put_unless_empty(set, DCM_PatientID, "P1");
  put_unless_empty(set, DCM_PatientName, "Doe^Jane");
  put_unless_empty(set, DCM_InstanceNumber, std::to_string(image.instance_number));
  put_unless_empty(set, DCM_FrameOfReferenceUID, "1.2.3.9");
  put_unless_empty(set, DCM_ImageOrientationPatient, image.orientation);
  put_unless_empty(set, DCM_ImagePositionPatient, image.position);
  put_unless_empty(set, DCM_PixelSpacing, image.spacing);
  put_unless_empty(set, DCM_RescaleSlope, image.slope);
  put_unless_empty(set, DCM_RescaleIntercept, image.intercept);
  put_unless_empty(set, DCM_PhotometricInterpretation, image.photometric);
  set.putAndInsertUint16(DCM_SamplesPerPixel, 1);
  set.putAndInsertUint16(DCM_Rows, static_cast<Uint16>(image.rows));
  set.putAndInsertUint16(DCM_Columns, static_cast<Uint16>(image.columns));
  set.putAndInsertUint16(DCM_BitsAllocated, 16);
  set.putAndInsertUint16(DCM_BitsStored, 16);
  set.putAndInsertUint16(DCM_HighBit, 15);
  set.putAndInsertUint16(DCM_PixelRepresentation, image.is_signed ? 1 : 0);
  const auto cells = cells_of(image);
  set.putAndInsertUint16Array(DCM_PixelData, cells.data(), cells.size());
  if (image.change) image.change(set);
  return file_bytes(set);
}

std::vector<std::uint8_t> file_of_raw_data_set(const std::string& data_set,
                                               const std::string& transfer_syntax_uid) {
  std::string uid = transfer_syntax_uid;
  if (uid.size() % 2 != 0) uid += '\0';
  std::string file(128, '\0');
  file += "DICM";
  file += std::string("\x02\x00\x10\x00UI", 6);
  file += static_cast<char>(uid.size());
  file += '\0';
  file += uid + data_set;
  return {file.begin(), file.end()};
}

void OpenFiles::add(const std::vector<std::uint8_t>& bytes) {
  process::FileDescriptor file(memfd_create("test", MFD_CLOEXEC));
  ASSERT_EQ(write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  descriptors_.push_back(std::move(file));
}

void OpenFiles::add_path(const std::string& path) {
  descriptors_.emplace_back(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(descriptors_.back().valid()) << path;
}

std::vector<InputFile> OpenFiles::inputs() const {
  std::vector<InputFile> inputs;
  for (const auto& file : descriptors_) inputs.push_back({file.get(), std::to_string(inputs.size())});
  return inputs;
}

StudyReading read(const OpenFiles& files, const ReadOptions& options, const StudyLimits& limits) {
  prepare_decoders();
  auto reading = read_files(files.inputs(), options, limits);
  EXPECT_TRUE(reading.ok());
  return reading ? std::move(*reading) : StudyReading();
}

StudyReading read_images(const std::vector<Image>& images, const ReadOptions& options) {
  OpenFiles files;
  for (const auto& image : images) files.add(image);
  return read(files, options);
}

std::string only_code(const StudyReading& reading) {
  if (reading.left_out.size() == 1 && reading.volumes.empty()) return reading.left_out.front().code;
  return std::to_string(reading.volumes.size()) + " volumes, " + std::to_string(reading.left_out.size()) +
         " left out";
}

std::array<double, 3> place(const VolumeDescription& volume, int column, int row, int slice) {
  std::array<double, 3> at{};
  for (std::size_t i = 0; i < 3; ++i) {
    at[i] = volume.affine[i * 4] * column + volume.affine[i * 4 + 1] * row +
            volume.affine[i * 4 + 2] * slice + volume.affine[i * 4 + 3];
  }
  return at;
}

double determinant(const VolumeDescription& volume) {
  const auto& a = volume.affine;
  return a[0] * (a[5] * a[10] - a[6] * a[9]) - a[1] * (a[4] * a[10] - a[6] * a[8]) +
         a[2] * (a[4] * a[9] - a[5] * a[8]);
}

std::string reference_folder() {
  const char* variable = std::getenv("RADFM_SHARED");
  const std::filesystem::path folder =
      std::filesystem::path(variable ? variable : RADFM_SHARED_FOLDER) / "data" / "dicom";
  return std::filesystem::exists(folder / "expected.json") ? folder.string() : std::string();
}

}  // namespace radfm::imaging::testing
