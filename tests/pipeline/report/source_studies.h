// SPDX-License-Identifier: Apache-2.0
// Studies as modalities send them, as DICOM files: each modality that is read, in each character set that is common, in none, and in
// another one than the file says; with values that are odd and legal, and with illegal ones.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/pipeline/report/random_draw.h"

namespace radfm::report::generated {

// A value that was put into the header, and what must become of it in the report.
enum class Fate { kept, emptied, left_out };
struct SourceValue {
  std::uint32_t sequence = 0;  // whose first item holds it; 0: the data set itself
  std::uint32_t tag = 0;
  std::string vr;
  std::string meant;  // UTF-8
  Fate fate = Fate::kept;
};

struct Encoding {
  const char* name;
  const char* declared;  // Specific Character Set; null: the file has none
  const char* written;   // what the bytes are, for iconv
  const char* scripts;   // of the table of texts, one letter each
  bool honest = true;    // the bytes are what the file says
  bool cuts = false;     // one value ends within a character
};

struct SourceStudy {
  const Encoding* encoding = nullptr;
  std::string modality, uid;
  std::vector<SourceValue> values;
  std::vector<std::string> files;  // the images first
};

// Number `index` of a series in which encodings and modalities come in turn.
SourceStudy draw_study(int index, radfm::test::Draw& draw);
// An earlier study of the same patient, told in the same way: its images, its report, or both.
SourceStudy draw_prior(const SourceStudy& current, int number, radfm::test::Draw& draw);

}  // namespace radfm::report::test
