// SPDX-License-Identifier: Apache-2.0
// What inspect saw, as .safetensors files (https://github.com/huggingface/safetensors, format of version 0.4).
#pragma once

#include <filesystem>

#include "core/result.h"
#include "pipeline/imaging/study_reading.h"

namespace radfm::ctl {

// `volume` float32 [D, H, W] (modality values, display order) and `affine` float64 [4, 4]; several volumes:
// volume.0, affine.0, ... in the order of the reading. The reading must have been made with `values`.
Status write_volume_file(const std::filesystem::path& file, const imaging::StudyReading& reading);

// `image` float32 [S, 3, H, W, D]: every volume of the reading, prepared as the model in `model_directory` expects it.
Status write_model_input_file(const std::filesystem::path& file, const std::filesystem::path& model_directory,
                              const imaging::StudyReading& reading);

}  // namespace radfm::ctl
