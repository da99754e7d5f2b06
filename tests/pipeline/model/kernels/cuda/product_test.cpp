// SPDX-License-Identifier: Apache-2.0
// Aim: the GPU's products are the processor's: int8 to the bit, int4 and bf16 within the rounding of their sums; the same each time,
// and for a vector whatever is beside it.
#include "pipeline/model/kernels/cuda/product.h"

#include <cmath>
#include <memory>

#include "pipeline/model/kernels/cuda/prepare.h"
#include "pipeline/model/kernels/matrix_vector.h"
#include "tests/pipeline/model/kernels/cuda/device_array.h"
#include "tests/pipeline/model/kernels/random_matrix.h"

namespace radfm::kernels::cuda {
namespace {

struct Sizes {
  std::int64_t rows, columns;
};
// Odd ones, one that is less than a tile, one of several splits, one of several blocks of rows.
constexpr Sizes sizes[] = {{1, 1}, {7, 130}, {16, 64}, {33, 517}, {64, 256}, {70, 1999}, {140, 3072}};
constexpr PackedType types[] = {PackedType::bf16, PackedType::int8, PackedType::int4};

// Matrices of one launch, packed, on the processor and on the device.
class Matrices {
 public:
  Matrices(PackedType type, std::int64_t columns, const std::vector<std::int64_t>& rows, std::uint32_t seed) : type_(type), columns_(columns) {
    for (const std::int64_t count : rows) {
      const PackedShape shape{type, count, columns};
      matrices_.push_back(std::make_unique<OwnedMatrix>(shape, drawn_values(count * columns, seed++)));
      const PackedMatrix view = matrices_.back()->view();
      values_.push_back(std::make_unique<DeviceArray<std::uint8_t>>(std::vector<std::uint8_t>(view.values, view.values + shape.value_bytes())));
      const auto* scales = static_cast<const std::uint8_t*>(view.scales);
      scales_.push_back(std::make_unique<DeviceArray<std::uint8_t>>(std::vector<std::uint8_t>(scales, scales + shape.scale_bytes())));
      rows_ += count;
    }
  }
  std::int64_t rows() const { return rows_; }

  // [vectors][rows of all]
  std::vector<float> expected(const std::vector<float>& x, int vectors) const {
    std::vector<float> y(static_cast<std::size_t>(vectors * rows_));
    std::int64_t first = 0;
    for (const auto& matrix : matrices_) {
      PreparedVectors prepared;
      prepared.prepare(matrix->view().shape, x.data(), vectors, columns_);
      multiply(matrix->view(), prepared, y.data() + first, rows_);
      first += matrix->view().shape.rows;
    }
    return y;
  }

  std::vector<float> computed(const std::vector<float>& x, int vectors) const {
    DeviceArray<float> values(x), y(std::vector<float>(static_cast<std::size_t>(vectors * rows_), 77.0f));
    DeviceArray<std::uint32_t> words(std::vector<std::uint32_t>(static_cast<std::size_t>(prepared_bytes(type_, columns_, vectors) / 4)));
    DeviceArray<float> steps(std::vector<float>(static_cast<std::size_t>(vectors)));
    launch_plain(values.data(), {type_, columns_, vectors, words.data(), steps.data()}, nullptr);

    Product product;
    product.type = type_;
    product.columns = columns_;
    for (std::size_t i = 0; i < matrices_.size(); ++i)
      product.matrices[product.count++] = {values_[i]->data(), scales_[i]->data(), matrices_[i]->view().shape.rows};
    product.x = {words.data(), steps.data()};
    product.vectors = vectors;
    product.y = y.data();
    product.stride = rows_;
    const std::int64_t bytes = partial_bytes(product.row_blocks(), vectors, product.splits());
    DeviceArray<std::uint64_t> partials(std::vector<std::uint64_t>(static_cast<std::size_t>(bytes / 8), ~std::uint64_t{0}));
    DeviceArray<unsigned> counters(std::vector<unsigned>(static_cast<std::size_t>(product.row_blocks())));
    product.space = {partials.data(), counters.data()};
    launch_product(product, nullptr);
    for (const unsigned counter : counters.values()) EXPECT_EQ(counter, 0u);
    return y.values();
  }

 private:
  PackedType type_;
  std::int64_t columns_, rows_ = 0;
  std::vector<std::unique_ptr<OwnedMatrix>> matrices_;
  std::vector<std::unique_ptr<DeviceArray<std::uint8_t>>> values_, scales_;
};

// Of sums of `columns` products of values around 1: what their rounding may make of them.
float tolerance(PackedType type, std::int64_t columns) {
  if (type == PackedType::int8) return 0;
  const float spread = std::sqrt(static_cast<float>(columns));
  return type == PackedType::int4 ? 2e-6f * spread : 4e-5f * spread;
}

void expect_near(const std::vector<float>& computed, const std::vector<float>& expected, float tolerance, const std::string& what) {
  ASSERT_EQ(computed.size(), expected.size());
  float worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_FALSE(std::isnan(computed[i])) << what << " at " << i;
    worst = std::max(worst, std::abs(computed[i] - expected[i]));
  }
  EXPECT_LE(worst, tolerance) << what;
}

std::string named(PackedType type, Sizes size, int vectors) {
  return std::string(packed_type_name(type)) + " " + std::to_string(size.rows) + " x " + std::to_string(size.columns) + ", " +
         std::to_string(vectors) + " vectors";
}

TEST(DeviceProduct, IsTheProcessors) {
  DEVICE_OR_SKIP();
  for (const PackedType type : types)
    for (const Sizes size : sizes)
      for (const int vectors : {1, 7, 13}) {
        const Matrices matrices(type, size.columns, {size.rows}, 11);
        const auto x = drawn_values(vectors * size.columns, 5);
        expect_near(matrices.computed(x, vectors), matrices.expected(x, vectors), tolerance(type, size.columns), named(type, size, vectors));
      }
}

TEST(DeviceProduct, ThreeMatricesAtOnce) {
  DEVICE_OR_SKIP();
  for (const PackedType type : types) {
    const Matrices matrices(type, 1030, {70, 5, 64}, 3);
    const auto x = drawn_values(2 * 1030, 9);
    expect_near(matrices.computed(x, 2), matrices.expected(x, 2), tolerance(type, 1030), std::string(packed_type_name(type)));
  }
}

TEST(DeviceProduct, SameWhateverIsBeside) {
  DEVICE_OR_SKIP();
  for (const PackedType type : types) {
    const Matrices matrices(type, 1536, {50}, 3);
    const auto x = drawn_values(16 * 1536, 21);
    set_order_of_threads(1);
    const auto all = matrices.computed(x, 16);
    for (const int vectors : {1, 2, 4, 7, 8}) {
      set_order_of_threads(static_cast<std::uint64_t>(vectors) + 1);
      const auto some = matrices.computed(x, vectors);
      EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin())) << packed_type_name(type) << ", " << vectors;
    }
  }
}

TEST(DeviceProduct, ZerosAndWhatIsNoNumber) {
  DEVICE_OR_SKIP();
  for (const PackedType type : types) {
    const Matrices matrices(type, 300, {20}, 3);
    std::vector<float> x(3 * 300);
    x[300 + 17] = INFINITY;
    x[600 + 3] = NAN;
    const auto y = matrices.computed(x, 3);
    for (std::size_t row = 0; row < 20; ++row) {
      EXPECT_EQ(y[row], 0);
      EXPECT_FALSE(std::isfinite(y[20 + row])) << packed_type_name(type);
      EXPECT_FALSE(std::isfinite(y[40 + row])) << packed_type_name(type);
    }
  }
}

}  // namespace
}  // namespace radfm::kernels::cuda
