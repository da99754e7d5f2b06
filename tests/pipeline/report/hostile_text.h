// SPDX-License-Identifier: Apache-2.0
// What a model must be expected to write: words of many scripts, and bytes that are no text. What a reader of the report must find
// of it says judge_jobs.py, which shares nothing with this program.
#pragma once

#include <string>

#include "pipeline/report/report_tree.h"
#include "tests/pipeline/report/random_draw.h"

namespace radfm::report::generated {

// No piece ends so that a heading may not follow it, and none is a heading.
inline const std::string hostile_pieces[] = {
    "Clear lungs. ", "Größe 24 mm² ", "右肺に結節。", "결절 ", "узел справа ", "όζος ", "ריאה ", "e\xCC\x81 ",
    "\xF0\x9F\xAB\x81",
    "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\xA9\xBA ",  // emoji with a joiner
    "\xE2\x80\xAEmm\xE2\x80\xAC", "\xC2\xA0x", "\xE2\x80\xA8x", "\xEF\xBB\xBFx", "\xEF\xBF\xBEx",
    "\\one\\two\\", "\\", "^=(0008,0005)", "<b>&amp;</b>", "]]>", "&#0;", "%s%n", "${x}", "\"';--", "x   y",
    "\nx", "\r\nx", "\rx", "\n\rx", "\n \nx",
    // Controls of both sets, escape sequences of ISO 2022.
    "\tx", std::string("\0x", 2), "\x1B$Bx", "\x1B(Bx", "\x0Cx", "\x1Fx", "\x7Fx", "\xC2\x80x", "\xC2\x85x", "\xC2\x9Fx",
    // No UTF-8: a stray byte, overlong forms, lone surrogates, cut characters, one above U+10FFFF.
    "\xFFx", "\x80x", "\xC0\xAFx", "\xE0\x80\xAFx", "\xED\xA0\x80x", "\xED\xBF\xBFx", "\xED\xA0\xBD\xED\xB8\x80x", "\xE2\x82x", "\xF0\x9F\x92x",
    "\xF4\x90\x80\x80x", "\xF5x", "M\xFCller "};

class HostileText {
 public:
  explicit HostileText(radfm::test::Draw& draw) : draw_(draw) {}

  // One text, that may have line ends; now and then a line of a MiB.
  std::string text() {
    std::string text = "A";
    if (draw_.one_in(60)) return text + std::string(std::size_t{1} << 20, draw_.one_in(2) ? 'x' : '\\') + ".";
    for (int left = draw_.one_in(20) ? 3000 : draw_.below(40); left > 0; --left) text += draw_.pick(hostile_pieces);
    if (draw_.one_in(8)) {
      for (int left = 1 + draw_.below(200); left > 0; --left) text += static_cast<char>(draw_.below(256));
    }
    return text + ".";
  }

  // Paragraphs, now and then as many as are items of their own, or one more.
  std::string paragraphs() {
    constexpr int limit = static_cast<int>(paragraphs_max);
    const int count = draw_.one_in(20) ? limit + draw_.below(2) : draw_.below(5);
    std::string paragraphs;
    for (int i = 0; i < count; ++i) paragraphs += (i > 0 ? "\n\n" : "") + (count < limit ? text() : short_text());
    return paragraphs;
  }

 private:
  std::string short_text() { return "A" + draw_.pick(hostile_pieces) + "."; }
  radfm::test::Draw& draw_;
};

}  // namespace radfm::report::test
