// SPDX-License-Identifier: Apache-2.0
// Cells of uncompressed pixels (PS3.5 8.1.1) to values. Plain functions over bytes; no DICOM parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/pixel_format.h"
#include "pipeline/imaging/stored_pixels.h"

namespace radfm::imaging {

// One frame out of the cells of all frames, which follow each other without a gap: frames of 1 or 12 bits
// need not begin at a byte. Little endian, the lowest bit first. Samples come out interleaved, 4:2:2 chroma
// is given to both pixels. Error: permanent "broken" (the frame ends early).
Result<StoredPixels> native_frame(std::span<const std::uint8_t> cells, const PixelFormat& format, int frame);

// Values of cells of 1 to 32 bits from bit `first_bit` on: shifted down, masked and sign extended. The caller
// has checked that they are all there.
template <class Value>
std::vector<Value> unpack_cells(std::span<const std::uint8_t> cells, std::size_t first_bit, std::size_t count,
                                const CellBits& bits);
extern template std::vector<std::int32_t> unpack_cells(std::span<const std::uint8_t>, std::size_t,
                                                       std::size_t, const CellBits&);
extern template std::vector<double> unpack_cells(std::span<const std::uint8_t>, std::size_t, std::size_t,
                                                 const CellBits&);

// Whether values of these bits fit into 32 bits with a sign.
inline bool fits_int32(const CellBits& bits) {
  return bits.stored < 32 || bits.is_signed;
}

}  // namespace radfm::imaging
