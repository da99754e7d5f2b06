// SPDX-License-Identifier: Apache-2.0
#include "demo/evaluation/exercise_files.h"

#include <fcntl.h>

#include <algorithm>

#include "demo/phantom_files.h"

namespace radfm::demo {

namespace fs = std::filesystem;

Status write_exercise_files(const fs::path& folder, std::uint64_t patient, const Exercise& exercise) {
  Status written = write_phantom_study(folder / "current", patient, Which::current, exercise.images.back());
  if (!written || exercise.content.priors.empty()) return written;
  if (exercise.told.prior_seen == PriorSeen::image) {
    written = write_phantom_study(folder / "prior", patient, Which::prior, exercise.images.front());
    if (!written) return written;
  }
  const std::string& text = exercise.content.priors.back().report_text;
  return text.empty() ? written : write_phantom_report(folder / "prior", patient, exercise.images.front(), text);
}

std::vector<imaging::StudyFile> open_study(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<imaging::StudyFile> files;
  for (const fs::path& path : paths) {
    files.push_back({process::FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), path.filename().string()});
  }
  return files;
}

}  // namespace radfm::demo
