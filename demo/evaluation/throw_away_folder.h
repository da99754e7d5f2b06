// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/result.h"

namespace radfm::demo {

// A folder of its own that goes with it.
class ThrowAwayFolder {
 public:
  ThrowAwayFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "radfm-eval-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) broken_invariant("no folder can be made for the phantoms' files");
    path_ = name;
  }
  ThrowAwayFolder(const ThrowAwayFolder&) = delete;
  ThrowAwayFolder& operator=(const ThrowAwayFolder&) = delete;
  ~ThrowAwayFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace radfm::demo
