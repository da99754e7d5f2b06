// SPDX-License-Identifier: Apache-2.0
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmjpls/djcodecd.h>
#include <dcmtk/dcmjpls/djcparam.h>

#include "pipeline/imaging/jpeg.h"
#include "pipeline/imaging/jpeg_header.h"
#include "pipeline/imaging/library_assertion.h"

namespace radfm::imaging {
namespace {

constexpr int jpeg_ls_frame = 0xF7;
constexpr std::size_t spare_bytes = 16;  // CharLS looks a little behind a stream that is cut off

Error damaged() {
  return permanent_error("broken", "the JPEG-LS stream of the image is damaged; send the image again");
}

// DCMTK decodes JPEG-LS only out of a data set. This one holds what it asks for, and agrees with the stream.
bool describe(DcmItem& item, const PixelFormat& format, int bits_of_cell) {
  return item.putAndInsertUint16(DCM_Rows, static_cast<Uint16>(format.rows)).good() &&
         item.putAndInsertUint16(DCM_Columns, static_cast<Uint16>(format.columns)).good() &&
         item.putAndInsertUint16(DCM_SamplesPerPixel, static_cast<Uint16>(format.samples)).good() &&
         item.putAndInsertUint16(DCM_BitsAllocated, static_cast<Uint16>(bits_of_cell)).good() &&
         item.putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(bits_of_cell)).good() &&
         item.putAndInsertUint16(DCM_PlanarConfiguration, 0).good() &&
         item.putAndInsertString(DCM_NumberOfFrames, "1").good() &&
         item.putAndInsertString(DCM_PhotometricInterpretation, format.samples == 3 ? "RGB" : "MONOCHROME2")
             .good();
}

struct Call {
  DcmPixelSequence& sequence;
  const DJLSCodecParameter& parameters;
  DcmItem& item;
  std::vector<std::uint8_t>& cells;
  bool good = false;
};

void decode_frame(void* context) {
  auto& call = *static_cast<Call*>(context);
  Uint32 start = 1;
  OFString colour;
  call.good = DJLSNearLosslessDecoder()
                  .decodeFrame(nullptr, &call.sequence, &call.parameters, &call.item, 0, start,
                               call.cells.data(), static_cast<Uint32>(call.cells.size()), colour)
                  .good();
}

}  // namespace

Result<DecodedCells> decode_jpeg_ls(std::span<const std::uint8_t> stream, const PixelFormat& format) {
  const auto header = read_jpeg_header(stream);
  if (!header) return header.error();
  if (header->frame_type != jpeg_ls_frame || header->precision < 2 || header->precision > 16)
    return damaged();
  if (Status same = same_size(*header, format); !same) return same.error();
  DecodedCells out;
  out.precision = header->precision;
  out.bits_of_cell = header->precision <= 8 ? 8 : 16;
  out.exact = header->near == 0;
  out.colour = format.colour;
  out.bytes.resize(format.cells() * static_cast<std::size_t>(out.bits_of_cell / 8));

  std::vector<std::uint8_t> padded(stream.begin(), stream.end());
  padded.resize(stream.size() + spare_bytes);
  DcmItem item;
  DcmPixelSequence sequence(DcmTag(DCM_PixelData, EVR_OB));
  auto* table = new DcmPixelItem(DcmTag(DCM_Item, EVR_OB));  // the sequence owns its items
  auto* fragment = new DcmPixelItem(DcmTag(DCM_Item, EVR_OB));
  const bool prepared = sequence.insert(table).good() && sequence.insert(fragment).good() &&
                        fragment->putUint8Array(padded.data(), padded.size()).good() &&
                        describe(item, format, out.bits_of_cell);
  if (!prepared) return damaged();
  const DJLSCodecParameter parameters(EJLSUC_never, EJLSPC_colorByPixel, OFTrue, OFTrue);
  Call call{sequence, parameters, item, out.bytes};
  if (!run_despite_assertions(decode_frame, &call) || !call.good) return damaged();
  return out;
}

}  // namespace radfm::imaging
