// SPDX-License-Identifier: Apache-2.0
// The draft as pages for people whose viewer shows no Structured Report: A4, with the draft mark, the patient's name and the
// page's number on each page. Laid out once; the PDF and the pictures show the same lines at the same places.
// Pure functions of their input and of the machine's fonts: the same page gives the same bytes. No clock. Any thread; calls share
// nothing. All text is UTF-8 from anywhere: it is shown as text, whatever is in it (page_text.h), never read as markup.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"

namespace radfm::report {

inline constexpr int pages_max = 20;                        // what goes beyond is left out, and the last page says so
inline constexpr std::size_t page_text_bytes_max = 64u << 10;  // of one section; a page holds about 4,000
inline constexpr std::size_t page_field_characters_max = 200;  // of a name, a number, a label; longer ones end in an ellipsis
inline constexpr std::size_t page_key_images_max = 2;          // further ones are not shown
inline constexpr int page_dpi_min = 50, page_dpi_max = 300;

// One field of the head: "Accession number", "ACC-0001". `columns` of the four that the head has; an empty value shows a dash.
struct PageField {
  std::string label, value;
  int columns = 1;
  bool emphasised = false;
};

// Grey (1 channel) or RGB (3) pixels, rows from the top, with what is known of them.
struct KeyImage {
  int width = 0, height = 0, channels = 1;
  std::vector<std::uint8_t> pixels;
  double pixel_aspect = 1;  // height of a pixel by its width
  std::string left, right, top, bottom;  // letters of the patient's sides at the edges (PS3.3 C.7.6.1.1.1); may be empty
  std::string caption;                   // "Series 2, slice 12 of 40, H 35.0 mm"
};

struct PageSection {
  std::string heading, text;
  bool emphasised = false;  // the one that is read first: the impression
};

struct ReportPage {
  std::string draft_mark;    // in the bands of each page, always readable: "DRAFT - NOT REVIEWED - MADE BY SOFTWARE"
  std::string institution;   // may be empty
  std::string title;         // "Diagnostic Imaging Report"
  std::string subtitle;      // the study's description; may be empty
  std::string running_head;  // patient's name and ID, at the top of the second page and all further ones
  std::string foot;          // who wrote it and when, on each page
  std::vector<PageField> fields;
  std::vector<std::string> notices;  // before the text, in order
  std::vector<PageSection> sections;
  std::vector<KeyImage> key_images;
  std::string closing;      // the last line
  std::string language = "en-US";     // RFC 5646: chooses between Chinese and Japanese forms of the same characters
  std::string created_iso;  // 2026-03-11T10:17:00Z, the job's: stands in the PDF as its creation date
};

// Of what was laid out, for those who must tell a person that something is missing.
struct PageFacts {
  int pages = 0;
  int unknown_glyphs = 0;  // characters that no font of this machine has: they are shown as boxes with their number
  bool shortened = false;  // a limit above was met
};

struct PagesAsPdf {
  std::string pdf;
  PageFacts facts;
};

// 8-bit grey, rows from the top, without padding.
struct PagePicture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> grey;
};

struct PagesAsPictures {
  std::vector<PagePicture> pictures;
  PageFacts facts;
};

// Errors: permanent "page_not_drawn" with cairo's reason, also for a key image whose pixels do not fit its size; transient
// "no_fonts" when the machine has no font at all.
Result<PagesAsPdf> render_pdf(const ReportPage& page);
// `dpi` from page_dpi_min to page_dpi_max.
Result<PagesAsPictures> render_pictures(const ReportPage& page, int dpi);

}  // namespace radfm::report
