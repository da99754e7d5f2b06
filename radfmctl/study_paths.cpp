// SPDX-License-Identifier: Apache-2.0
#include "radfmctl/study_paths.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>

namespace radfm::ctl {
namespace {

namespace fs = std::filesystem;

// Each file stays open until the reader has it: the soft limit of 1,024 would be too few for a large series.
void allow_many_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

Status collect(const std::string& path, std::vector<fs::path>& files) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (!fs::exists(status)) return permanent_error("no_such_file", path + ": no such file or folder");
  if (!fs::is_directory(status)) {
    files.emplace_back(path);
    return {};
  }
  std::vector<fs::path> below;
  for (fs::recursive_directory_iterator it(path, code), end; !code && it != end; it.increment(code)) {
    if (it->is_regular_file(code)) below.push_back(it->path());
    if (below.size() > study_files_max) break;
  }
  if (code) return permanent_error("unreadable_file", path + ": cannot be listed: " + code.message());
  std::sort(below.begin(), below.end());
  files.insert(files.end(), below.begin(), below.end());
  return {};
}

}  // namespace

Result<std::vector<imaging::StudyFile>> open_study_files(const std::vector<std::string>& paths) {
  allow_many_open_files();
  std::vector<fs::path> files;
  for (const std::string& path : paths) {
    if (Status collected = collect(path, files); !collected) return collected.error();
  }
  if (files.empty()) return permanent_error("no_file", "there is no file at the given paths");
  if (files.size() > study_files_max) {
    return permanent_error("too_many_files", "more than " + std::to_string(study_files_max) + " files; name fewer");
  }
  std::vector<imaging::StudyFile> opened;
  for (const fs::path& file : files) {
    process::FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return permanent_error("unreadable_file", file.string() + ": cannot be opened for reading");
    opened.push_back({std::move(fd), file.string()});
  }
  return opened;
}

imaging::ReaderLimits reader_limits(const ReaderSettings& settings) {
  return {sibling_program("radfm-reader"), settings.memory_max_mb, settings.timeout_ms};
}

}  // namespace radfm::ctl
