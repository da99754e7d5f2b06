// SPDX-License-Identifier: Apache-2.0
// What a thread needs to multiply with its matrix processor: memory for what it works on, kept for the next time. For matrix_vector.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "pipeline/model/kernels/matrix_vector_layout.h"

namespace radfm::kernels {

class MatrixProcessor {
 public:
  static MatrixProcessor& of_thread();

  // A tile of int4 with a byte for each value, in place `which` (of tiles_max), until the next one there.
  const std::uint8_t* spread(const std::uint8_t* packed, std::int64_t lines, std::int64_t which);
  // The product's results, [block][tile][16 vectors][16], until the next ones.
  const float* multiply(PanelProduct product, std::int64_t blocks);

 private:
  struct alignas(line_bytes) Line {
    std::uint8_t bytes[line_bytes];
  };
  std::array<std::vector<Line>, tiles_max> spread_;
  std::vector<Line> sums_, results_;
};

}  // namespace radfm::kernels
