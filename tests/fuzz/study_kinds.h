// SPDX-License-Identifier: Apache-2.0
// Good files of each kind that the series builder tells apart: what programs start from.
#pragma once

#include <cstddef>

#include "tests/fuzz/written_data_set.h"

namespace radfm::fuzz {

struct StudyKind {
  const char* name;
  // `index`: which file of the study; `place`: where along its stack, millimetres.
  WrittenItem (*make)(int index, int place);
  const char* transfer_syntax_uid;
  bool is_explicit;
};

extern const StudyKind study_kinds[];
extern const std::size_t study_kinds_count;

}  // namespace radfm::fuzz
