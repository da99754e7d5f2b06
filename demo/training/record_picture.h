// SPDX-License-Identifier: Apache-2.0
// An image file of a record folder: PNG or safetensors.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"
#include "demo/training/record.h"

namespace radfm::training {

// A name as records.jsonl may give it: relative, of letters, digits, '.', '_', '-' and '/', no part of it "." or ".." or
// empty, at most 255 bytes; so that no name leaves the folder.
bool is_inside_name(const std::string& name);

// The shape alone, from the file's head. Errors of both: permanent "records_bad", without the file's name: the caller knows
// the line. Links are not followed.
Result<model::ImageShape> read_picture_shape(const std::filesystem::path& file);
// The pixels, and the maps that the file has (of `maps`; others of its tensors are ignored), each empty if it is not there.
struct PictureFile {
  Picture picture;
  std::vector<std::vector<float>> maps;
};
Result<PictureFile> read_picture(const std::filesystem::path& file, const std::vector<std::string>& maps);

// A safetensors file of this picture and its maps.
std::string picture_bytes(const Picture& picture, const std::vector<std::string>& names,
                          const std::vector<std::vector<float>>& maps);

}  // namespace radfm::training
