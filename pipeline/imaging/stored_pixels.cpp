// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/stored_pixels.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include "pipeline/imaging/frame_decoder.h"

namespace radfm::imaging {

Result<StoredPixels> decode_stored_pixels(DcmDataset& data_set) {
  const auto decoder = FrameDecoder::open(data_set, DcmXfer(data_set.getOriginalXfer()).getXferID());
  if (!decoder) return decoder.error();
  if (decoder->frames() != 1) return permanent_error("multi_frame", "multi-frame images cannot be read yet");
  if (decoder->format().colour != ColourSpace::grey) {
    return permanent_error("colour_image", "colour images cannot be read yet");
  }
  auto stored = decoder->decode(0);
  if (stored && stored->has_reals()) {
    return permanent_error("unsupported_pixel_format", "pixels of 32 bits and more cannot be read yet");
  }
  return stored;
}

}  // namespace radfm::imaging
