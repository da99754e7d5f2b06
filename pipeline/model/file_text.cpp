// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/file_text.h"

#include <fstream>

namespace radfm::model {

Result<std::string> read_file_text(const std::filesystem::path& file, std::size_t bytes_max) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    return permanent_error("model_file_missing", "cannot read " + file.string() + ": there is no such file");
  std::ifstream stream(file, std::ios::binary);
  std::string text(bytes_max + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || !stream.is_open())
    return permanent_error("model_file_missing", "cannot read " + file.string() + "; check its permissions");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > bytes_max)
    return permanent_error("model_file_too_large",
                           file.string() + " is larger than " + std::to_string(bytes_max) + " bytes");
  return text;
}

}  // namespace radfm::model
