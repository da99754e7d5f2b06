// SPDX-License-Identifier: Apache-2.0
// Draws laid out pages on a cairo context whose units are points.
#pragma once

#include <cairo.h>

#include <cstddef>
#include <memory>

#include "pipeline/report/page/page_content.h"

namespace radfm::report {

struct SurfaceRelease {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
using Surface = std::unique_ptr<cairo_surface_t, SurfaceRelease>;
struct ContextRelease {
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};
using CairoContext = std::unique_ptr<cairo_t, ContextRelease>;

// Page `index` of `report`, with its bands, its foot and its number.
void draw_page(cairo_t* cairo, const ReportPage& page, const LaidOutReport& report, std::size_t index, const PageFonts& fonts);

}  // namespace radfm::report
