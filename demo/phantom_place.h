// SPDX-License-Identifier: Apache-2.0
// Where in the lung a lesion may lie.
#pragma once

#include "demo/chest_truth.h"
#include "demo/phantom_random.h"

namespace radfm::phantom {

// A centre for a ball of this radius: within its zone by 5 % of the lung's height, wholly inside the lung, and, of a nodule,
// clear of the chest wall, and of the heart as far as there is room.
Point draw_place(Random& random, const Anatomy& anatomy, const Lesion& lesion, double radius_mm);

}  // namespace radfm::phantom
