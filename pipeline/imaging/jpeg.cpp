// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/jpeg.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmjpeg/djcparam.h>
#include <dcmtk/dcmjpeg/djdijg12.h>
#include <dcmtk/dcmjpeg/djdijg16.h>
#include <dcmtk/dcmjpeg/djdijg8.h>

#include <string>

#include "pipeline/imaging/jpeg_header.h"

namespace radfm::imaging {
namespace {

constexpr int baseline = 0xC0, extended = 0xC1, progressive = 0xC2, lossless = 0xC3;

Error damaged() {
  return permanent_error("broken", "the JPEG stream of the image is damaged; send the image again");
}

// The IJG library patches up damaged streams with grey and a warning. Warnings make the frame unusable.
template <class Decoder>
class StrictDecoder : public Decoder {
 public:
  using Decoder::Decoder;
  void emitMessage(int msg_level) const override { warned_ = warned_ || msg_level < 0; }
  bool warned() const { return warned_; }

 private:
  mutable bool warned_ = false;
};

template <class Decoder>
Status decode_with(std::span<const std::uint8_t> stream, std::vector<std::uint8_t>& out) {
  const DJCodecParameter parameters(ECC_lossyYCbCr, EDC_never, EUC_never, EPC_colorByPixel);
  StrictDecoder<Decoder> decoder(parameters, false);
  if (decoder.init().bad()) return damaged();
  auto* bytes = const_cast<Uint8*>(stream.data());  // DCMTK's interface; it does not write there
  const bool good = decoder
                        .decode(bytes, static_cast<Uint32>(stream.size()), out.data(),
                                static_cast<Uint32>(out.size()), OFFalse)
                        .good();
  if (!good || decoder.warned()) return damaged();
  return {};
}

ColourSpace colour_of(const JpegHeader& header, const PixelFormat& format) {
  if (header.components != 3 || header.frame_type == lossless) return format.colour;
  if (header.rgb_component_ids || header.adobe_colour == 0) return ColourSpace::rgb;
  const bool coded_ybr = header.adobe_colour == 1 || header.jfif || header.subsampled;
  if (coded_ybr && format.colour == ColourSpace::rgb) return ColourSpace::ybr_full;
  return format.colour;
}

}  // namespace

Result<DecodedCells> decode_jpeg(std::span<const std::uint8_t> stream, const PixelFormat& format) {
  const auto header = read_jpeg_header(stream);
  if (!header) return header.error();
  const bool known = header->frame_type == baseline || header->frame_type == extended ||
                     header->frame_type == progressive || header->frame_type == lossless;
  const bool deep = header->frame_type == lossless;
  if (!known || header->precision < 2 || header->precision > (deep ? 16 : 12)) {
    return permanent_error("unsupported_pixel_format", "the JPEG stream uses a process (frame type " +
                                                           std::to_string(header->frame_type) + ", " +
                                                           std::to_string(header->precision) +
                                                           " bits) that cannot be decoded");
  }
  if (Status same = same_size(*header, format); !same) return same.error();
  std::vector<std::uint8_t> tamed;
  if (!header->wild_symbols.empty()) {
    tamed.assign(stream.begin(), stream.end());
    for (const std::size_t at : header->wild_symbols) tamed[at] = 0;
    stream = tamed;
  }
  DecodedCells out;
  out.precision = header->precision;
  out.bits_of_cell = header->precision <= 8 ? 8 : 16;
  out.exact = header->frame_type == lossless;
  out.colour = colour_of(*header, format);
  out.bytes.resize(format.cells() * static_cast<std::size_t>(out.bits_of_cell / 8));
  Status decoded;
  if (header->precision <= 8) {
    decoded = decode_with<DJDecompressIJG8Bit>(stream, out.bytes);
  } else if (header->precision <= 12) {
    decoded = decode_with<DJDecompressIJG12Bit>(stream, out.bytes);
  } else {
    decoded = decode_with<DJDecompressIJG16Bit>(stream, out.bytes);
  }
  if (!decoded) return decoded.error();
  return out;
}

}  // namespace radfm::imaging
