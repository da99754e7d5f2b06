// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/jpeg2000.h"

#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "pipeline/imaging/jpeg2000_header.h"
#include "pipeline/imaging/library_assertion.h"

namespace radfm::imaging {
namespace {

constexpr int precision_max = 31;  // OpenJPEG keeps 32 bits with a sign

Error damaged() {
  return permanent_error("broken", "the JPEG 2000 stream of the image is damaged; send the image again");
}

struct MemoryStream {
  std::span<const std::uint8_t> bytes;
  std::size_t at = 0;
};

OPJ_SIZE_T read_memory(void* buffer, OPJ_SIZE_T wanted, void* data) {
  auto& stream = *static_cast<MemoryStream*>(data);
  const std::size_t got = std::min<std::size_t>(wanted, stream.bytes.size() - stream.at);
  if (got == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(buffer, stream.bytes.data() + stream.at, got);
  stream.at += got;
  return got;
}

OPJ_OFF_T skip_memory(OPJ_OFF_T wanted, void* data) {
  auto& stream = *static_cast<MemoryStream*>(data);
  if (wanted < 0) return -1;
  const std::size_t step = std::min(static_cast<std::size_t>(wanted), stream.bytes.size() - stream.at);
  stream.at += step;
  return static_cast<OPJ_OFF_T>(step);
}

OPJ_BOOL seek_memory(OPJ_OFF_T where, void* data) {
  auto& stream = *static_cast<MemoryStream*>(data);
  if (where < 0 || static_cast<std::size_t>(where) > stream.bytes.size()) return OPJ_FALSE;
  stream.at = static_cast<std::size_t>(where);
  return OPJ_TRUE;
}

using Codec = std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)>;
using Stream = std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)>;
using Image = std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)>;

// Everything that one decompression holds: it outlives the library's calls, however they end.
struct Decompression {
  explicit Decompression(std::span<const std::uint8_t> bytes) : source{bytes} {}
  MemoryStream source;
  Codec codec{opj_create_decompress(OPJ_CODEC_J2K), opj_destroy_codec};
  Stream stream{opj_stream_default_create(OPJ_TRUE), opj_stream_destroy};
  opj_image_t* read = nullptr;
  bool good = false;
};

void set_up(Decompression& d) {
  opj_stream_set_read_function(d.stream.get(), read_memory);
  opj_stream_set_skip_function(d.stream.get(), skip_memory);
  opj_stream_set_seek_function(d.stream.get(), seek_memory);
  opj_stream_set_user_data(d.stream.get(), &d.source, nullptr);
  opj_stream_set_user_data_length(d.stream.get(), d.source.bytes.size());
}

void call_library(void* context) {
  auto& d = *static_cast<Decompression*>(context);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  // Strict: a stream that was cut off would otherwise come out blurred, without an error.
  d.good =
      opj_setup_decoder(d.codec.get(), &parameters) && opj_decoder_set_strict_mode(d.codec.get(), OPJ_TRUE) &&
      opj_read_header(d.stream.get(), d.codec.get(), &d.read) &&
      opj_decode(d.codec.get(), d.stream.get(), d.read) && opj_end_decompress(d.codec.get(), d.stream.get());
}

Image decompress(std::span<const std::uint8_t> bytes) {
  Image none(nullptr, opj_image_destroy);
  Decompression decompression(bytes);
  if (!decompression.codec || !decompression.stream) return none;
  set_up(decompression);
  const bool returned = run_despite_assertions(call_library, &decompression);
  Image image(decompression.read, opj_image_destroy);
  return returned && decompression.good ? std::move(image) : std::move(none);
}

Status check(const Jpeg2000Header& header, const PixelFormat& format) {
  if (header.rows != format.rows || header.columns != format.columns || header.components != format.samples) {
    return permanent_error("broken",
                           "the compressed pixel data is an image of " + std::to_string(header.rows) + " x " +
                               std::to_string(header.columns) + " x " + std::to_string(header.components) +
                               ", the header speaks of " + std::to_string(format.rows) + " x " +
                               std::to_string(format.columns) + " x " + std::to_string(format.samples) +
                               "; send the image again");
  }
  if (header.equal_components && header.precision <= precision_max) return {};
  return permanent_error("unsupported_pixel_format",
                         "JPEG 2000 streams with subsampled or differing components, or with more than " +
                             std::to_string(precision_max) + " bits, cannot be read");
}

// PS3.5 8.2.4: the header's sign counts. Low `width` bits, as two's complement when the header is signed.
class Width {
 public:
  Width(int width, bool is_signed)
      : mask_((std::uint32_t{1} << width) - 1), sign_(is_signed ? std::uint32_t{1} << (width - 1) : 0) {}
  std::int32_t of(OPJ_INT32 value) const {
    return static_cast<std::int32_t>((static_cast<std::uint32_t>(value) & mask_) ^ sign_) -
           static_cast<std::int32_t>(sign_);
  }

 private:
  std::uint32_t mask_, sign_;
};

}  // namespace

Result<DecodedSamples> decode_jpeg_2000(std::span<const std::uint8_t> bytes, const PixelFormat& format) {
  const auto stream = code_stream_of(bytes);
  const auto header = read_jpeg_2000_header(stream);
  if (!header) return header.error();
  if (Status checked = check(*header, format); !checked) return checked.error();
  const Image image = decompress(stream);
  if (!image || image->numcomps != static_cast<OPJ_UINT32>(format.samples)) return damaged();
  DecodedSamples out;
  out.precision = header->precision;
  // Bits above Bits Stored are no part of the value, unless an inexact coding let it run over a little.
  const Width width(header->reversible ? std::min(header->precision, format.bits.stored) : header->precision,
                    format.bits.is_signed);
  const std::size_t pixels = format.pixels(), samples = static_cast<std::size_t>(format.samples);
  out.values.resize(format.cells());
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const opj_image_comp_t& component = image->comps[sample];
    if (component.data == nullptr || component.w != static_cast<OPJ_UINT32>(format.columns) ||
        component.h != static_cast<OPJ_UINT32>(format.rows)) {
      return damaged();
    }
    for (std::size_t i = 0; i < pixels; ++i) out.values[i * samples + sample] = width.of(component.data[i]);
  }
  return out;
}

}  // namespace radfm::imaging
