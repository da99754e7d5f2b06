// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include "pipeline/report/page/report_page.h"

namespace radfm::report {

// A grey wedge with a bright square: what is the left and what is the top can be seen.
inline KeyImage sample_key_image(int width = 96, int height = 120) {
  KeyImage image{width, height, 1, {}, 1, "R", "L", "", "F", "Series 1, PA"};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool square = x < width / 4 && y < height / 4;
      image.pixels.push_back(static_cast<std::uint8_t>(square ? 255 : 40 + 120 * x / width));
    }
  }
  return image;
}

inline ReportPage sample_page() {
  ReportPage page;
  page.draft_mark = "DRAFT - NOT REVIEWED - MADE BY SOFTWARE";
  page.institution = "Sankt-Georg-Hospital Köln";
  page.title = "Diagnostic Imaging Report";
  page.subtitle = "Chest radiograph, PA";
  page.running_head = "Wang, XiaoDong (王 小东)   ID PAT0001   Accession ACC-0001";
  page.foot = "Written by radfm-phantom 1 (radfm-node 0.1.0) at 2026-03-11 10:17.";
  page.fields = {{"Patient", "Wang, XiaoDong (王 小东)", 2, true},
                 {"Patient ID", "PAT0001"},
                 {"Born", "1969-01-01"},
                 {"Sex, age", "F, 57 years"},
                 {"Study", "2026-03-11 10:15"},
                 {"Accession number", "ACC-0001"},
                 {"Referring physician", "Dr. Jörg Überweiser"}};
  page.notices = {"DRAFT made by software, not reviewed by a radiologist. Not for diagnosis until a physician has read the images.",
                  "The software was not told of symptoms."};
  page.sections = {{"Clinical information", "57-year-old woman. Cough."},
                   {"Images read", "One radiograph (PA) was read."},
                   {"Comparison", "Compared with the study of 2025-03-10."},
                   {"Findings", "There is a 24 mm nodule in the right lower zone.\n\nThe heart is of normal size."},
                   {"Impression", "Larger nodule in the right lower zone.", true}};
  page.key_images = {sample_key_image()};
  page.closing = "A radiologist must read the images: this draft was made by software and has not been reviewed.";
  page.created_iso = "2026-03-11T10:17:00Z";
  return page;
}

struct NameOfScript {
  const char *script, *name, *language;
};
// As a page shows them: the alphabetic group of the name (PS3.5 6.2), then the ideographic and the phonetic one.
inline constexpr std::array names_of_scripts = {
    NameOfScript{"Latin", "Müßig-Łukasiewicz, Jörg Šimon", "de-DE"},
    NameOfScript{"Greek", "Διονυσίου, Νίκος", "el-GR"},
    NameOfScript{"Cyrillic", "Щербаков, Іван Ёлкин", "ru-RU"},
    NameOfScript{"Chinese", "Wang, XiaoDong (王 小东)", "zh-CN"},
    NameOfScript{"Japanese", "Yamada, Tarou (山田 太郎, やまだ たろう)", "ja-JP"}};

}  // namespace radfm::report
