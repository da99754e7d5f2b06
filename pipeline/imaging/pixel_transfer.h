// SPDX-License-Identifier: Apache-2.0
// Pixels out of the reader's shared memory, after their sizes were checked against the description of their volume.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/study_reading.h"
#include "pipeline/process/file_descriptor.h"

namespace radfm::imaging {

// Samples (pixels times channels) that are taken over from a reader: of one volume and of a whole study. A CT of 64 slices
// has 17 million, a large radiograph 30 million.
inline constexpr std::uint64_t volume_samples_max = std::uint64_t(1) << 30;
inline constexpr std::uint64_t study_samples_max = std::uint64_t(1) << 31;

// width * height * depth * channels without overflow; nothing when a size is not positive or over volume_samples_max.
std::optional<std::uint64_t> samples_of(const VolumeDescription& volume);

// What the reader announces for one volume.
struct BlockSizes {
  std::uint64_t display_bytes = 0;  // samples, or 0: the volume was not decoded, and no block follows
  std::uint64_t values_bytes = 0;   // 4 * samples, or 0: not asked for or not there
};
// poison "reader_garbled" when the announcement does not fit the description.
Status check_block(const VolumeDescription& volume, const BlockSizes& sizes);

// Takes the display as it is, and copies the values. The descriptors are the display and, when values_bytes > 0, the values.
Result<PixelBlock> take_block(const BlockSizes& sizes, std::vector<process::FileDescriptor> descriptors);

}  // namespace radfm::imaging
