// SPDX-License-Identifier: Apache-2.0
// From a parsed data set and the number of a frame to that frame's stored values. Only what the frame needs
// is decompressed.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/encapsulated_frames.h"
#include "pipeline/imaging/pixel_format.h"
#include "pipeline/imaging/stored_pixels.h"
#include "pipeline/imaging/transfer_syntax.h"

class DcmDataset;

namespace radfm::imaging {

// Looks into the data set without copying: the data set must outlive the decoder and must not be changed
// meanwhile. decode() may be called from several threads at one time. Call prepare_decoders() (codecs.h)
// before the first use in a process.
class FrameDecoder {
 public:
  // Nothing is decompressed yet. Errors, all permanent: those of read_pixel_format,
  // "unsupported_transfer_syntax" (names it in words), "broken" (pixel data and transfer syntax do not agree,
  // or frames cannot be told apart).
  static Result<FrameDecoder> open(DcmDataset& data_set, std::string_view transfer_syntax_uid);

  int frames() const { return format_.frames; }
  const PixelFormat& format() const { return format_; }

  // `frame` from 0 to frames() - 1. Errors, all permanent: "broken" (the frame ends early, is damaged, or its
  // compressed size is not the header's), "unsupported_pixel_format" (a coding within the transfer syntax
  // that no decoder here has).
  Result<StoredPixels> decode(int frame) const;

 private:
  FrameDecoder() = default;
  Result<StoredPixels> decode_compressed(std::span<const std::uint8_t> stream) const;

  PixelFormat format_;
  PixelCoding coding_ = PixelCoding::native;
  std::span<const std::uint8_t> native_;  // cells in little endian order
  EncapsulatedFrames encapsulated_;
};

}  // namespace radfm::imaging
