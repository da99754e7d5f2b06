// SPDX-License-Identifier: Apache-2.0
// Any bytes as a JPEG stream, under a header that agrees with it where its size is small.
#include "pipeline/imaging/jpeg.h"
#include "pipeline/imaging/jpeg_header.h"
#include "tests/fuzz/fuzz_input.h"

using namespace radfm::imaging;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> stream(data, size);
  PixelFormat format;
  format.rows = format.columns = 16;
  if (const auto header = read_jpeg_header(stream);
      header.ok() && header->rows <= 256 && header->columns <= 256) {
    if (header->rows > 0) format.rows = header->rows;
    if (header->columns > 0) format.columns = header->columns;
    format.samples = header->components == 3 ? 3 : 1;
  }
  const auto cells = decode_jpeg(stream, format);
  if (!cells.ok()) return 0;
  radfm::fuzz::must(cells->bytes.size() == format.cells() * static_cast<std::size_t>(cells->bits_of_cell / 8),
                    "a frame has all its cells");
  return 0;
}
