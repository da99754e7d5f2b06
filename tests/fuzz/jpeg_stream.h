// SPDX-License-Identifier: Apache-2.0
// What the JPEG and JPEG-LS targets share: any bytes as a stream, under a header that agrees with it where its size is small.
#pragma once

#include "pipeline/imaging/jpeg.h"
#include "pipeline/imaging/jpeg_header.h"
#include "tests/fuzz/decoder_input.h"

namespace radfm::fuzz {

template <class Decode>
void decode_stream(std::span<const std::uint8_t> stream, const Decode& decode) {
  imaging::PixelFormat format;
  format.rows = format.columns = 16;
  if (const auto header = imaging::read_jpeg_header(stream); header.ok() && header->rows <= 256 && header->columns <= 256) {
    if (header->rows > 0) format.rows = header->rows;
    if (header->columns > 0) format.columns = header->columns;
    format.samples = header->components == 3 ? 3 : 1;
  }
  const auto cells = decode(stream, format);
  if (!cells.ok()) return;
  must(cells->bytes.size() == format.cells() * static_cast<std::size_t>(cells->bits_of_cell / 8), "a frame has all its cells");
}

}  // namespace radfm::fuzz
