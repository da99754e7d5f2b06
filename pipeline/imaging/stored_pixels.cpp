// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/stored_pixels.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>

#include <string>

#include "pipeline/imaging/acceptance.h"
#include "pipeline/imaging/element_text.h"

namespace radfm::imaging {
namespace {

struct BitLayout {
  int allocated = 0, stored = 0, high_bit = 0;
  bool is_signed = false;
};

Result<BitLayout> bit_layout(DcmItem& data_set) {
  BitLayout bits;
  bits.allocated = integer_of(data_set, DCM_BitsAllocated).value_or(0);
  bits.stored = integer_of(data_set, DCM_BitsStored).value_or(bits.allocated);
  bits.high_bit = integer_of(data_set, DCM_HighBit).value_or(bits.stored - 1);
  bits.is_signed = integer_of(data_set, DCM_PixelRepresentation).value_or(0) == 1;
  const bool usable = (bits.allocated == 8 || bits.allocated == 16) && bits.stored >= 1 &&
                      bits.high_bit + 1 >= bits.stored && bits.high_bit < bits.allocated;
  if (usable) return bits;
  return permanent_error("unsupported_pixel_format", "pixels of " + std::to_string(bits.stored) +
                                                         " bits (high bit " + std::to_string(bits.high_bit) +
                                                         ") in cells of " + std::to_string(bits.allocated) +
                                                         " bits cannot be read");
}

template <class Cell>
void append_values(const Cell* cells, std::size_t count, const BitLayout& bits,
                   std::vector<std::int32_t>& out) {
  const int shift = bits.high_bit + 1 - bits.stored;
  const std::uint32_t mask = (std::uint32_t{1} << bits.stored) - 1;
  const std::uint32_t sign = bits.is_signed ? std::uint32_t{1} << (bits.stored - 1) : 0;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t value = (std::uint32_t{cells[i]} >> shift) & mask;
    out.push_back(static_cast<std::int32_t>(value ^ sign) - static_cast<std::int32_t>(sign));
  }
}

Error ends_early() {
  return permanent_error("broken", "the pixel data ends early; send the image again");
}

}  // namespace

Result<StoredPixels> decode_stored_pixels(DcmDataset& data_set) {
  StoredPixels out;
  out.rows = integer_of(data_set, DCM_Rows).value_or(0);
  out.columns = integer_of(data_set, DCM_Columns).value_or(0);
  if (integer_of(data_set, DCM_NumberOfFrames).value_or(1) != 1) {
    return permanent_error("multi_frame", "multi-frame images cannot be read yet");
  }
  if (integer_of(data_set, DCM_SamplesPerPixel).value_or(1) != 1) {
    return permanent_error("colour_image", "colour images cannot be read yet");
  }
  if (out.rows <= 0 || out.columns <= 0)
    return permanent_error("broken", "the image has no rows or no columns");
  const std::int64_t pixels = std::int64_t{out.rows} * out.columns;
  if (out.rows > image_side_max || out.columns > image_side_max || pixels > image_pixels_max) {
    return permanent_error("image_too_large", "the image has more pixels than can be read");
  }
  if (data_set.chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad()) {
    return permanent_error("broken", "the pixel data cannot be decompressed; send the image again");
  }
  const auto bits = bit_layout(data_set);  // after decompression: a decoder may narrow the cells
  if (!bits) return bits.error();
  DcmElement* element = nullptr;
  if (data_set.findAndGetElement(DCM_PixelData, element).bad() || element == nullptr) {
    return permanent_error("no_pixels", "the object has no pixel data");
  }
  const auto count = static_cast<std::size_t>(pixels);
  if (element->getLength(EXS_LittleEndianExplicit) < count * static_cast<std::size_t>(bits->allocated / 8)) {
    return ends_early();
  }
  if (bits->allocated == 8) {
    Uint8* cells = nullptr;
    if (element->getUint8Array(cells).bad() || cells == nullptr) return ends_early();
    append_values(cells, count, *bits, out.values);
  } else {
    Uint16* cells = nullptr;
    if (element->getUint16Array(cells).bad() || cells == nullptr) return ends_early();
    append_values(cells, count, *bits, out.values);
  }
  return out;
}

}  // namespace radfm::imaging
