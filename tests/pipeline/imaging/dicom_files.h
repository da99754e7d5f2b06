// SPDX-License-Identifier: Apache-2.0
// Small DICOM files for tests: written with DCMTK into memory, or byte by byte where a writer would refuse.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/read_files.h"
#include "pipeline/process/file_descriptor.h"

class DcmDataset;

namespace radfm::imaging::testing {

inline const std::string study_uid = "1.2.3.4", ct_class = "1.2.840.10008.5.1.4.1.1.2",
                         mr_class = "1.2.840.10008.5.1.4.1.1.4", cr_class = "1.2.840.10008.5.1.4.1.1.1";

using Change = std::function<void(DcmDataset&)>;

// One image. Defaults: a CT slice of 4 rows x 6 columns, 16 bit signed, standard axial orientation at the
// origin.
struct Image {
  std::string sop_class = ct_class, modality = "CT", sop_uid = "1.2.3.4.5.1", series_uid = "1.2.3.4.5";
  int instance_number = 1;
  int rows = 4, columns = 6;
  bool is_signed = true;
  std::string photometric = "MONOCHROME2";
  std::vector<int> values;  // stored values, of all frames; empty: 0, 1, 2, ...
  std::string orientation = "1\\0\\0\\0\\1\\0", position = "0\\0\\0", spacing = "2\\3";  // empty: absent
  std::string slope = "1", intercept = "0";
  Change change;  // last of all
};

std::vector<std::uint8_t> file_bytes(const Image& image);
std::vector<std::uint8_t> file_bytes(DcmDataset& data_set);
// Meta information of explicit little endian (or another syntax) and then these bytes as they are.
std::vector<std::uint8_t> file_of_raw_data_set(const std::string& data_set,
                                               const std::string& transfer_syntax_uid);

// Descriptors that live as long as this object.
class OpenFiles {
 public:
  void add(const std::vector<std::uint8_t>& bytes);
  void add(const Image& image) { add(file_bytes(image)); }
  void add_path(const std::string& path);
  std::vector<InputFile> inputs() const;
  std::vector<process::FileDescriptor>& descriptors() { return descriptors_; }

 private:
  std::vector<process::FileDescriptor> descriptors_;
};

StudyReading read(const OpenFiles& files, const ReadOptions& options = {}, const StudyLimits& limits = {});
StudyReading read_images(const std::vector<Image>& images, const ReadOptions& options = {});
// "code" of the only thing left out, or what else there is.
std::string only_code(const StudyReading& reading);
// Where the pixel of this volume lies, LPS mm.
std::array<double, 3> place(const VolumeDescription& volume, int column, int row, int slice);
double determinant(const VolumeDescription& volume);

// The folder of reference files, empty when there is none.
std::string reference_folder();

}  // namespace radfm::imaging::testing
