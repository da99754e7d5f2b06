// SPDX-License-Identifier: Apache-2.0
// A disk in memory under SQLite, as a VFS (sqlite.org/vfs.html), that knows what was written and what was synced. When the power
// goes, of what was not synced any part may be there: nothing, all, some writes and not others, of a write only some sectors.
// When a process dies, what it wrote stays in the page cache and its locks are free. The n-th operation can be made the one in
// which a process dies, the power goes, or the disk answers an error; the disk can be full, or slow.
//
// Who opens a file next is said by opens_as(): one number for each process, so that one can die alone.
// While it lives it is SQLite's default VFS; one at a time, one thread. Paths are names only: nothing real is touched.
#pragma once

#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace radfm::testing_support {

class SimulatedDisk {
 public:
  static constexpr std::int64_t sector_bytes = 512;

  SimulatedDisk();
  ~SimulatedDisk();
  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;

  // Empty but for this file, which is synced; all faults are gone. No file may be open. All that is random follows from `seed`.
  void format(const std::string& path, const std::vector<std::uint8_t>& bytes, std::uint64_t seed);
  std::vector<std::uint8_t> bytes_of(const std::string& path) const;  // as programs see it; empty when there is no such file

  void opens_as(int process) { opener_ = process; }
  void kill(int process) { dead_.insert(process); }  // its operations fail from here on, without effect
  // All files must be closed afterwards, then power_comes_back() says what is left.
  void lose_power() { powerless_ = true; }
  void power_comes_back();

  enum class Fault { none, io_error, process_dies, power_lost };
  // In the operation after the next `operations` of that process; one fault at a time.
  void arm(Fault fault, int process, int operations);
  bool disarm();  // whether it had happened
  void set_full(bool full) { full_ = full; }
  bool full() const { return full_; }
  void set_sync_takes_ms(std::int64_t ms) { sync_takes_ms_ = ms; }
  std::int64_t take_waited_ms() { return std::exchange(waited_ms_, 0); }
  // A disk that says "synced" and has not: what it costs shows that syncs matter.
  void set_syncs_ignored(bool ignored) { syncs_ignored_ = ignored; }

 private:
  struct Change {
    bool cuts = false;  // to `offset` bytes
    std::int64_t offset = 0;
    std::vector<std::uint8_t> bytes;
  };
  static constexpr std::size_t shared_locks = SQLITE_SHM_NLOCK;
  static constexpr std::size_t region_bytes_max = 32'768;
  struct Handle;
  struct File {
    std::vector<std::uint8_t> seen, synced;
    bool is_synced = false;  // it is in its folder after a crash
    std::vector<Change> unsynced;
    std::vector<Handle*> handles;
    std::vector<std::unique_ptr<std::array<std::uint8_t, region_bytes_max>>> regions;  // of the WAL index
  };
  struct Handle {
    sqlite3_file base;
    SimulatedDisk* disk;
    std::shared_ptr<File>* file;
    std::string* path;
    int process, lock;
    bool goes_when_closed;
    std::array<std::uint8_t, shared_locks> holds;  // of the WAL index: 1 shared, 2 exclusive
  };
  struct Vfs;  // the functions that SQLite calls

  enum class Operation { read, write, sync, cut, remove, other };
  bool alive(const Handle& handle) const { return !powerless_ && !dead_.contains(handle.process); }
  int begin(int process, Operation operation);  // SQLITE_OK, or how it failed
  int write(Handle& handle, const std::uint8_t* bytes, std::int64_t count, std::int64_t offset);
  void apply(std::vector<std::uint8_t>& to, const Change& change);
  void apply_torn(std::vector<std::uint8_t>& to, const Change& change);
  int lock(Handle& handle, int level);
  int lock_shared(Handle& handle, std::size_t first, std::size_t count, int flags);
  std::uint64_t draw(std::uint64_t count) { return random_() % count; }

  std::map<std::string, std::shared_ptr<File>> files_;
  std::mt19937_64 random_{1};
  int opener_ = 0;
  std::set<int> dead_;
  bool powerless_ = false, full_ = false, syncs_ignored_ = false;
  Fault fault_ = Fault::none;
  int fault_process_ = 0, operations_left_ = 0;
  bool happened_ = false;
  std::int64_t sync_takes_ms_ = 0, waited_ms_ = 0;
  sqlite3_vfs vfs_{};
  sqlite3_io_methods methods_{};
  sqlite3_vfs* former_default_ = nullptr;
};

}  // namespace radfm::testing_support
