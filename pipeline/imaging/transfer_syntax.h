// SPDX-License-Identifier: Apache-2.0
// Transfer syntaxes (PS3.6 A): their names in words, and how each codes pixels.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace radfm::imaging {

enum class PixelCoding {
  native,               // PS3.5 8.1: the cells follow each other
  encapsulated_native,  // PS3.5 A.4.11: the same cells, one fragment for each frame
  rle,                  // PS3.5 G
  jpeg,                 // ITU-T T.81: baseline, extended, progressive, lossless
  jpeg_ls,              // ITU-T T.87
  jpeg_2000,            // ITU-T T.800 and T.814 (high throughput)
};

// Nothing: this build has no decoder for it (video, JPEG XL, JPIP, what came after it was built).
std::optional<PixelCoding> pixel_coding(std::string_view transfer_syntax_uid);

// "JPEG 2000 (lossless only)", "MPEG-4 AVC/H.264 video"; the UID itself when it is not known.
std::string transfer_syntax_name(std::string_view transfer_syntax_uid);

}  // namespace radfm::imaging
