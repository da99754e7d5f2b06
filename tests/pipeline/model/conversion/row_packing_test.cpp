// SPDX-License-Identifier: Apache-2.0
// Aim: rows that come in pieces are packed as a whole matrix is, however they are cut, and what cannot be packed is refused.
#include "pipeline/model/conversion/row_packing.h"

#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <random>

#include "pipeline/model/kernels/packing.h"

namespace radfm::model {
namespace {

using kernels::PackedShape;
using kernels::PackedType;

struct Packed {
  std::vector<std::uint8_t> values, scales;
  bool operator==(const Packed&) const = default;
};

std::vector<float> drawn(std::mt19937& random, const PackedShape& shape) {
  std::normal_distribution<float> value;
  std::vector<float> values(static_cast<std::size_t>(shape.rows * shape.columns));
  for (auto& v : values) v = value(random);
  return values;
}

// Tile by tile on one thread, from the whole matrix.
Packed packed_whole(const PackedShape& shape, const std::vector<float>& values) {
  Packed packed{std::vector<std::uint8_t>(static_cast<std::size_t>(shape.value_bytes())),
                std::vector<std::uint8_t>(static_cast<std::size_t>(shape.scale_bytes()))};
  for (std::int64_t tile = 0; tile < shape.tiles(); ++tile) {
    const std::int64_t row = tile * kernels::tile_rows, count = std::min(kernels::tile_rows, shape.rows - row);
    EXPECT_TRUE(kernels::pack_tile(shape, tile, values.data() + row * shape.columns, count, packed.values.data(), packed.scales.data()));
  }
  return packed;
}

// In pieces of random sizes.
Result<Packed> packed_in_pieces(const PackedShape& shape, const std::vector<float>& values, std::mt19937& random) {
  Packed packed;
  RowPacking packing("m", shape, WeightType::f32, [&](const std::uint8_t* data, std::size_t bytes) {
    packed.values.insert(packed.values.end(), data, data + bytes);
    return Status();
  });
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
  for (std::size_t at = 0; at < values.size();) {
    const std::size_t now = std::min<std::size_t>(values.size() - at, 1 + random() % 500'000);
    if (auto added = packing.add(bytes + at * sizeof(float), now * sizeof(float)); !added) return added.error();
    at += now;
  }
  auto scales = packing.finish();
  if (!scales) return scales.error();
  packed.scales = std::move(*scales);
  return packed;
}

TEST(RowPacking, EqualsTheWholeMatrix) {
  const unsigned seed = 20;
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  for (const PackedType type : {PackedType::f32, PackedType::bf16, PackedType::int8, PackedType::int4})
    for (const auto& [rows, columns] : {std::pair{1, 1}, {17, 130}, {64, 128}, {700, 3077}}) {  // the last one: several blocks
      SCOPED_TRACE(std::string(packed_type_name(type)) + " " + std::to_string(rows) + " x " + std::to_string(columns));
      const PackedShape shape{type, rows, columns};
      const auto values = drawn(random, shape);
      const auto packed = packed_in_pieces(shape, values, random);
      ASSERT_TRUE(packed.ok());
      EXPECT_TRUE(*packed == packed_whole(shape, values));
    }
}

// A value that is no number, in the first row or in the last one, is said with the tensor's name.
TEST(RowPacking, RefusesWhatIsNotFinite) {
  std::mt19937 random(21);
  const PackedShape shape{PackedType::int4, 40, 200};
  for (const std::size_t place : {std::size_t{0}, std::size_t{7999}})
    for (const float wrong : {NAN, INFINITY}) {
      auto values = drawn(random, shape);
      values[place] = wrong;
      const auto packed = packed_in_pieces(shape, values, random);
      ASSERT_FALSE(packed.ok());
      EXPECT_EQ(packed.error().code, "checkpoint_not_finite");
      EXPECT_NE(packed.error().message.find("tensor m"), std::string::npos);
    }
}

}  // namespace
}  // namespace radfm::model
