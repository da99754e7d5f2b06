// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/native_pixels.h"

#include <bit>
#include <cstring>

namespace radfm::imaging {
namespace {

static_assert(std::endian::native == std::endian::little, "cells are read in the order of this machine");

Error ends_early() {
  return permanent_error("broken", "the pixel data ends early; send the image again");
}

// The value of the field in a cell: (cell >> shift) & mask, as two's complement when signed. Word is wider than the field, so
// that nothing is lost; the narrower it is, the more of them go at once.
template <class Word, class SignedWord>
struct Field {
  explicit Field(const CellBits& bits)
      : shift(bits.high_bit + 1 - bits.stored),
        mask((Word{1} << bits.stored) - 1),
        sign(bits.is_signed ? Word{1} << (bits.stored - 1) : 0) {}
  SignedWord of(Word cell) const {
    const Word value = cell >> shift & mask;
    return static_cast<SignedWord>(value ^ sign) - static_cast<SignedWord>(sign);
  }
  int shift;
  Word mask, sign;
};
using NarrowField = Field<std::uint32_t, std::int32_t>;  // of cells of 8 and 16 bits
using WideField = Field<std::uint64_t, std::int64_t>;

template <class Cell, class AnyField, class Value>
void unpack_whole_bytes(const std::uint8_t* from, const AnyField field, std::vector<Value>& out) {
  Value* const values = out.data();
  const std::size_t count = out.size();
  for (std::size_t i = 0; i < count; ++i) {
    Cell cell;
    std::memcpy(&cell, from + i * sizeof cell, sizeof cell);  // cells of a frame need not be aligned
    values[i] = static_cast<Value>(field.of(cell));
  }
}

template <class Value>
void unpack_bits(std::span<const std::uint8_t> cells, std::size_t bit, int allocated, const WideField& field,
                 std::vector<Value>& out) {
  for (auto& value : out) {
    std::uint64_t cell = 0;
    for (int done = 0; done < allocated;) {
      const auto within = static_cast<int>(bit % 8);
      const int take = std::min(8 - within, allocated - done);
      const std::uint64_t part = cells[bit / 8] >> within & ((1U << take) - 1);
      cell |= part << done;
      done += take;
      bit += static_cast<std::size_t>(take);
    }
    value = static_cast<Value>(field.of(cell));
  }
}

// PS3.3 C.7.6.3.1.2: Y1 Y2 Cb Cr for two neighbours.
std::vector<std::int32_t> with_full_chroma(const std::vector<std::int32_t>& halved) {
  std::vector<std::int32_t> full;
  full.reserve(halved.size() / 4 * 6);
  for (std::size_t i = 0; i + 3 < halved.size(); i += 4) {
    const std::int32_t cb = halved[i + 2], cr = halved[i + 3];
    full.insert(full.end(), {halved[i], cb, cr, halved[i + 1], cb, cr});
  }
  return full;
}

// [planes][pixels] to [pixels][planes].
std::vector<std::int32_t> interleaved(const std::vector<std::int32_t>& planes, std::size_t samples) {
  const std::size_t pixels = planes.size() / samples;
  std::vector<std::int32_t> out(planes.size());
  for (std::size_t sample = 0; sample < samples; ++sample) {
    for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
      out[pixel * samples + sample] = planes[sample * pixels + pixel];
    }
  }
  return out;
}
template <class Real>
Result<StoredPixels> float_frame(std::span<const std::uint8_t> cells, const PixelFormat& format, int frame,
                                 StoredPixels out) {
  const std::size_t bytes = format.pixels() * sizeof(Real);
  if (cells.size() / bytes <= static_cast<std::size_t>(frame)) return ends_early();
  const std::uint8_t* from = cells.data() + bytes * static_cast<std::size_t>(frame);
  out.reals.resize(format.pixels());
  for (auto& value : out.reals) {
    Real real;
    std::memcpy(&real, from, sizeof real);
    from += sizeof real;
    value = static_cast<double>(real);
  }
  return out;
}

// Writers that say 4:2:2 and store every chroma value exist; the length tells.
bool chroma_is_halved(std::span<const std::uint8_t> cells, const PixelFormat& format) {
  if (!format.halved_chroma || format.columns % 2 != 0) return false;
  const std::size_t full_bits = format.cells() * static_cast<std::size_t>(format.bits.allocated);
  return cells.size() * 8 / full_bits < static_cast<std::size_t>(format.frames);
}

}  // namespace

template <class Value>
std::vector<Value> unpack_cells(std::span<const std::uint8_t> cells, std::size_t first_bit, std::size_t count,
                                const CellBits& bits) {
  std::vector<Value> out(count);
  const std::uint8_t* from = cells.data() + first_bit / 8;
  if (bits.allocated == 8) {
    unpack_whole_bytes<std::uint8_t>(from, NarrowField(bits), out);
  } else if (bits.allocated == 16) {
    unpack_whole_bytes<std::uint16_t>(from, NarrowField(bits), out);
  } else if (bits.allocated == 32) {
    unpack_whole_bytes<std::uint32_t>(from, WideField(bits), out);
  } else {
    unpack_bits(cells, first_bit, bits.allocated, WideField(bits), out);
  }
  return out;
}
template std::vector<std::int32_t> unpack_cells(std::span<const std::uint8_t>, std::size_t, std::size_t,
                                                const CellBits&);
template std::vector<double> unpack_cells(std::span<const std::uint8_t>, std::size_t, std::size_t,
                                          const CellBits&);

Result<StoredPixels> native_frame(std::span<const std::uint8_t> cells, const PixelFormat& format, int frame) {
  StoredPixels out;
  out.rows = format.rows;
  out.columns = format.columns;
  out.samples = format.samples;
  out.colour = format.colour;
  out.bits = format.bits.stored;
  if (format.kind == CellKind::float_32) return float_frame<float>(cells, format, frame, std::move(out));
  if (format.kind == CellKind::float_64) return float_frame<double>(cells, format, frame, std::move(out));
  const bool halved = chroma_is_halved(cells, format);
  const std::size_t count = halved ? format.pixels() * 2 : format.cells();
  const std::size_t frame_bits = count * static_cast<std::size_t>(format.bits.allocated);
  if (cells.size() * 8 / frame_bits <= static_cast<std::size_t>(frame)) return ends_early();
  const std::size_t first_bit = frame_bits * static_cast<std::size_t>(frame);
  if (!fits_int32(format.bits)) {
    out.reals =
        unpack_cells<double>(cells, first_bit, count, format.bits);  // grey: colours have 16 bits at most
    return out;
  }
  out.values = unpack_cells<std::int32_t>(cells, first_bit, count, format.bits);
  if (halved) {
    out.values = with_full_chroma(out.values);
  } else if (format.by_plane) {
    out.values = interleaved(out.values, 3);
  }
  return out;
}

}  // namespace radfm::imaging
