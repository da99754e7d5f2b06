// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/page/page_fonts.h"

#include <algorithm>

namespace radfm::report {
namespace {

constexpr double open_sans_ascent = 1.07, open_sans_descent = 0.36;  // of its size; with a little more room between lines

// What scripts/setup installs, in the order in which a character's font is looked for; fontconfig's own choice comes after them.
// Chinese and Japanese share characters whose forms differ.
std::string families_for(const std::string& language) {
  const bool japanese = language.rfind("ja", 0) == 0;
  return std::string("Open Sans, DejaVu Sans, ") + (japanese ? "IPAPGothic, Droid Sans Fallback" : "Droid Sans Fallback, IPAPGothic");
}

}  // namespace

PageFonts::PageFonts(const std::string& language)
    : map_(pango_cairo_font_map_new()), context_(pango_font_map_create_context(map_.get())), families_(families_for(language)) {
  pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(map_.get()), 72);  // one unit is one point
  // Nothing is fitted to a screen's pixels: a line is as long in the PDF as in a picture of any size.
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options(context_.get(), options);
  cairo_font_options_destroy(options);
  pango_context_set_round_glyph_positions(context_.get(), FALSE);
  pango_context_set_language(context_.get(), pango_language_from_string(language.c_str()));
}

bool PageFonts::any() const {
  PangoFontFamily** families = nullptr;
  int count = 0;
  pango_font_map_list_families(map_.get(), &families, &count);
  g_free(families);
  return count > 0;
}

LayoutPointer PageFonts::layout(const std::string& text, const TextStyle& style, double width) const {
  LayoutPointer layout(pango_layout_new(context_.get()), ObjectRelease());
  PangoFontDescription* font = pango_font_description_from_string(families_.c_str());
  pango_font_description_set_absolute_size(font, style.size * PANGO_SCALE);
  pango_font_description_set_weight(font, style.bold ? PANGO_WEIGHT_SEMIBOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description(layout.get(), font);
  pango_font_description_free(font);
  PangoAttrList* attributes = pango_attr_list_new();
  pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
  pango_layout_set_attributes(layout.get(), attributes);
  pango_attr_list_unref(attributes);
  pango_layout_set_auto_dir(layout.get(), style.own_direction ? TRUE : FALSE);
  pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
  pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
  pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
  return layout;
}

LineHeight line_height(const TextStyle& style, double ascent, double descent) {
  return {std::max(ascent, open_sans_ascent * style.size), std::max(descent, open_sans_descent * style.size)};
}

}  // namespace radfm::report
