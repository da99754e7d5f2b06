// SPDX-License-Identifier: Apache-2.0
// The demonstration's patient: two chest radiographs a year apart, the nodule grown from 16 to 24 mm, and a chest CT.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/result.h"

namespace radfm::demo {

inline constexpr double prior_nodule_mm = 16, current_nodule_mm = 24;
inline constexpr int radiograph_matrix = 512, ct_matrix = 128, ct_slices = 24;
inline constexpr double ct_spacing_mm = 10;

// Writes DIR/prior/1.dcm, DIR/current/1.dcm and DIR/ct/01.dcm to 24.dcm; folders are created. The same seed gives the
// same bytes, UIDs included.
Status write_demonstration_patient(const std::filesystem::path& folder, std::uint64_t seed);

// Writes DIR/study-00001.dcm, ...: each file one study of one patient with one small radiograph (for storms and speed).
Status write_small_studies(const std::filesystem::path& folder, std::uint64_t seed, int count);

}  // namespace radfm::demo
