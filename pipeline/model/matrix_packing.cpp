// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/matrix_packing.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "pipeline/model/kernels/packing.h"

namespace radfm::model {
namespace {

constexpr std::int64_t bytes_at_once = 8 << 20;

}  // namespace

bool pack_tiles(const kernels::PackedShape& shape, std::int64_t first, std::int64_t last, const RowReader& rows,
                std::uint8_t* values, void* scales) {
  std::atomic<bool> finite{true};
#pragma omp parallel
  {
    std::vector<float> tile(static_cast<std::size_t>(kernels::tile_rows * shape.columns));
#pragma omp for schedule(dynamic)
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t row = i * kernels::tile_rows, count = std::min(kernels::tile_rows, shape.rows - row);
      rows(row, count, tile.data());
      if (!kernels::pack_tile(shape, i, tile.data(), count, values, scales)) finite = false;
    }
  }
  return finite;
}

Error not_finite(const std::string& tensor) {
  return permanent_error("checkpoint_not_finite", "tensor " + tensor + " holds a value that is infinite or no number, which cannot be "
                                                  "quantised; the weights are damaged: copy them again");
}

std::int64_t tiles_at_once(const kernels::PackedShape& shape) {
  const std::int64_t tile_bytes = kernels::tile_rows * shape.columns * static_cast<std::int64_t>(sizeof(float));
  return std::max<std::int64_t>(2 * omp_get_max_threads(), bytes_at_once / std::max<std::int64_t>(tile_bytes, 1));
}

}  // namespace radfm::model
