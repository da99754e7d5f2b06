// SPDX-License-Identifier: Apache-2.0
// Values drawn from a seed, and matrices of them in the packed layout.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <random>
#include <vector>

#include "pipeline/model/kernels/packing.h"

namespace radfm::kernels {

inline constexpr PackedType packed_types[] = {PackedType::f32, PackedType::bf16, PackedType::int8, PackedType::int4};

// Bell curve, the same on every machine: sums of equally likely values.
inline std::vector<float> drawn_values(std::int64_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) {
    std::int64_t sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<std::int64_t>(random() >> 8);
    value = static_cast<float>(sum - (std::int64_t{1} << 25)) * 0x1p-24f;
  }
  return values;
}

struct AlignedDelete {
  void operator()(std::uint8_t* memory) const { ::operator delete[](memory, std::align_val_t{packed_alignment}); }
};

// A packed matrix with its memory, which was no zeros before it was packed.
class OwnedMatrix {
 public:
  OwnedMatrix(PackedShape shape, const std::vector<float>& values) : shape_(shape) {
    const auto bytes = static_cast<std::size_t>(shape.value_bytes());
    values_.reset(static_cast<std::uint8_t*>(::operator new[](bytes, std::align_val_t{packed_alignment})));
    std::fill_n(values_.get(), bytes, std::uint8_t{0xa5});
    scales_.assign(static_cast<std::size_t>(shape.scale_bytes() / 2), 0xa5a5);
    packed_ = true;
    for (std::int64_t tile = 0; tile < shape.tiles(); ++tile) {
      const std::int64_t rows = std::min(tile_rows, shape.rows - tile * tile_rows);
      packed_ &= pack_tile(shape, tile, values.data() + tile * tile_rows * shape.columns, rows, values_.get(), scales_.data());
    }
  }

  PackedMatrix view() const { return {shape_, values_.get(), scales_.data()}; }
  bool packed() const { return packed_; }

 private:
  PackedShape shape_;
  std::unique_ptr<std::uint8_t[], AlignedDelete> values_;
  std::vector<std::uint16_t> scales_;  // of int8 pairs of them, which operator new aligns for
  bool packed_ = false;
};

}  // namespace radfm::kernels
