// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/frame_decoder.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

#include <algorithm>
#include <string>

#include "pipeline/imaging/jpeg.h"
#include "pipeline/imaging/jpeg2000.h"
#include "pipeline/imaging/native_pixels.h"
#include "pipeline/imaging/rle.h"

namespace radfm::imaging {
namespace {

Error do_not_agree() {
  return permanent_error(
      "broken", "the pixel data is not coded as the file's transfer syntax says; send the image again");
}

DcmElement* pixel_element(DcmItem& data_set, CellKind kind) {
  const DcmTagKey tag = kind == CellKind::integer    ? DCM_PixelData
                        : kind == CellKind::float_32 ? DCM_FloatPixelData
                                                     : DCM_DoubleFloatPixelData;
  DcmElement* element = nullptr;
  return data_set.findAndGetElement(tag, element).good() ? element : nullptr;
}

// The value in the byte order of this machine, wherever DCMTK keeps it. PS3.5 A.3: OW is a stream of 16-bit
// words in either byte order, whatever is allocated for a pixel.
Bytes value_bytes(DcmElement& element) {
  const std::size_t length = element.getLengthField();
  Uint8* bytes = nullptr;
  Uint16* words = nullptr;
  Float32* floats = nullptr;
  Float64* doubles = nullptr;
  const void* found = nullptr;
  if (element.getFloat32Array(floats).good()) {
    found = floats;
  } else if (element.getFloat64Array(doubles).good()) {
    found = doubles;
  } else if (element.getVR() == EVR_OB ? element.getUint8Array(bytes).good()
                                       : element.getUint16Array(words).good()) {
    found = bytes != nullptr ? static_cast<const void*>(bytes) : words;
  }
  if (found == nullptr) return {};
  return {static_cast<const std::uint8_t*>(found), length};
}

DcmPixelSequence* fragment_sequence(DcmElement& element) {
  auto* pixel_data = dynamic_cast<DcmPixelData*>(&element);
  if (pixel_data == nullptr) return nullptr;
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  pixel_data->getOriginalRepresentationKey(syntax, parameter);
  DcmPixelSequence* sequence = nullptr;
  if (!DcmXfer(syntax).isEncapsulated()) return nullptr;
  return pixel_data->getEncapsulatedRepresentation(syntax, parameter, sequence).good() ? sequence : nullptr;
}

// All items of encapsulated pixel data; the first is the offset table.
std::vector<Bytes> items_of(DcmPixelSequence& sequence) {
  std::vector<Bytes> items;
  DcmObject* next = nullptr;
  while ((next = sequence.nextInContainer(next)) != nullptr) {
    auto* item = dynamic_cast<DcmPixelItem*>(next);
    Uint8* bytes = nullptr;
    const bool filled =
        item != nullptr && item->getLength() > 0 && item->getUint8Array(bytes).good() && bytes != nullptr;
    items.push_back(filled ? Bytes(bytes, item->getLength()) : Bytes());
  }
  return items;
}

std::vector<std::uint64_t> basic_offsets(Bytes table) {
  std::vector<std::uint64_t> offsets;
  for (std::size_t at = 0; at + 4 <= table.size(); at += 4) {
    offsets.push_back(table[at] | std::uint64_t{table[at + 1]} << 8 | std::uint64_t{table[at + 2]} << 16 |
                      std::uint64_t{table[at + 3]} << 24);
  }
  return offsets;
}

// PS3.3 C.7.6.3.1.8
std::vector<std::uint64_t> extended_offsets(DcmItem& data_set) {
  DcmElement* element = nullptr;
  Uint64* offsets = nullptr;
  if (data_set.findAndGetElement(DCM_ExtendedOffsetTable, element).bad() || element == nullptr ||
      element->getUint64Array(offsets).bad() || offsets == nullptr) {
    return {};
  }
  return {offsets, offsets + element->getLengthField() / sizeof(Uint64)};
}

// The cells of a decompressed stream, as the header says what is in them.
CellBits bits_of(const DecodedCells& cells, const CellBits& header) {
  CellBits bits;
  bits.allocated = cells.bits_of_cell;
  bits.is_signed = header.is_signed;
  bits.stored = cells.exact ? std::min(header.stored, cells.precision) : cells.precision;
  bits.high_bit = cells.exact && cells.precision > header.high_bit ? header.high_bit : bits.stored - 1;
  return bits;
}

}  // namespace

Result<FrameDecoder> FrameDecoder::open(DcmDataset& data_set, std::string_view transfer_syntax_uid) {
  auto format = read_pixel_format(data_set);
  if (!format) return format.error();
  const auto coding = pixel_coding(transfer_syntax_uid);
  if (!coding) {
    return permanent_error(
        "unsupported_transfer_syntax",
        "the pixels are coded as " + transfer_syntax_name(transfer_syntax_uid) + ", which cannot be decoded");
  }
  FrameDecoder decoder;
  decoder.format_ = *format;
  decoder.coding_ = *coding;
  DcmElement* element = pixel_element(data_set, format->kind);
  if (element == nullptr) return do_not_agree();
  DcmPixelSequence* sequence = fragment_sequence(*element);
  if ((sequence != nullptr) != (*coding != PixelCoding::native)) return do_not_agree();
  if (sequence == nullptr) {
    decoder.native_ = value_bytes(*element);
    if (format->undone_by_codec) return do_not_agree();
    return decoder;
  }
  std::vector<Bytes> items = items_of(*sequence);
  if (items.empty()) return do_not_agree();
  std::vector<std::uint64_t> offsets = extended_offsets(data_set);
  if (offsets.empty()) offsets = basic_offsets(items.front());
  items.erase(items.begin());
  auto frames = EncapsulatedFrames::find(std::move(items), offsets, format->frames, *coding);
  if (!frames) return frames.error();
  decoder.encapsulated_ = std::move(*frames);
  return decoder;
}

Result<StoredPixels> FrameDecoder::decode(int frame) const {
  if (frame < 0 || frame >= frames()) broken_invariant("a frame was asked for that the image does not have");
  if (coding_ == PixelCoding::native) return native_frame(native_, format_, frame);
  std::vector<std::uint8_t> joined;
  return decode_compressed(encapsulated_.stream(frame, joined));
}

Result<StoredPixels> FrameDecoder::decode_compressed(Bytes stream) const {
  PixelFormat cells_format = format_;
  cells_format.frames = 1;
  if (coding_ == PixelCoding::encapsulated_native) return native_frame(stream, cells_format, 0);
  cells_format.by_plane = false;       // every decoder interleaves samples
  cells_format.halved_chroma = false;  // and gives each pixel its chroma
  if (coding_ == PixelCoding::rle) {
    if (format_.bits.allocated % 8 != 0 || format_.undone_by_codec) return do_not_agree();
    const auto cells = unpack_rle(stream, format_.pixels(), static_cast<std::size_t>(format_.samples),
                                  static_cast<std::size_t>(format_.bits.allocated / 8));
    if (!cells) return cells.error();
    return native_frame(*cells, cells_format, 0);
  }
  if (coding_ == PixelCoding::jpeg_2000) {
    auto samples = decode_jpeg_2000(stream, format_);
    if (!samples) return samples.error();
    StoredPixels out;
    out.rows = format_.rows;
    out.columns = format_.columns;
    out.samples = format_.samples;
    out.colour = format_.colour;
    out.bits = std::min(samples->precision, format_.bits.stored);
    out.values = std::move(samples->values);
    return out;
  }
  const auto cells =
      coding_ == PixelCoding::jpeg ? decode_jpeg(stream, format_) : decode_jpeg_ls(stream, format_);
  if (!cells) return cells.error();
  cells_format.bits = bits_of(*cells, format_.bits);
  cells_format.colour = cells->colour;
  return native_frame(cells->bytes, cells_format, 0);
}

}  // namespace radfm::imaging
