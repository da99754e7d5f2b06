// SPDX-License-Identifier: Apache-2.0
// Stored values of a single-frame grey image (PS3.5 8.1.1): decompressed, upper bits cut off, sign extended.
#pragma once

#include <cstdint>
#include <vector>

#include "core/result.h"

class DcmDataset;

namespace radfm::imaging {

struct StoredPixels {
  int rows = 0, columns = 0;
  std::vector<std::int32_t> values;  // [rows][columns]
};

// Decompresses the data set's pixel data in place. Errors, all permanent: "broken" (cannot be decompressed,
// or fewer bytes than rows x columns), "unsupported_pixel_format" (not 8 or 16 bits allocated, impossible
// High Bit), "image_too_large", "multi_frame", "colour_image".
Result<StoredPixels> decode_stored_pixels(DcmDataset& data_set);

}  // namespace radfm::imaging
