// SPDX-License-Identifier: Apache-2.0
// The pages as a PDF and as pictures.
#include <cairo-pdf.h>

#include <algorithm>
#include <cmath>

#include "pipeline/report/page/key_image_surface.h"
#include "pipeline/report/page/page_drawing.h"
#include "pipeline/report/page/page_text.h"

namespace radfm::report {
namespace {

constexpr double points_per_inch = 72;

Error not_drawn(cairo_status_t status) {
  const char* reason = cairo_status_to_string(status);
  if (status == CAIRO_STATUS_NO_MEMORY) return transient_error("no_memory", std::string("the report's page cannot be drawn: ") + reason);
  return permanent_error("page_not_drawn", std::string("the report's page cannot be drawn: ") + reason);
}

Status check(const ReportPage& page, const PageFonts& fonts) {
  if (!fonts.any()) {
    return transient_error("no_fonts", "the machine has no fonts: no page of a report can be drawn; install those that scripts/setup names");
  }
  if (!std::all_of(page.key_images.begin(), page.key_images.end(), is_drawable)) {
    return permanent_error("page_not_drawn", "a key image has another number of pixels than its size says");
  }
  return {};
}

cairo_status_t append(void* text, const unsigned char* bytes, unsigned int length) {
  static_cast<std::string*>(text)->append(reinterpret_cast<const char*>(bytes), length);
  return CAIRO_STATUS_SUCCESS;
}

// ITU-R BT.601; of grey pixels each value stays what it is.
std::uint8_t grey_of(std::uint32_t pixel) {
  const std::uint32_t red = pixel >> 16 & 0xFF, green = pixel >> 8 & 0xFF, blue = pixel & 0xFF;
  return static_cast<std::uint8_t>((299 * red + 587 * green + 114 * blue + 500) / 1000);
}

PagePicture grey_picture(cairo_surface_t* surface) {
  PagePicture picture{cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface), {}};
  picture.grey.reserve(static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height));
  const unsigned char* pixels = cairo_image_surface_get_data(surface);
  const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(surface));
  for (int y = 0; y < picture.height; ++y) {
    const auto* row = reinterpret_cast<const std::uint32_t*>(pixels + static_cast<std::size_t>(y) * stride);
    for (int x = 0; x < picture.width; ++x) picture.grey.push_back(grey_of(row[x]));
  }
  return picture;
}

}  // namespace

Result<PagesAsPdf> render_pdf(const ReportPage& page) {
  const PageFonts fonts(page.language);
  if (Status sound = check(page, fonts); !sound) return sound.error();
  const LaidOutReport report = lay_out(page, fonts);
  PagesAsPdf result;
  result.facts = report.facts;
  const Surface surface(cairo_pdf_surface_create_for_stream(append, &result.pdf, page_width, page_height));
  bool ignored = false;
  const auto metadata = [&](cairo_pdf_metadata_t key, const std::string& value) {
    cairo_pdf_surface_set_metadata(surface.get(), key, printable_line(value, page_field_characters_max, &ignored).c_str());
  };
  metadata(CAIRO_PDF_METADATA_TITLE, page.title + " - " + page.draft_mark);
  metadata(CAIRO_PDF_METADATA_CREATOR, "radfm-node " RADFM_VERSION);
  metadata(CAIRO_PDF_METADATA_CREATE_DATE, page.created_iso);  // cairo would ask the clock
  {
    const CairoContext cairo(cairo_create(surface.get()));
    for (std::size_t i = 0; i < report.pages.size(); ++i) {
      draw_page(cairo.get(), page, report, i, fonts);
      cairo_show_page(cairo.get());
    }
    if (const cairo_status_t status = cairo_status(cairo.get()); status != CAIRO_STATUS_SUCCESS) return not_drawn(status);
  }
  cairo_surface_finish(surface.get());
  if (const cairo_status_t status = cairo_surface_status(surface.get()); status != CAIRO_STATUS_SUCCESS) return not_drawn(status);
  return result;
}

Result<PagesAsPictures> render_pictures(const ReportPage& page, int dpi) {
  if (dpi < page_dpi_min || dpi > page_dpi_max) broken_invariant("a page is drawn with a resolution that has a limit");
  const PageFonts fonts(page.language);
  if (Status sound = check(page, fonts); !sound) return sound.error();
  const LaidOutReport report = lay_out(page, fonts);
  PagesAsPictures result;
  result.facts = report.facts;
  const double scale = dpi / points_per_inch;
  const int width = static_cast<int>(std::lround(page_width * scale)), height = static_cast<int>(std::lround(page_height * scale));
  for (std::size_t i = 0; i < report.pages.size(); ++i) {
    const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height));
    const CairoContext cairo(cairo_create(surface.get()));
    cairo_scale(cairo.get(), scale, scale);
    draw_page(cairo.get(), page, report, i, fonts);
    if (const cairo_status_t status = cairo_status(cairo.get()); status != CAIRO_STATUS_SUCCESS) return not_drawn(status);
    cairo_surface_flush(surface.get());
    result.pictures.push_back(grey_picture(surface.get()));
  }
  return result;
}

}  // namespace radfm::report
