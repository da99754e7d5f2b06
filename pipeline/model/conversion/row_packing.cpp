// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/conversion/row_packing.h"

#include <algorithm>
#include <utility>

#include "pipeline/model/checkpoint/value_conversion.h"
#include "pipeline/model/matrix_packing.h"

namespace radfm::model {

RowPacking::RowPacking(std::string name, const kernels::PackedShape& shape, WeightType from, ChunkSink values)
    : name_(std::move(name)),
      shape_(shape),
      from_(from),
      values_(std::move(values)),
      row_bytes_(static_cast<std::size_t>(shape.columns) * bytes_of(from)),
      held_max_(static_cast<std::size_t>(std::min(tiles_at_once(shape) * kernels::tile_rows, shape.rows)) * row_bytes_) {
  held_.reserve(held_max_);
}

Status RowPacking::add(const std::uint8_t* data, std::size_t bytes) {
  while (bytes > 0) {
    const std::size_t now = std::min(bytes, held_max_ - held_.size());
    held_.insert(held_.end(), data, data + now);
    data += now;
    bytes -= now;
    if (held_.size() == held_max_)
      if (auto packed = pack_held(); !packed) return packed;
  }
  return {};
}

Result<std::vector<std::uint8_t>> RowPacking::finish() {
  if (!held_.empty())
    if (auto packed = pack_held(); !packed) return packed.error();
  if (rows_done_ != shape_.rows) broken_invariant("a matrix ended before its last row");
  return std::move(scales_);
}

// The rows held are a matrix of their own: whole tiles, but for the last rows of all.
Status RowPacking::pack_held() {
  kernels::PackedShape part = shape_;
  part.rows = static_cast<std::int64_t>(held_.size() / row_bytes_);
  packed_.resize(static_cast<std::size_t>(part.value_bytes()));
  const std::size_t scales_before = scales_.size();
  scales_.resize(scales_before + static_cast<std::size_t>(part.scale_bytes()));
  const auto rows = [&](std::int64_t first, std::int64_t count, float* out) {
    widen_values(held_.data() + static_cast<std::size_t>(first) * row_bytes_,
                 static_cast<std::size_t>(count * shape_.columns), from_, out);
  };
  if (!pack_tiles(part, 0, part.tiles(), rows, packed_.data(), scales_.data() + scales_before)) return not_finite(name_);
  rows_done_ += part.rows;
  held_.clear();
  return values_(packed_.data(), packed_.size());
}

}  // namespace radfm::model
