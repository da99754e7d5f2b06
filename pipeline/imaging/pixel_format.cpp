// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/pixel_format.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "pipeline/imaging/acceptance.h"
#include "pipeline/imaging/element_text.h"

namespace radfm::imaging {
namespace {

struct ColourRow {
  std::string_view photometric;
  int samples;
  ColourSpace colour;
  bool halved_chroma, undone_by_codec;
};
// PS3.3 C.7.6.3.1.2. YBR_PARTIAL_420 is video only.
constexpr ColourRow colour_rows[] = {
    {"MONOCHROME1", 1, ColourSpace::grey, false, false},
    {"MONOCHROME2", 1, ColourSpace::grey, false, false},
    {"PALETTE COLOR", 1, ColourSpace::palette, false, false},
    {"RGB", 3, ColourSpace::rgb, false, false},
    {"YBR_FULL", 3, ColourSpace::ybr_full, false, false},
    {"YBR_FULL_422", 3, ColourSpace::ybr_full, true, false},
    {"YBR_PARTIAL_422", 3, ColourSpace::ybr_partial, true, false},
    {"YBR_RCT", 3, ColourSpace::rgb, false, true},
    {"YBR_ICT", 3, ColourSpace::rgb, false, true},
};

constexpr int colour_bits_max = 16;  // of one sample, and of an index into a palette

Error broken_sizes() {
  return permanent_error(
      "broken", "the image has no rows, no columns or a number of frames that is none; send it again");
}

Status read_sizes(DcmItem& data_set, PixelFormat& format) {
  format.rows = integer_of(data_set, DCM_Rows).value_or(0);
  format.columns = integer_of(data_set, DCM_Columns).value_or(0);
  const bool says_frames = !text_of(data_set, DCM_NumberOfFrames).empty();
  format.frames = integer_of(data_set, DCM_NumberOfFrames).value_or(says_frames ? -1 : 1);
  if (format.frames == 0) format.frames = 1;  // meant as "not a multi-frame image"
  if (format.rows <= 0 || format.columns <= 0 || format.frames < 0) return broken_sizes();
  if (format.rows > image_side_max || format.columns > image_side_max ||
      std::int64_t{format.rows} * format.columns > image_pixels_max) {
    return permanent_error("image_too_large", "the image has " + std::to_string(format.rows) + " x " +
                                                  std::to_string(format.columns) +
                                                  " pixels, more than can be read");
  }
  return {};
}

Status read_colour(DcmItem& data_set, PixelFormat& format) {
  format.samples = integer_of(data_set, DCM_SamplesPerPixel).value_or(1);
  const std::string photometric = upper_case(text_of(data_set, DCM_PhotometricInterpretation));
  const auto* row = std::find_if(std::begin(colour_rows), std::end(colour_rows),
                                 [&](const ColourRow& r) { return r.photometric == photometric; });
  if (row == std::end(colour_rows) || row->samples != format.samples) {
    return permanent_error("unsupported_colour", "pixels of " + std::to_string(format.samples) +
                                                     " samples that are called \"" +
                                                     photometric.substr(0, 16) + "\" cannot be read");
  }
  format.colour = row->colour;
  format.halved_chroma = row->halved_chroma;
  format.undone_by_codec = row->undone_by_codec;
  format.by_plane = format.samples == 3 && integer_of(data_set, DCM_PlanarConfiguration).value_or(0) == 1;
  return {};
}

Status read_bits(DcmItem& data_set, PixelFormat& format) {
  CellBits& bits = format.bits;
  bits.allocated = integer_of(data_set, DCM_BitsAllocated).value_or(0);
  if (format.kind != CellKind::integer) {
    bits.allocated =
        format.kind == CellKind::float_32 ? 32 : 64;  // C.7.6.24, C.7.6.25: it can be nothing else
    bits.stored = bits.allocated;
    bits.high_bit = bits.allocated - 1;
    return {};
  }
  bits.stored = integer_of(data_set, DCM_BitsStored).value_or(bits.allocated);
  bits.high_bit = integer_of(data_set, DCM_HighBit).value_or(bits.stored - 1);
  bits.is_signed = integer_of(data_set, DCM_PixelRepresentation).value_or(0) == 1;
  const bool usable = bits.allocated >= 1 && bits.allocated <= 32 && bits.stored >= 1 &&
                      bits.stored <= bits.allocated && bits.high_bit >= bits.stored - 1 &&
                      bits.high_bit < bits.allocated &&
                      (format.colour == ColourSpace::grey || bits.stored <= colour_bits_max);
  if (usable) return {};
  return permanent_error("unsupported_pixel_format", "pixels of " + std::to_string(bits.stored) +
                                                         " bits (high bit " + std::to_string(bits.high_bit) +
                                                         ") in cells of " + std::to_string(bits.allocated) +
                                                         " bits cannot be read");
}

}  // namespace

Result<PixelFormat> read_pixel_format(DcmItem& data_set) {
  PixelFormat format;
  if (data_set.tagExists(DCM_PixelData)) {
    format.kind = CellKind::integer;
  } else if (data_set.tagExists(DCM_FloatPixelData)) {
    format.kind = CellKind::float_32;
  } else if (data_set.tagExists(DCM_DoubleFloatPixelData)) {
    format.kind = CellKind::float_64;
  } else {
    return permanent_error("no_pixels", "the object has no pixel data");
  }
  if (Status sizes = read_sizes(data_set, format); !sizes) return sizes.error();
  if (Status colour = read_colour(data_set, format); !colour) return colour.error();
  if (Status bits = read_bits(data_set, format); !bits) return bits.error();
  if (format.kind != CellKind::integer && format.samples != 1) {
    return permanent_error("unsupported_colour", "floating point pixels of several samples cannot be read");
  }
  return format;
}

}  // namespace radfm::imaging
