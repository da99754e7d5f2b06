// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/jpeg_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  radfm::fuzz::decode_stream({data, size}, radfm::imaging::decode_jpeg_ls);
  return 0;
}
