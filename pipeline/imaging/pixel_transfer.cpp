// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/pixel_transfer.h"

#include <cstring>

#include "pipeline/process/shared_memory.h"

namespace radfm::imaging {
namespace {

Error garbled() {
  return poison_error("reader_garbled", "the reader sent pixels that do not fit their description");
}

}  // namespace

std::optional<std::uint64_t> samples_of(const VolumeDescription& volume) {
  std::uint64_t samples = 1;
  for (const int size : {volume.width, volume.height, volume.depth, volume.channels}) {
    if (size <= 0 || samples > volume_samples_max / static_cast<std::uint64_t>(size)) return std::nullopt;
    samples *= static_cast<std::uint64_t>(size);
  }
  return samples;
}

Status check_block(const VolumeDescription& volume, const BlockSizes& sizes) {
  const std::optional<std::uint64_t> samples = samples_of(volume);
  if (!samples) return garbled();
  if (sizes.display_bytes == 0 && sizes.values_bytes == 0) return {};
  if (sizes.display_bytes != *samples) return garbled();
  if (sizes.values_bytes != 0 && sizes.values_bytes != *samples * sizeof(float)) return garbled();
  return {};
}

Result<PixelBlock> take_block(const BlockSizes& sizes, std::vector<process::FileDescriptor> descriptors) {
  const std::size_t expected = sizes.values_bytes > 0 ? 2 : 1;
  if (descriptors.size() != expected) return garbled();
  PixelBlock block;
  try {
    Result<process::SharedBytes> display = process::SharedBytes::of(std::move(descriptors[0]), sizes.display_bytes);
    if (!display) return display.error().error_class == ErrorClass::transient ? display.error() : garbled();
    block.display = std::move(*display);
    if (expected == 1) return block;
    Result<process::SharedView> values = process::SharedView::map(descriptors[1].get(), sizes.values_bytes);
    if (!values) return values.error().error_class == ErrorClass::transient ? values.error() : garbled();
    block.values.resize(sizes.values_bytes / sizeof(float));
    std::memcpy(block.values.data(), values->data(), sizes.values_bytes);
  } catch (const std::bad_alloc&) {
    return transient_error("no_memory", "not enough memory for the pixels of a study; free memory on this machine");
  }
  return block;
}

}  // namespace radfm::imaging
