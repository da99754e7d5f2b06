// SPDX-License-Identifier: Apache-2.0
// A matrix that comes in pieces, row after row, and goes on as packed tiles: some rows are held at a time, whatever its size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/checkpoint/tensor_view.h"
#include "pipeline/model/kernels/packed_matrix.h"

namespace radfm::model {

class RowPacking {
 public:
  // `name` is for messages; pieces are of type `from`; `values` gets the packed values of whole tiles, in order.
  RowPacking(std::string name, const kernels::PackedShape& shape, WeightType from, ChunkSink values);

  // permanent "checkpoint_not_finite", and what the sink returns.
  Status add(const std::uint8_t* data, std::size_t bytes);
  // After the last piece: all scales.
  Result<std::vector<std::uint8_t>> finish();

 private:
  Status pack_held();

  std::string name_;
  kernels::PackedShape shape_;
  WeightType from_;
  ChunkSink values_;
  std::size_t row_bytes_, held_max_;
  std::int64_t rows_done_ = 0;
  std::vector<std::uint8_t> held_;    // rows that are not packed yet, as they came
  std::vector<std::uint8_t> packed_;  // of those rows
  std::vector<std::uint8_t> scales_;  // of the whole matrix
};

}  // namespace radfm::model
