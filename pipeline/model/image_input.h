// SPDX-License-Identifier: Apache-2.0
// From windowed 8-bit pictures to the network's input [S, 3, H, W, D], float32 in [0, 1], as the weights were
// trained:
// * a picture (depth 1): bicubic with antialias to H x W, divided by 255, the same at each of the D places;
// * a volume (depth > 1): each slice bilinear without antialias; all volumes of a prompt get their median
// depth
//   (nearest), then minimum to maximum over all of them together becomes 0 to 1;
// * one D for the whole prompt: the multiple of frame_patch nearest to the largest depth present, at most
// depth_max, or, where a volume is present and the configuration names input.volume_depth, that;
// * where D is above frame_patch and the configuration names input.volume_side, the finished input is reduced to that
// many rows and columns by leaving out the others (every second one from 512 to 256), pictures of that prompt too.
// Always the whole picture, never a random crop: the same study gives the same input. Links no
// torch.
#pragma once

#include <cstdint>
#include <vector>

#include "core/result.h"
#include "pipeline/model/model_config.h"
#include "pipeline/model/prompt.h"

namespace radfm::model {

inline constexpr int image_side_max = 16'384;
inline constexpr int image_depth_max = 1'024;
inline constexpr std::size_t image_bytes_max = std::size_t{1} << 30;  // of one image

// Grey (1 channel) or RGB (3); shape.bytes() bytes that live during the call.
struct SourceImage {
  ImageShape shape;
  const std::uint8_t* pixels = nullptr;
};

// values[(((s * 3 + c) * height + h) * width + w) * depth + d]
struct ModelInput {
  int images = 0, height = 0, width = 0, depth = 0;
  std::vector<float> values;
};

// Sides, depth, channels and bytes within the limits above; to be asked before any pixel is touched or
// mapped. permanent "image_shape_bad".
Status check_image_shape(const ImageShape& shape);

// permanent "image_shape_bad", "image_constant" (one value everywhere shows nothing), "images_too_many".
Result<ModelInput> prepare_images(const std::vector<SourceImage>& images, const ModelConfig& config);

// D for a largest depth: the multiple of `step` from `step` to `depth_max` that is nearest; of two, the
// smaller.
int common_depth(int largest_depth, int step, int depth_max);
// D of a model's prompt.
int common_depth(int largest_depth, const ModelConfig& config);
// Where output slice i of `out` comes from among `in`: floor(i * (in / out)) computed in float32, as the
// weights saw it.
int nearest_slice(int i, int in, int out);
// Source slices when a volume of `depth` slices is brought to the median depth (which may end in .5) of its
// case.
std::vector<int> median_depth_slices(int depth, double median);

}  // namespace radfm::model
