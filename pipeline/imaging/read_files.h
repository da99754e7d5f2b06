// SPDX-License-Identifier: Apache-2.0
// Reads the files of one study: what radfm-reader does with the descriptors handed to it, without process and
// channel.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/pixel_source.h"
#include "pipeline/imaging/study_reading.h"

namespace radfm::imaging {

struct StudyLimits {
  std::size_t files_max = 20'000;
  // Pixels of all volumes together; a volume that would pass it is left out, code "study_too_large".
  std::int64_t pixels_max = std::int64_t{128} << 20;
  // Larger files are left out, code "file_too_large". An enhanced CT of 1,000 frames has 512 MiB of pixels; while it is parsed
  // it is held twice.
  std::int64_t file_bytes_max = std::int64_t{576} << 20;
  // Slices in the patient, frames included, and volumes with pictures; what is more is left out, code "study_too_large".
  std::size_t slices_max = 100'000, volumes_max = 1'000;
};

// Called after each file and each decoded slice: done, of (files and slices to decode, as far as known).
using Progress = std::function<void(int done, int of)>;

// Files are opened twice: all headers first, then the pixels of those slices only that are shown. A file that
// cannot be used never fails the study: it is left out with a code. Volumes come first, in the series
// order of options.imaging; then pictures, frontal views ahead. Call prepare_decoders()
// (codecs.h) before. Errors: permanent "too_many_files"; poison "out_of_memory".
Result<StudyReading> read_files(const std::vector<InputFile>& files, const ReadOptions& options,
                                const StudyLimits& limits = {}, const Progress& progress = {});

}  // namespace radfm::imaging
