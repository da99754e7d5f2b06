// SPDX-License-Identifier: Apache-2.0
// Where things are in a drawn study, on the grid of the patches that the vision tower reads. Pure; safe from any thread.
#pragma once

#include <array>
#include <vector>

#include "demo/phantom_case.h"

namespace radfm::phantom {

struct PatchGrid {
  int rows = 8, columns = 8, depths = 1;
  int slices_of_depth = 4;  // slices of the network's input to a patch
};

enum class Mapped { nodule, consolidation, effusion, right_lung, left_lung, heart };
inline constexpr std::array<const char*, 6> mapped_names = {"nodule", "consolidation", "effusion", "right lung", "left lung", "heart"};

// For each of Mapped [rows][columns][depths]: how much of the patch it covers, relative to the patch that it covers most, which
// is 1; all 0 where it is not. A radiograph is repeated to the depth, as for the network. All 0 of what is no diagnostic image.
std::vector<std::vector<float>> draw_maps(const Visit& visit, const PatchGrid& grid);

}  // namespace radfm::phantom
