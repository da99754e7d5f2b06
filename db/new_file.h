// SPDX-License-Identifier: Apache-2.0
// A file that comes into being whole: it is written beside its place under another name, brought to the disk and put in its place
// in one step. Whoever looks sees the whole file or none, also after a power cut.
//
// One thread. Errors: transient "disk_full", "file_not_written"; permanent "file_exists".
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "core/result.h"

namespace radfm::db {

// Whose a file is and who may use it.
struct FileAccess {
  mode_t mode = 0600;
  uid_t owner = static_cast<uid_t>(-1);  // -1: whoever runs this program
  gid_t group = static_cast<gid_t>(-1);
};

enum class IfThere { refuse, replace };

class NewFile {
 public:
  // An empty file in the folder of `target`, which nobody else can read yet.
  static Result<NewFile> beside(const std::filesystem::path& target);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();  // removes what was not put in place, and SQLite's journals of it

  const std::filesystem::path& path() const { return hidden_; }
  // Nobody has it open any more. With `refuse` nothing that is at the target is ever touched.
  Status put_in_place(const FileAccess& access, IfThere if_there);

 private:
  NewFile(std::filesystem::path hidden, std::filesystem::path target) : hidden_(std::move(hidden)), target_(std::move(target)) {}
  void remove_journals() const;
  std::filesystem::path hidden_, target_;
};

// The folder that holds `file`; "." when its path names none.
std::filesystem::path folder_of(const std::filesystem::path& file);
// A rename in this folder is on the disk once this returns.
Status sync_folder(const std::filesystem::path& folder);
// From errno, of the step that failed.
Error file_error(const std::filesystem::path& file, const std::string& doing, int number);

}  // namespace radfm::db
