// SPDX-License-Identifier: Apache-2.0
#include "tests/support/simulated_disk.h"

#include <algorithm>
#include <cstring>

#include "core/result.h"

namespace radfm::testing_support {
namespace {

constexpr int path_bytes_max = 512;

}  // namespace

void SimulatedDisk::format(const std::string& path, const std::vector<std::uint8_t>& bytes, std::uint64_t seed) {
  for (const auto& [name, file] : files_) {
    if (!file->handles.empty()) broken_invariant("a simulated disk is formatted under an open file: " + name);
  }
  files_.clear();
  dead_.clear();
  powerless_ = full_ = syncs_ignored_ = happened_ = false;
  fault_ = Fault::none;
  sync_takes_ms_ = waited_ms_ = 0;
  random_.seed(seed);
  auto file = std::make_shared<File>();
  file->seen = file->synced = bytes;
  file->is_synced = true;
  files_[path] = std::move(file);
}

std::vector<std::uint8_t> SimulatedDisk::bytes_of(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? std::vector<std::uint8_t>() : found->second->seen;
}

void SimulatedDisk::arm(Fault fault, int process, int operations) {
  fault_ = fault;
  fault_process_ = process;
  operations_left_ = operations;
  happened_ = false;
}

bool SimulatedDisk::disarm() {
  fault_ = Fault::none;
  return std::exchange(happened_, false);
}

int SimulatedDisk::begin(int process, Operation operation) {
  const auto failed = [&] {
    switch (operation) {
      case Operation::read: return SQLITE_IOERR_READ;
      case Operation::write: return SQLITE_IOERR_WRITE;
      case Operation::sync: return SQLITE_IOERR_FSYNC;
      case Operation::cut: return SQLITE_IOERR_TRUNCATE;
      case Operation::remove: return SQLITE_IOERR_DELETE;
      case Operation::other: return SQLITE_IOERR;
    }
    return SQLITE_IOERR;
  };
  if (powerless_ || dead_.contains(process)) return failed();
  if (fault_ == Fault::none || process != fault_process_ || operations_left_-- > 0) return SQLITE_OK;
  happened_ = true;
  if (fault_ == Fault::process_dies) dead_.insert(process);
  if (fault_ == Fault::power_lost) powerless_ = true;
  fault_ = Fault::none;
  return failed();
}

void SimulatedDisk::apply(std::vector<std::uint8_t>& to, const Change& change) {
  const auto offset = static_cast<std::size_t>(change.offset);
  if (change.cuts) {
    to.resize(offset);
    return;
  }
  to.resize(std::max(to.size(), offset + change.bytes.size()));
  std::ranges::copy(change.bytes, to.begin() + static_cast<std::ptrdiff_t>(offset));
}

// Some sectors of it, in whatever order the disk wrote them.
void SimulatedDisk::apply_torn(std::vector<std::uint8_t>& to, const Change& change) {
  if (change.cuts) return;
  const auto size = static_cast<std::int64_t>(change.bytes.size());
  for (std::int64_t at = 0; at < size;) {
    const std::int64_t end = std::min(size, ((change.offset + at) / sector_bytes + 1) * sector_bytes - change.offset);
    if (draw(2) == 0) {
      apply(to, {false, change.offset + at, {change.bytes.begin() + at, change.bytes.begin() + end}});
    }
    at = end;
  }
}

void SimulatedDisk::power_comes_back() {
  for (auto it = files_.begin(); it != files_.end();) {
    File& file = *it->second;
    if (!file.handles.empty()) broken_invariant("the power comes back while a program still has a file: " + it->first);
    // A file that was never synced may be missing from its folder.
    if (!file.is_synced && draw(2) == 0) {
      it = files_.erase(it);
      continue;
    }
    const std::uint64_t way = draw(4);
    for (const Change& change : file.unsynced) {
      if (way == 0) break;  // nothing got there
      const std::uint64_t fate = way == 1 ? 0 : draw(3);
      if (fate == 0) apply(file.synced, change);
      if (fate == 1) apply_torn(file.synced, change);
    }
    file.unsynced.clear();
    file.seen = file.synced;
    file.is_synced = true;
    file.regions.clear();
    ++it;
  }
  powerless_ = false;
  dead_.clear();
}

int SimulatedDisk::write(Handle& handle, const std::uint8_t* bytes, std::int64_t count, std::int64_t offset) {
  File& file = **handle.file;
  const bool worked = alive(handle);
  const int code = begin(handle.process, Operation::write);
  Change change{false, offset, {bytes, bytes + count}};
  if (code != SQLITE_OK) {
    if (!worked) return code;
    apply_torn(file.seen, change);  // it stopped somewhere in this write
    file.unsynced.push_back({false, offset, {file.seen.begin() + std::min<std::int64_t>(offset, std::ssize(file.seen)),
                                             file.seen.begin() + std::min<std::int64_t>(offset + count, std::ssize(file.seen))}});
    return code;
  }
  if (full_ && offset + count > std::ssize(file.seen)) return SQLITE_FULL;
  apply(file.seen, change);
  file.unsynced.push_back(std::move(change));
  return SQLITE_OK;
}

// SQLite's five states of a lock (os.h); a dead process holds none.
int SimulatedDisk::lock(Handle& handle, int level) {
  if (handle.lock >= level) return SQLITE_OK;
  int others = SQLITE_LOCK_NONE;
  for (const Handle* other : (*handle.file)->handles) {
    if (other != &handle && alive(*other)) others = std::max(others, other->lock);
  }
  if (level == SQLITE_LOCK_SHARED && others >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
  if (level >= SQLITE_LOCK_RESERVED && others >= SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
  if (level == SQLITE_LOCK_EXCLUSIVE && others >= SQLITE_LOCK_SHARED) {
    handle.lock = SQLITE_LOCK_PENDING;
    return SQLITE_BUSY;
  }
  handle.lock = level;
  return SQLITE_OK;
}

int SimulatedDisk::lock_shared(Handle& handle, std::size_t first, std::size_t count, int flags) {
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  for (std::size_t i = first; i < first + count; ++i) {
    if ((flags & SQLITE_SHM_UNLOCK) != 0) continue;
    for (const Handle* other : (*handle.file)->handles) {
      if (other == &handle || !alive(*other)) continue;
      if (other->holds[i] == 2 || (exclusive && other->holds[i] == 1)) return SQLITE_BUSY;
    }
  }
  for (std::size_t i = first; i < first + count; ++i) {
    handle.holds[i] = (flags & SQLITE_SHM_UNLOCK) != 0 ? 0 : exclusive ? 2 : 1;
  }
  return SQLITE_OK;
}

struct SimulatedDisk::Vfs {
  static SimulatedDisk& disk(sqlite3_vfs* vfs) { return *static_cast<SimulatedDisk*>(vfs->pAppData); }
  static Handle& handle(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* opened, int flags, int* flags_out) {
    SimulatedDisk& self = disk(vfs);
    opened->pMethods = nullptr;
    if (const int code = self.begin(self.opener_, Operation::other); code != SQLITE_OK) return SQLITE_CANTOPEN;
    const std::string path = name == nullptr ? "" : name;  // without a name: a temporary file
    const auto found = self.files_.find(path);
    if (!path.empty() && found == self.files_.end() && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    std::shared_ptr<File> file = path.empty() || found == self.files_.end() ? std::make_shared<File>() : found->second;
    if (!path.empty()) self.files_[path] = file;
    Handle& made = handle(opened);
    made.disk = &self;
    made.file = new std::shared_ptr<File>(std::move(file));
    made.path = new std::string(path);
    made.process = self.opener_;
    made.lock = SQLITE_LOCK_NONE;
    made.goes_when_closed = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    made.holds.fill(0);
    (*made.file)->handles.push_back(&made);
    opened->pMethods = &self.methods_;
    if (flags_out != nullptr) *flags_out = flags;
    return SQLITE_OK;
  }
  static int close(sqlite3_file* file) {
    Handle& self = handle(file);
    std::erase((*self.file)->handles, &self);
    if (self.goes_when_closed && self.disk->alive(self)) self.disk->files_.erase(*self.path);
    delete self.file;
    delete self.path;
    return SQLITE_OK;
  }
  static int read(sqlite3_file* file, void* to, int count, sqlite3_int64 offset) {
    Handle& self = handle(file);
    if (const int code = self.disk->begin(self.process, Operation::read); code != SQLITE_OK) return code;
    const std::vector<std::uint8_t>& bytes = (*self.file)->seen;
    const std::int64_t there = std::clamp<std::int64_t>(std::ssize(bytes) - offset, 0, count);
    if (there > 0) std::memcpy(to, bytes.data() + offset, static_cast<std::size_t>(there));
    if (there == count) return SQLITE_OK;
    std::memset(static_cast<char*>(to) + there, 0, static_cast<std::size_t>(count - there));
    return SQLITE_IOERR_SHORT_READ;
  }
  static int write(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset) {
    return handle(file).disk->write(handle(file), static_cast<const std::uint8_t*>(from), count, offset);
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    Handle& self = handle(file);
    if (const int code = self.disk->begin(self.process, Operation::cut); code != SQLITE_OK) return code;
    Change cut{true, size, {}};
    self.disk->apply((*self.file)->seen, cut);
    (*self.file)->unsynced.push_back(std::move(cut));
    return SQLITE_OK;
  }
  static int sync(sqlite3_file* file, int) {
    Handle& self = handle(file);
    if (const int code = self.disk->begin(self.process, Operation::sync); code != SQLITE_OK) return code;
    self.disk->waited_ms_ += self.disk->sync_takes_ms_;
    if (self.disk->syncs_ignored_) return SQLITE_OK;
    File& synced = **self.file;
    for (const Change& change : synced.unsynced) self.disk->apply(synced.synced, change);
    synced.unsynced.clear();
    synced.is_synced = true;
    return SQLITE_OK;
  }
  static int size(sqlite3_file* file, sqlite3_int64* bytes) {
    *bytes = std::ssize((*handle(file).file)->seen);
    return SQLITE_OK;
  }
  static int lock(sqlite3_file* file, int level) {
    Handle& self = handle(file);
    return self.disk->alive(self) ? self.disk->lock(self, level) : SQLITE_IOERR_LOCK;
  }
  static int unlock(sqlite3_file* file, int level) {
    handle(file).lock = std::min(handle(file).lock, level);
    return SQLITE_OK;
  }
  static int is_reserved(sqlite3_file* file, int* answer) {
    Handle& self = handle(file);
    *answer = std::ranges::any_of((*self.file)->handles, [&](const Handle* other) {
      return self.disk->alive(*other) && other->lock >= SQLITE_LOCK_RESERVED;
    });
    return SQLITE_OK;
  }
  static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int sector_size(sqlite3_file*) { return sector_bytes; }
  static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }
  static int map_region(sqlite3_file* file, int number, int bytes, int extend, void volatile** out) {
    Handle& self = handle(file);
    auto& regions = (*self.file)->regions;
    const auto index = static_cast<std::size_t>(number);
    *out = nullptr;
    if (static_cast<std::size_t>(bytes) > region_bytes_max) return SQLITE_IOERR_SHMMAP;
    if (regions.size() <= index && extend == 0) return SQLITE_OK;
    while (regions.size() <= index) {
      regions.push_back(std::make_unique<std::array<std::uint8_t, region_bytes_max>>());
      regions.back()->fill(0);
    }
    *out = regions[index]->data();
    return SQLITE_OK;
  }
  static int lock_region(sqlite3_file* file, int first, int count, int flags) {
    Handle& self = handle(file);
    if (!self.disk->alive(self)) return SQLITE_IOERR_SHMLOCK;
    return self.disk->lock_shared(self, static_cast<std::size_t>(first), static_cast<std::size_t>(count), flags);
  }
  static void barrier(sqlite3_file*) {}
  static int unmap_regions(sqlite3_file* file, int remove) {
    Handle& self = handle(file);
    self.holds.fill(0);
    if (remove != 0 && (*self.file)->handles.size() == 1) (*self.file)->regions.clear();
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* path, int) {
    SimulatedDisk& self = disk(vfs);
    if (const int code = self.begin(self.opener_, Operation::remove); code != SQLITE_OK) return code;
    return self.files_.erase(path) > 0 ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
  }
  static int access(sqlite3_vfs* vfs, const char* path, int, int* answer) {
    const auto found = disk(vfs).files_.find(path);
    *answer = found != disk(vfs).files_.end() && !found->second->seen.empty();
    return SQLITE_OK;
  }
  static int full_path(sqlite3_vfs*, const char* path, int count, char* out) {
    sqlite3_snprintf(count, out, "%s", path);
    return SQLITE_OK;
  }
  static int randomness(sqlite3_vfs* vfs, int count, char* out) {
    for (int i = 0; i < count; ++i) out[i] = static_cast<char>(disk(vfs).draw(256));
    return count;
  }
  static int sleep(sqlite3_vfs*, int us) { return us; }
  static int time(sqlite3_vfs*, double* days) {
    *days = 2'461'000.5;  // nobody asks SQLite what time it is
    return SQLITE_OK;
  }
};

SimulatedDisk::SimulatedDisk() {
  methods_.iVersion = 2;
  methods_.xClose = Vfs::close;
  methods_.xRead = Vfs::read;
  methods_.xWrite = Vfs::write;
  methods_.xTruncate = Vfs::truncate;
  methods_.xSync = Vfs::sync;
  methods_.xFileSize = Vfs::size;
  methods_.xLock = Vfs::lock;
  methods_.xUnlock = Vfs::unlock;
  methods_.xCheckReservedLock = Vfs::is_reserved;
  methods_.xFileControl = Vfs::control;
  methods_.xSectorSize = Vfs::sector_size;
  methods_.xDeviceCharacteristics = Vfs::characteristics;
  methods_.xShmMap = Vfs::map_region;
  methods_.xShmLock = Vfs::lock_region;
  methods_.xShmBarrier = Vfs::barrier;
  methods_.xShmUnmap = Vfs::unmap_regions;
  vfs_.iVersion = 1;
  vfs_.szOsFile = sizeof(Handle);
  vfs_.mxPathname = path_bytes_max;
  vfs_.zName = "simulated_disk";
  vfs_.pAppData = this;
  vfs_.xOpen = Vfs::open;
  vfs_.xDelete = Vfs::remove;
  vfs_.xAccess = Vfs::access;
  vfs_.xFullPathname = Vfs::full_path;
  vfs_.xRandomness = Vfs::randomness;
  vfs_.xSleep = Vfs::sleep;
  vfs_.xCurrentTime = Vfs::time;
  former_default_ = sqlite3_vfs_find(nullptr);
  if (sqlite3_vfs_register(&vfs_, 1) != SQLITE_OK) broken_invariant("SQLite does not take the simulated disk");
}

SimulatedDisk::~SimulatedDisk() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(former_default_, 1);
}

}  // namespace radfm::testing_support
