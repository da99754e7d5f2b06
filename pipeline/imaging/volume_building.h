// SPDX-License-Identifier: Apache-2.0
// Pixels of a radiograph or a stack, decoded, turned and windowed as the model is shown them.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/grey_scale.h"
#include "pipeline/imaging/pixel_source.h"
#include "pipeline/imaging/slice_stacks.h"
#include "pipeline/imaging/study_reading.h"

namespace radfm::imaging {

// Opens and decodes these frames again.
using ImageSource = std::function<void(const std::vector<InstanceFacts>& frames, const TakeImage& take)>;

struct BuiltVolume {
  VolumeDescription description;
  PixelBlock pixels;
};

// What is known without pixels.
VolumeDescription describe_radiograph(const InstanceFacts& facts);
VolumeDescription describe_stack(const SliceStack& stack, const std::vector<std::size_t>& chosen);

// Errors: those of the source; permanent "blank_image" when all pixels have one value.
Result<BuiltVolume> build_radiograph(const InstanceFacts& facts, const ImageSource& source,
                                     const ImagingSettings& settings, bool want_values);

// The chosen slices. When one cannot be decoded, `failed` names its index in the stack.
Result<BuiltVolume> build_stack(const SliceStack& stack, const std::vector<std::size_t>& chosen,
                                const ImageSource& source, const ImagingSettings& settings, bool want_values,
                                std::optional<std::size_t>* failed);

}  // namespace radfm::imaging
