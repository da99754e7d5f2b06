// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/matrix_vector.h"

#include <omp.h>

#include <algorithm>

#include "core/result.h"
#include "pipeline/model/kernels/matrix_vector_layout.h"

namespace radfm::kernels {
namespace {

constexpr std::int64_t alone_bytes_max = 65536;  // a matrix this small is read faster than another thread is woken

// A thread takes so much of the matrix at once that its streams run on for a while, but leaves enough for the others.
constexpr std::int64_t share_bytes = std::int64_t{1} << 20;
constexpr std::int64_t shares_of_thread = 8;

using MultiplyTiles = void (*)(const TileProduct&);

MultiplyTiles kernel_of(Instructions instructions) {
  switch (instructions) {
    case Instructions::portable:
      return multiply_tiles_portable;
#ifdef RADFM_X86_KERNELS
    case Instructions::avx2:
      return multiply_tiles_avx2;
    case Instructions::avx512_vnni:
      return multiply_tiles_avx512;
#else
    default:
      break;
#endif
  }
  broken_invariant("products are asked for with instructions that this build does not have");
}

// One call of multiply.
struct Product {
  const PackedMatrix& matrix;
  const PreparedVectors& x;
  float* y;
  std::int64_t stride;
  MultiplyTiles kernel;

  void run_block(const std::int64_t* tiles, std::int64_t tile_count, std::int64_t block) const;
  void run(const std::int64_t* tiles, std::int64_t tile_count) const;
};

void Product::run_block(const std::int64_t* tiles, std::int64_t tile_count, std::int64_t block) const {
  const PackedShape& shape = matrix.shape;
  const PreparedVectors::Layout& layout = x.layout();
  const std::int64_t begin = block_begin(block, x.count());
  alignas(line_bytes) float results[tiles_max * vectors_max * tile_rows];
  TileProduct product;
  product.type = shape.type;
  product.lines = shape.lines_per_tile();
  product.tiles = tile_count;
  product.vectors = block_begin(block + 1, x.count()) - begin;
  for (std::int64_t t = 0; t < tile_count; ++t) {
    product.values[t] = matrix.values + tiles[t] * shape.tile_bytes();
    if (shape.scale_bytes() > 0)
      product.scales[t] = static_cast<const std::uint8_t*>(matrix.scales) + tiles[t] * (shape.scale_bytes() / shape.tiles());
  }
  product.words = layout.words.data() + layout.units * begin * 2;
  product.offsets = layout.offsets.data() + layout.groups * begin * 2;
  product.vector_scales = layout.scales.data() + begin;
  product.results = results;
  kernel(product);
  for (std::int64_t t = 0; t < tile_count; ++t)
    for (std::int64_t v = 0; v < product.vectors; ++v) {
      const std::int64_t row = tiles[t] * tile_rows, rows = std::min(tile_rows, shape.rows - row);
      std::copy_n(results + (t * product.vectors + v) * tile_rows, rows, y + (begin + v) * stride + row);
    }
}

// All vectors, tile after tile: what was read of a tile for one block of vectors is still near for the next.
void Product::run(const std::int64_t* tiles, std::int64_t tile_count) const {
  const std::int64_t blocks = block_count(x.count());
  const std::int64_t largest_block = (x.count() + blocks - 1) / blocks;
  const std::int64_t at_once = tiles_at_once(largest_block);
  for (std::int64_t first = 0; first < tile_count; first += at_once)
    for (std::int64_t block = 0; block < blocks; ++block)
      run_block(tiles + first, std::min(at_once, tile_count - first), block);
}

}  // namespace

void multiply(const PackedMatrix& matrix, const PreparedVectors& x, float* y, std::int64_t stride, Instructions instructions) {
  const PackedShape& shape = matrix.shape;
  if (x.layout().type != shape.type || x.layout().columns != shape.columns)
    broken_invariant("vectors were made ready for a matrix of another type or number of columns");
  if (x.count() == 0) return;
  const Product product{matrix, x, y, stride, kernel_of(instructions)};
  // Tiles that are worked on at once lie a quarter of the matrix apart: as many streams for the memory.
  const std::int64_t tiles = shape.tiles(), quarter = (tiles + tiles_max - 1) / tiles_max;
  const std::int64_t most = quarter / (shares_of_thread * omp_get_max_threads());
  const std::int64_t share = std::max<std::int64_t>(1, std::min(share_bytes / (tiles_max * shape.tile_bytes() * x.count() + 1), most));
#pragma omp parallel for schedule(dynamic, share) if (shape.value_bytes() * x.count() > alone_bytes_max)
  for (std::int64_t i = 0; i < quarter; ++i) {
    std::int64_t chosen[tiles_max], count = 0;
    for (std::int64_t tile = i; tile < tiles; tile += quarter) chosen[count++] = tile;
    product.run(chosen, count);
  }
}

}  // namespace radfm::kernels
