// SPDX-License-Identifier: Apache-2.0
// Lossless JPEG 2000 code streams for tests, by OpenJPEG and (high throughput) by OpenJPH.
#pragma once

#include <cstdint>
#include <vector>

namespace radfm::imaging::testing {

struct CodedImage {
  int rows = 0, columns = 0, samples = 1, precision = 16;
  bool is_signed = false;
  std::vector<std::int64_t> values;  // [rows][columns][samples]
};

// Three samples are coded with the reversible colour transformation. `whole_file`: inside a JP2 file's boxes.
std::vector<std::uint8_t> jpeg_2000(const CodedImage& image, bool whole_file = false);
std::vector<std::uint8_t> high_throughput_jpeg_2000(const CodedImage& image, bool rpcl);

}  // namespace radfm::imaging::testing
