// SPDX-License-Identifier: Apache-2.0
// Any bytes as a JPEG 2000 stream or a JP2 file, under a header that agrees with it where its size is small.
#include <algorithm>

#include "pipeline/imaging/jpeg2000.h"
#include "pipeline/imaging/jpeg2000_header.h"
#include "tests/fuzz/decoder_input.h"

using namespace radfm::imaging;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> stream(data, size);
  PixelFormat format;
  format.rows = format.columns = 16;
  const auto header = read_jpeg_2000_header(code_stream_of(stream));
  if (header.ok() && header->rows <= 256 && header->columns <= 256) {
    format.rows = static_cast<int>(header->rows);
    format.columns = static_cast<int>(header->columns);
    format.samples = header->components == 3 ? 3 : 1;
    format.bits.is_signed = header->is_signed;
  }
  const auto samples = decode_jpeg_2000(stream, format);
  if (!samples.ok()) return 0;
  radfm::fuzz::must(samples->values.size() == format.cells(), "a frame has all its samples");
  return 0;
}
