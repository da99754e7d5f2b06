// SPDX-License-Identifier: Apache-2.0
// What an exercise shows as real DICOM, as it would come to a node.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/result.h"
#include "demo/exercise.h"
#include "pipeline/imaging/reader_client.h"

namespace radfm::demo {

// FOLDER/current, and FOLDER/prior where there is a prior: its images, its report, or both. `patient` is the seed of the
// exercise's patient. Errors: those of write_phantom_study.
Status write_exercise_files(const std::filesystem::path& folder, std::uint64_t patient, const Exercise& exercise);

// The files of a folder in the order of their names, open for reading.
std::vector<imaging::StudyFile> open_study(const std::filesystem::path& folder);

}  // namespace radfm::demo
