// SPDX-License-Identifier: Apache-2.0
// A training's tensors in safetensors files.
#pragma once

#include <filesystem>
#include <vector>

#include "core/result.h"
#include "demo/training/optimizer.h"
#include "demo/training/parameters.h"

namespace radfm::training {

// One file of float32 tensors that appears whole or not at all and replaces the one before. transient
// "conversion_cannot_write".
Status write_tensors(const std::filesystem::path& file, const std::vector<PublishedTensor>& tensors);

Status save_state(const std::filesystem::path& file, const std::vector<Parameter>& parameters,
                  const AdamState& state);
// Into the parameters' own memory. permanent: those of Checkpoint; nothing is changed then.
Status load_state(const std::filesystem::path& file, std::vector<Parameter>& parameters, AdamState& state);

}  // namespace radfm::training
