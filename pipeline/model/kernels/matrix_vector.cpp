// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/matrix_vector.h"

#include <omp.h>

#include <algorithm>
#include <array>

#include "core/result.h"
#include "pipeline/model/kernels/matrix_processor.h"
#include "pipeline/model/kernels/matrix_vector_layout.h"
#include "pipeline/model/kernels/parallel_work.h"

namespace radfm::kernels {
namespace {

constexpr std::size_t products_max = 4;

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
    case Instructions::amx:
      return multiply_tiles_avx512_near;
#else
    default:
      break;
#endif
  }
  broken_invariant("products are asked for with instructions that this build does not have");
}

std::int64_t largest_block(const PreparedVectors& x) {
  const std::int64_t blocks = x.layout().blocks(x.count());
  return (x.count() + blocks - 1) / blocks;
}

// One call of multiply.
struct Product {
  const PackedMatrix& matrix;
  const PreparedVectors& x;
  float* y;
  std::int64_t stride;
  MultiplyTiles kernel;

  const std::uint8_t* values(std::int64_t tile) const { return matrix.values + tile * matrix.shape.tile_bytes(); }
  const void* scales(std::int64_t tile) const {
    const std::int64_t bytes = matrix.shape.scale_bytes();
    return bytes == 0 ? nullptr : static_cast<const std::uint8_t*>(matrix.scales) + tile * (bytes / matrix.shape.tiles());
  }
  // results: [tile][vector][16] of these vectors, `step` vectors from one tile to the next.
  void put(const float* results, const std::int64_t* tiles, std::int64_t tile_count, std::int64_t first_vector, std::int64_t vectors,
           std::int64_t step) const;
  void run_block(const std::int64_t* tiles, std::int64_t tile_count, std::int64_t block) const;
  void run_panel(const std::int64_t* tiles, std::int64_t tile_count) const;
  void run(const std::int64_t* tiles, std::int64_t tile_count) const;
};

void Product::put(const float* results, const std::int64_t* tiles, std::int64_t tile_count, std::int64_t first_vector,
                  std::int64_t vectors, std::int64_t step) const {
  for (std::int64_t t = 0; t < tile_count; ++t)
    for (std::int64_t v = 0; v < vectors; ++v) {
      const std::int64_t row = tiles[t] * tile_rows, rows = std::min(tile_rows, matrix.shape.rows - row);
      std::copy_n(results + (t * step + v) * tile_rows, rows, y + (first_vector + v) * stride + row);
    }
}

void Product::run_block(const std::int64_t* tiles, std::int64_t tile_count, std::int64_t block) const {
  const PreparedVectors::Layout& layout = x.layout();
  const std::int64_t begin = layout.block_begin(block, x.count());
  alignas(line_bytes) float results[tiles_max * vectors_max * tile_rows];
  TileProduct product;
  product.type = matrix.shape.type;
  product.lines = matrix.shape.lines_per_tile();
  product.tiles = tile_count;
  product.vectors = layout.block_begin(block + 1, x.count()) - begin;
  for (std::int64_t t = 0; t < tile_count; ++t) {
    product.values[t] = values(tiles[t]);
    product.scales[t] = scales(tiles[t]);
  }
  product.words = layout.words.data() + layout.units * begin * 2;
  product.offsets = layout.offsets.data() + layout.groups * begin * 2;
  product.vector_scales = layout.scales.data() + begin;
  product.results = results;
  kernel(product);
  put(results, tiles, tile_count, begin, product.vectors, product.vectors);
}

// All vectors at once.
void Product::run_panel(const std::int64_t* tiles, std::int64_t tile_count) const {
  const PackedShape& shape = matrix.shape;
  const PreparedVectors::Layout& layout = x.layout();
  MatrixProcessor& processor = MatrixProcessor::of_thread();
  PanelProduct product;
  product.type = shape.type;
  product.chunks = shape.padded_columns() / tile_columns;
  product.groups = layout.groups;
  product.tiles = tile_count;
  product.vectors = x.count();
  for (std::int64_t t = 0; t < tile_count; ++t) {
    product.values[t] = shape.type == PackedType::int4 ? processor.spread(values(tiles[t]), shape.lines_per_tile(), t) : values(tiles[t]);
    product.scales[t] = scales(tiles[t]);
  }
  product.digits = layout.lines.front().digits;
  product.offsets = layout.offsets.data();
  product.vector_scales = layout.scales.data();
  const std::int64_t blocks = layout.blocks(x.count());
  const float* const results = processor.multiply(product, blocks);
  for (std::int64_t block = 0; block < blocks; ++block) {
    const std::int64_t first = layout.block_begin(block, x.count());
    put(results + block * tile_count * tile_vectors_max * tile_rows, tiles, tile_count, first,
        layout.block_begin(block + 1, x.count()) - first, tile_vectors_max);
  }
}

// All vectors, tile after tile: what was read of a tile for one block of vectors is still near for the next.
void Product::run(const std::int64_t* tiles, std::int64_t tile_count) const {
  if (x.layout().in_tiles) return run_panel(tiles, tile_count);
  const std::int64_t blocks = x.layout().blocks(x.count());
  const std::int64_t at_once = tiles_at_once(largest_block(x));
  for (std::int64_t first = 0; first < tile_count; first += at_once)
    for (std::int64_t block = 0; block < blocks; ++block)
      run_block(tiles + first, std::min(at_once, tile_count - first), block);
}

// Tiles that are worked on at once lie a quarter of the matrix apart: as many streams for the memory.
std::int64_t quarter_of(const PackedShape& shape) { return (shape.tiles() + tiles_max - 1) / tiles_max; }

}  // namespace

void multiply(std::span<const ProductOf> products, const PreparedVectors& x, Instructions instructions) {
  if (x.count() == 0 || products.empty()) return;
  const MultiplyTiles kernel = kernel_of(instructions);
  if (x.layout().in_tiles && instructions != Instructions::amx) broken_invariant("vectors were made ready for other instructions");
  std::array<std::int64_t, products_max> begins{};  // of each matrix among the places of all
  std::int64_t places = 0, bytes = 0;
  if (products.size() > products_max) broken_invariant("more matrices at once than a step has");
  for (std::size_t i = 0; i < products.size(); ++i) {
    const PackedShape& shape = products[i].matrix.shape;
    if (x.layout().type != shape.type || x.layout().columns != shape.columns)
      broken_invariant("vectors were made ready for a matrix of another type or number of columns");
    begins[i] = places;
    places += quarter_of(shape);
    bytes += shape.value_bytes();
  }
  const auto run_place = [&](std::int64_t place) {
    std::size_t i = products.size() - 1;
    while (begins[i] > place) --i;
    const PackedShape& shape = products[i].matrix.shape;
    std::int64_t chosen[tiles_max], count = 0;
    for (std::int64_t tile = place - begins[i]; tile < shape.tiles(); tile += quarter_of(shape)) chosen[count++] = tile;
    Product{products[i].matrix, x, products[i].y, products[i].stride, kernel}.run(chosen, count);
  };
  Shares shares(places, omp_get_max_threads());
#pragma omp parallel if (is_shared_work(bytes * x.count()))
  for (auto share = shares.next(); share.begin < share.end; share = shares.next())
    for (std::int64_t place = share.begin; place < share.end; ++place) run_place(place);
}

void multiply(const PackedMatrix& matrix, const PreparedVectors& x, float* y, std::int64_t stride, Instructions instructions) {
  const ProductOf product{matrix, y, stride};
  multiply({&product, 1}, x, instructions);
}

}  // namespace radfm::kernels
