// SPDX-License-Identifier: Apache-2.0
// What a header says about its pixels (PS3.3 C.7.6.3), checked: sizes within limits, bits that fit into their
// cells.
#pragma once

#include <cstdint>

#include "core/result.h"
#include "pipeline/imaging/stored_pixels.h"

class DcmItem;

namespace radfm::imaging {

enum class CellKind { integer, float_32, float_64 };

// The bits of one sample within its cell.
struct CellBits {
  int allocated = 16, stored = 16, high_bit = 15;
  bool is_signed = false;
};

struct PixelFormat {
  int rows = 0, columns = 0;
  int samples = 1;  // 1 or 3
  int frames = 1;
  CellKind kind = CellKind::integer;
  CellBits bits;
  bool by_plane = false;         // Planar Configuration 1: all red, then all green, then all blue
  bool halved_chroma = false;    // the header says 4:2:2: Y Y Cb Cr for two pixels where it is not compressed
  bool undone_by_codec = false;  // YBR_RCT, YBR_ICT: JPEG 2000 decodes to RGB
  ColourSpace colour = ColourSpace::grey;

  std::size_t pixels() const { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns); }
  std::size_t cells() const { return pixels() * static_cast<std::size_t>(samples); }
};

// Limits of one frame: acceptance.h. Errors, all permanent: "no_pixels" (none of the three pixel data
// elements), "broken" (no rows, no columns, a negative frame count), "image_too_large",
// "unsupported_pixel_format" (bits that cannot be, or colours of more than 16 bits), "unsupported_colour"
// (not 1 or 3 samples, or a photometric interpretation that is not known).
Result<PixelFormat> read_pixel_format(DcmItem& data_set);

}  // namespace radfm::imaging
