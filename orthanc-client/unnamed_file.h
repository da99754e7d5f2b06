// SPDX-License-Identifier: Apache-2.0
// Files without a name: fetched studies never stay on the disk, whatever ends the program.
#pragma once

#include <filesystem>
#include <string_view>

#include "core/result.h"
#include "pipeline/process/file_descriptor.h"

namespace radfm::orthanc {

// Readable and writable. Errors: transient "disk_full", permanent "too_many_files" (the limit of open files), transient
// "work_directory_unusable".
Result<process::FileDescriptor> open_unnamed_file(const std::filesystem::path& directory);
Status append(int fd, std::string_view bytes);
// Where a file system knows no file without a name, one has a name for a moment, and a kill in that moment leaves it: removes
// such files, at a start. Two workers in one folder do not disturb each other.
void remove_leftovers(const std::filesystem::path& directory);

}  // namespace radfm::orthanc
