// SPDX-License-Identifier: Apache-2.0
// One picture of what the model is shown, for people to judge: a block for each image with its letters of orientation, its
// series, plane, slices and window. No name, number or date of a patient is on it. The same input gives the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/study_reading.h"

namespace radfm::imaging {

// Neither is owned; `pixels.display` must be filled.
struct MontageImage {
  const VolumeDescription* description = nullptr;
  const PixelBlock* pixels = nullptr;
};

struct MontageLimits {
  int images_max = 8;         // further ones are only counted
  int slices_max = 12;        // of one volume, evenly chosen, first and last among them
  int columns = 6;            // slices beside each other
  int tile = 192;             // pixels of a slice's longer side; a single picture has twice that
  std::size_t bytes_max = std::size_t{2} << 20;  // over it, tiles are made smaller
};

// Errors, permanent: "no_image" (none, or pixels that do not fit their description), "montage_too_large" (even with the
// smallest tiles); transient "no_memory".
Result<std::vector<std::uint8_t>> montage_png(const std::vector<MontageImage>& images, const MontageLimits& limits = {});

// The images of a reading whose pixels are there: after a prompt was built, those that the model is shown.
std::vector<MontageImage> montage_images(const StudyReading& reading);

}  // namespace radfm::imaging
