// SPDX-License-Identifier: Apache-2.0
// Any bytes as an RLE frame of any small size.
#include "pipeline/imaging/rle.h"
#include "tests/fuzz/fuzz_input.h"

using namespace radfm::imaging;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t pixels = std::size_t{1} + data[0] * 4, samples = (data[1] & 1) != 0 ? 3 : 1,
                    bytes_of_cell = std::size_t{1} << (data[1] >> 1) % 3;
  const std::span<const std::uint8_t> stream(data + 2, size - 2);
  static_cast<void>(is_rle_header(stream));
  const auto cells = unpack_rle(stream, pixels, samples, bytes_of_cell);
  if (cells.ok())
    radfm::fuzz::must(cells->size() == pixels * samples * bytes_of_cell, "a frame has all its cells");
  return 0;
}
