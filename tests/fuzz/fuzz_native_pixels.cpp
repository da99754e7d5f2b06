// SPDX-License-Identifier: Apache-2.0
// Any bytes as uncompressed cells under any format that read_pixel_format lets through: what is decoded has
// the size that the format says and values within its bits.
#include <algorithm>

#include "pipeline/imaging/native_pixels.h"
#include "tests/fuzz/fuzz_input.h"

using namespace radfm::imaging;
using radfm::fuzz::must;

namespace {
constexpr std::size_t format_bytes = 8;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < format_bytes) return 0;
  PixelFormat format;
  format.rows = 1 + data[0] % 40;
  format.columns = 1 + data[1] % 40;
  format.frames = 1 + data[2] % 5;
  CellBits& bits = format.bits;
  bits.allocated = 1 + data[3] % 32;
  bits.stored = 1 + data[4] % bits.allocated;
  bits.high_bit = bits.stored - 1 + data[5] % (bits.allocated - bits.stored + 1);
  bits.is_signed = (data[6] & 1) != 0;
  format.samples = (data[6] & 2) != 0 && bits.stored <= 16 ? 3 : 1;
  format.by_plane = format.samples == 3 && (data[6] & 4) != 0;
  format.halved_chroma = format.samples == 3 && (data[6] & 8) != 0;
  if (format.samples == 1 && (data[6] & 48) != 0) {
    format.kind = (data[6] & 16) != 0 ? CellKind::float_32 : CellKind::float_64;
  }
  const auto stored =
      native_frame({data + format_bytes, size - format_bytes}, format, data[7] % format.frames);
  if (!stored.ok()) return 0;
  must(stored->values.size() + stored->reals.size() == format.cells(), "a frame has all its samples");
  must(stored->values.empty() || stored->reals.empty(), "values are either whole or real");
  const std::int64_t span = std::int64_t{1} << bits.stored, low = bits.is_signed ? -span / 2 : 0;
  must(std::all_of(stored->values.begin(), stored->values.end(),
                   [&](std::int64_t v) { return v >= low && v < low + span; }),
       "a value fits into its bits");
  return 0;
}
