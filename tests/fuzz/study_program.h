// SPDX-License-Identifier: Apache-2.0
// Bytes as a program that builds the files of one study: each file starts as a good one of some kind, then single elements
// are changed, doubled, taken out. Every byte string is a program; what is missing at its end reads as zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace radfm::fuzz {

struct ProgramStudy {
  std::vector<std::string> files;
  bool pixels = false, values = false, best_only = false;
  int slices_max = 64;
  std::int64_t pixels_max = 0;
  int series_order = 0;             // which of the target's orders
  bool frames_everywhere_one = true;  // no file names a number of frames or has functional groups
};

inline constexpr std::size_t study_files_max = 12;

//   byte 0: 1 pixels, 2 values, 4 few slices, 8 few pixels, 16 and 32 the series order, 64 the best only; byte 1: files
//   each file: kind, place along its stack, edits; each edit: where, element, how, and what `how` takes
// The tables behind these numbers stand in study_program.cpp.
ProgramStudy run_program(const std::uint8_t* data, std::size_t size);

}  // namespace radfm::fuzz
