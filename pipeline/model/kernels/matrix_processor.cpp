// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/matrix_processor.h"

#include <algorithm>

#include "core/result.h"

namespace radfm::kernels {

MatrixProcessor& MatrixProcessor::of_thread() {
  thread_local MatrixProcessor processor;
  return processor;
}

#ifdef RADFM_X86_KERNELS

const std::uint8_t* MatrixProcessor::spread(const std::uint8_t* packed, std::int64_t lines, std::int64_t which) {
  std::vector<Line>& place = spread_[static_cast<std::size_t>(which)];
  place.resize(static_cast<std::size_t>(2 * lines));
  spread_int4_amx(packed, lines, place.front().bytes);
  return place.front().bytes;
}

const float* MatrixProcessor::multiply(PanelProduct product, std::int64_t blocks) {
  const auto lines = static_cast<std::size_t>(blocks * product.tiles * tile_vectors_max);  // of 16 words
  if (sums_.size() < 2 * lines) sums_.resize(2 * lines);
  if (results_.size() < lines) results_.resize(lines);
  product.sums = reinterpret_cast<std::int32_t*>(sums_.data());
  product.results = reinterpret_cast<float*>(results_.data());
  alignas(line_bytes) std::uint8_t before[line_bytes];
  begin_tiles_amx(before);
  multiply_panel_amx(product);
  end_tiles_amx(before);
  return product.results;
}

#else

const std::uint8_t* MatrixProcessor::spread(const std::uint8_t*, std::int64_t, std::int64_t) {
  broken_invariant("a matrix processor that this build does not know");
}
const float* MatrixProcessor::multiply(PanelProduct, std::int64_t) {
  broken_invariant("a matrix processor that this build does not know");
}

#endif

}  // namespace radfm::kernels
