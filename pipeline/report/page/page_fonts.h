// SPDX-License-Identifier: Apache-2.0
// The page's type: one font map and context of its own for each page, so that threads share nothing. Units are points.
#pragma once

#include <pango/pangocairo.h>

#include <memory>
#include <string>

namespace radfm::report {

struct Colour {
  double red = 0, green = 0, blue = 0;
};

struct TextStyle {
  double size = 10;
  bool bold = false;
  Colour colour = {0.10, 0.11, 0.13};
  bool own_direction = false;  // a paragraph in Arabic or Hebrew begins at the right
};

struct ObjectRelease {
  void operator()(void* object) const { g_object_unref(object); }
};
using LayoutPointer = std::shared_ptr<PangoLayout>;

class PageFonts {
 public:
  // `language`: RFC 5646.
  explicit PageFonts(const std::string& language);
  bool any() const;  // false: the machine has no font at all
  // Plain text, wrapped between words, or within one that is wider than `width`; no hyphen is added.
  LayoutPointer layout(const std::string& text, const TextStyle& style, double width) const;

 private:
  std::unique_ptr<PangoFontMap, ObjectRelease> map_;
  std::unique_ptr<PangoContext, ObjectRelease> context_;
  std::string families_;
};

// Above and below the baseline of a line in this size: at least what our first font takes, so that lines in several scripts
// stand at equal distances.
struct LineHeight {
  double ascent = 0, descent = 0;
  double all() const { return ascent + descent; }
};
LineHeight line_height(const TextStyle& style, double ascent, double descent);

}  // namespace radfm::report
