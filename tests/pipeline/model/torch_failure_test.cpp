// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/torch_failure.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <gtest/gtest.h>

#include <functional>

namespace radfm::model {
namespace {

Error error_of(const std::function<void()>& work) {
  const auto done = caught<int>([&]() -> Result<int> {
    work();
    return 0;
  });
  return done ? Error{ErrorClass::permanent, "no_error", ""} : done.error();
}

// Aim: memory that runs out is told from every other failure of the library, whichever allocator it was.
TEST(TorchFailure, WantOfMemoryHasItsCode) {
  // More than any address space has: what the processor's allocator says is its own wording.
  const Error tensor = error_of([] { at::empty({std::int64_t{1} << 46}); });
  EXPECT_EQ(tensor.code, "out_of_memory") << tensor.message;
  EXPECT_EQ(tensor.error_class, ErrorClass::poison);
  EXPECT_NE(tensor.message.find("model.dtype"), std::string::npos) << tensor.message;
  EXPECT_EQ(error_of([] { throw std::bad_alloc(); }).code, "out_of_memory");
  EXPECT_EQ(error_of([] { TORCH_CHECK_WITH(OutOfMemoryError, false, "Tried to allocate 2.00 GiB"); }).code, "out_of_memory");
  for (const char* words : {"CUDA error: out of memory", "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"}) {
    EXPECT_EQ(error_of([&] { TORCH_CHECK(false, words); }).code, "out_of_memory") << words;
  }
}

TEST(TorchFailure, OthersKeepTheirFirstLine) {
  const Error shapes = error_of([] { at::matmul(at::empty({2, 3}), at::empty({4, 5})); });
  EXPECT_EQ(shapes.code, "engine_failed");
  EXPECT_EQ(shapes.error_class, ErrorClass::poison);
  EXPECT_EQ(shapes.message.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace radfm::model
