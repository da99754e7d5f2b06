// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/report/page/page_drawing.h"
#include "pipeline/report/page/report_page.h"

namespace radfm::report {

// More pixels than a print of that size can show would only make files larger.
inline constexpr int key_image_side_max = 900;

bool is_drawable(const KeyImage& image);
// The image, if need be made smaller by a whole factor, each pixel the mean of those that it stands for. Must be drawable.
Surface key_image_surface(const KeyImage& image);

}  // namespace radfm::report
