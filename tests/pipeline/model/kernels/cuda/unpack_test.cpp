// SPDX-License-Identifier: Apache-2.0
// Aim: matrices unpacked on a GPU have the bits of the processor's unpack_rows.
#include "pipeline/model/kernels/cuda/unpack.h"

#include "tests/pipeline/model/kernels/cuda/device_array.h"
#include "tests/pipeline/model/kernels/random_matrix.h"

namespace radfm::kernels::cuda {
namespace {

struct Sizes {
  std::int64_t rows, columns;
};

TEST(DeviceUnpack, BitsOfTheProcessors) {
  DEVICE_OR_SKIP();
  for (const PackedType type : {PackedType::bf16, PackedType::int8, PackedType::int4})
    for (const Sizes size : {Sizes{1, 1}, {5, 7}, {16, 128}, {33, 130}, {50, 515}, {20, 1024}}) {
      const PackedShape shape{type, size.rows, size.columns};
      const OwnedMatrix matrix(shape, drawn_values(size.rows * size.columns, 2));
      const PackedMatrix view = matrix.view();
      std::vector<std::uint16_t> expected(static_cast<std::size_t>(size.rows * size.columns));
      unpack_rows(view, 0, size.rows, expected.data());

      const auto* scale_bytes = static_cast<const std::uint8_t*>(view.scales);
      DeviceArray<std::uint8_t> values(std::vector<std::uint8_t>(view.values, view.values + shape.value_bytes()));
      DeviceArray<std::uint8_t> scales(std::vector<std::uint8_t>(scale_bytes, scale_bytes + shape.scale_bytes()));
      DeviceArray<std::uint16_t> out(std::vector<std::uint16_t>(expected.size() + 2, std::uint16_t{77}));
      launch_unpack(type, {values.data(), scales.data(), size.rows}, size.columns, out.data(), nullptr);
      auto computed = out.values();
      EXPECT_EQ(computed[expected.size()], 77) << "written behind the end";
      computed.resize(expected.size());
      EXPECT_EQ(computed, expected) << packed_type_name(type) << " " << size.rows << " x " << size.columns;
    }
}

}  // namespace
}  // namespace radfm::kernels::cuda
