// SPDX-License-Identifier: Apache-2.0
// A drawn study as stored values, and as the very bytes that the node shows the model when the same study comes as DICOM
// (phantom_files.h): the window is imaging's own code. Pure functions; safe from any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "demo/phantom_case.h"
#include "demo/training/record.h"

namespace radfm::demo {

// [slice][row][column], slices from the feet to the head: 12 bit unsigned of a radiograph, Hounsfield units of a CT.
struct StoredStudy {
  int matrix = 0, slices = 1;
  std::vector<std::int32_t> values;
};
StoredStudy draw_stored(const phantom::Visit& visit);

// As imaging shows it: a radiograph by its window (or by percentiles where its file has none), a CT by the chest window.
training::Picture shown_picture(const phantom::Visit& visit, const StoredStudy& stored);
training::Picture draw_picture(const phantom::Visit& visit);

inline constexpr double radiograph_window_centre = 2048, radiograph_window_width = 4096;

}  // namespace radfm::demo
