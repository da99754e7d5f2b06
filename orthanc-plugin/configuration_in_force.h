// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration that the plugin goes by: all of a file or nothing of it. A file with mistakes is refused, and what was read before stays in
// force with every setting of it; before there is anything, new studies wait. So a file that is half written, or gone, costs a
// complaint and nothing else. The notice board says what is in force since when, and what was refused.
//
// Safe from any thread: the plugin's own looks in each round whether the file was changed, Orthanc's read it when a person asks. One
// reads at a time; the file has at most configuration_file_bytes_max.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/configuration.h"
#include "orthanc-plugin/notice_board.h"

namespace radfm::plugin {

class ConfigurationInForce {
 public:
  // Both outlive it. The board's configuration_file says what to read.
  ConfigurationInForce(NoticeBoard& board, const Clock& clock) : board_(board), clock_(clock) {}

  void read_if_changed();
  struct Reading {
    std::vector<std::string> mistakes;  // none: the file is in force
    std::size_t rules = 0;              // in force now, and since when; 0: nothing is
    std::int64_t read_wall_ms = 0;
  };
  Reading read_now();
  std::shared_ptr<const Configuration> now() const;  // nothing: no file without a mistake was read yet

 private:
  // Enough of a file to see that it was changed, also by one that was copied with its times or moved into its place.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    std::int64_t size = 0, modified_ns = 0, changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  static std::optional<Stamp> stamp_of(const std::filesystem::path& file);
  Reading read(const std::filesystem::path& file, const std::optional<Stamp>& stamp);  // under reading_
  void put_in_force(Configuration configuration);
  void refuse(std::vector<std::string> mistakes);

  NoticeBoard& board_;
  const Clock& clock_;
  std::mutex reading_;
  bool read_once_ = false;      // guarded by reading_, as the stamp of what was read last
  std::optional<Stamp> stamp_;
  mutable std::mutex mutex_;    // held for a few instructions
  std::shared_ptr<const Configuration> configuration_;  // guarded by mutex_
};

}  // namespace radfm::plugin
