// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/gpu_products.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

namespace radfm::model {
namespace {

using namespace kernels::cuda;

Product product_of(std::initializer_list<const PackedTensor*> matrices, int vectors) {
  Product product;
  product.type = (*matrices.begin())->shape.type;
  product.columns = (*matrices.begin())->shape.columns;
  for (const PackedTensor* matrix : matrices) {
    product.matrices[product.count++] = device_matrix(*matrix);
    product.stride += matrix->shape.rows;
  }
  product.vectors = vectors;
  return product;
}

}  // namespace

GpuProducts::GpuProducts(const GpuLlamaWeights& weights, int vectors) {
  for (const auto& layer : weights.layers) {
    hold({&layer.q, &layer.k, &layer.v}, vectors);
    hold({&layer.o}, vectors);
    hold({&layer.gate, &layer.up}, vectors);
    hold({&layer.down}, vectors);
  }
  hold({&weights.head}, vectors);
  const at::TensorOptions bytes = at::TensorOptions(at::kByte).device(weights.device());
  words_ = at::empty({words_bytes_}, bytes);
  partials_ = at::empty({partials_bytes_}, bytes);
  steps_ = at::empty({vectors}, bytes.dtype(at::kFloat));
  counters_ = at::zeros({counters_count_}, bytes.dtype(at::kInt));
}

void GpuProducts::hold(std::initializer_list<const PackedTensor*> matrices, int vectors) {
  const Product product = product_of(matrices, vectors);
  words_bytes_ = std::max(words_bytes_, prepared_bytes(product.type, product.columns, vectors));
  partials_bytes_ = std::max(partials_bytes_, partial_bytes(product.row_blocks(), vectors, product.splits()));
  counters_count_ = std::max(counters_count_, product.row_blocks());
}

void GpuProducts::multiply(std::initializer_list<const PackedTensor*> matrices, const Prepare& prepare, int vectors, float* y,
                           Stream stream) {
  Product product = product_of(matrices, vectors);
  auto* words = static_cast<std::uint32_t*>(words_.data_ptr());
  prepare({product.type, product.columns, vectors, words, steps_.data_ptr<float>()});
  product.x = {words, steps_.data_ptr<float>()};
  product.y = y;
  product.space = {partials_.data_ptr(), static_cast<unsigned*>(counters_.data_ptr())};
  launch_product(product, stream);
}

}  // namespace radfm::model
