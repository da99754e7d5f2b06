// SPDX-License-Identifier: Apache-2.0
#include "tests/support/faulty_vfs.h"

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <new>

namespace radfm::testing_support {
namespace {

// SQLite gives memory for this, and for the system's own file behind it.
struct File {
  sqlite3_file base;
  FaultyVfs* vfs;
  const char* name;  // SQLite keeps it as long as the file is open
  alignas(sqlite3_int64) unsigned char system[1];
};
constexpr std::size_t system_offset = offsetof(File, system);

File* ours(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
sqlite3_file* theirs(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(reinterpret_cast<unsigned char*>(file) + system_offset); }
bool meets(sqlite3_file* file, const char* call) { return ours(file)->vfs->meets(call, ours(file)->name); }

int close(sqlite3_file* file) { return theirs(file)->pMethods->xClose(theirs(file)); }
int read(sqlite3_file* file, void* to, int bytes, sqlite3_int64 at) {
  return meets(file, "read") ? SQLITE_IOERR_READ : theirs(file)->pMethods->xRead(theirs(file), to, bytes, at);
}
int write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
  return meets(file, "write") ? SQLITE_IOERR_WRITE : theirs(file)->pMethods->xWrite(theirs(file), from, bytes, at);
}
int truncate(sqlite3_file* file, sqlite3_int64 bytes) {
  return meets(file, "truncate") ? SQLITE_IOERR_TRUNCATE : theirs(file)->pMethods->xTruncate(theirs(file), bytes);
}
int sync(sqlite3_file* file, int flags) { return meets(file, "sync") ? SQLITE_IOERR_FSYNC : theirs(file)->pMethods->xSync(theirs(file), flags); }
int file_size(sqlite3_file* file, sqlite3_int64* bytes) {
  return meets(file, "file_size") ? SQLITE_IOERR_FSTAT : theirs(file)->pMethods->xFileSize(theirs(file), bytes);
}
int lock(sqlite3_file* file, int level) { return meets(file, "lock") ? SQLITE_IOERR_LOCK : theirs(file)->pMethods->xLock(theirs(file), level); }
int unlock(sqlite3_file* file, int level) { return theirs(file)->pMethods->xUnlock(theirs(file), level); }
int check_reserved_lock(sqlite3_file* file, int* is_locked) {
  return meets(file, "check_reserved_lock") ? SQLITE_IOERR_CHECKRESERVEDLOCK : theirs(file)->pMethods->xCheckReservedLock(theirs(file), is_locked);
}
int file_control(sqlite3_file* file, int operation, void* value) { return theirs(file)->pMethods->xFileControl(theirs(file), operation, value); }
int sector_size(sqlite3_file* file) { return theirs(file)->pMethods->xSectorSize(theirs(file)); }
int device_characteristics(sqlite3_file* file) { return theirs(file)->pMethods->xDeviceCharacteristics(theirs(file)); }
int shm_map(sqlite3_file* file, int page, int bytes, int extend, void volatile** memory) {
  return meets(file, "shm_map") ? SQLITE_IOERR_SHMMAP : theirs(file)->pMethods->xShmMap(theirs(file), page, bytes, extend, memory);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  const bool takes = (flags & SQLITE_SHM_LOCK) != 0;
  return takes && meets(file, "shm_lock") ? SQLITE_IOERR_SHMLOCK : theirs(file)->pMethods->xShmLock(theirs(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) { theirs(file)->pMethods->xShmBarrier(theirs(file)); }
int shm_unmap(sqlite3_file* file, int remove) { return theirs(file)->pMethods->xShmUnmap(theirs(file), remove); }

// Version 2: without memory-mapped pages, which the queue does not use.
const sqlite3_io_methods methods = {
    2,           close,       read,         write,     truncate,    sync,      file_size, lock,
    unlock,      check_reserved_lock, file_control, sector_size, device_characteristics, shm_map, shm_lock, shm_barrier,
    shm_unmap,   nullptr,     nullptr,
};

FaultyVfs* owner(sqlite3_vfs* vfs) { return static_cast<FaultyVfs*>(vfs->pAppData); }

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  if (owner(vfs)->meets("open", name)) return SQLITE_CANTOPEN;
  sqlite3_vfs* system = owner(vfs)->system();
  const int code = system->xOpen(system, name, theirs(file), flags, out_flags);
  if (code != SQLITE_OK) return code;
  ours(file)->vfs = owner(vfs);
  ours(file)->name = name;
  file->pMethods = &methods;
  return SQLITE_OK;
}
int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  sqlite3_vfs* system = owner(vfs)->system();
  return owner(vfs)->meets("delete", name) ? SQLITE_IOERR_DELETE : system->xDelete(system, name, sync_folder);
}
int access(sqlite3_vfs* vfs, const char* name, int flags, int* answer) {
  sqlite3_vfs* system = owner(vfs)->system();
  return owner(vfs)->meets("access", name) ? SQLITE_IOERR_ACCESS : system->xAccess(system, name, flags, answer);
}
int full_pathname(sqlite3_vfs* vfs, const char* name, int bytes, char* out) {
  sqlite3_vfs* system = owner(vfs)->system();
  return owner(vfs)->meets("full_pathname", name) ? SQLITE_CANTOPEN_FULLPATH : system->xFullPathname(system, name, bytes, out);
}

}  // namespace

// All that has nothing to do with files (time, randomness, sleep) stays the system's.
FaultyVfs::FaultyVfs() : system_(sqlite3_vfs_find(nullptr)), vfs_(*system_) {
  vfs_.zName = "faulty";
  vfs_.szOsFile = static_cast<int>(system_offset) + system_->szOsFile;
  vfs_.pNext = nullptr;
  vfs_.pAppData = this;
  vfs_.xOpen = open;
  vfs_.xDelete = remove;
  vfs_.xAccess = access;
  vfs_.xFullPathname = full_pathname;
  sqlite3_vfs_register(&vfs_, 1);
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(system_, 1);
}

void FaultyVfs::fail(int nth, Lasting lasting) {
  calls_ = 0;
  nth_ = nth;
  lasting_ = lasting;
  first_failed_.clear();
}

void FaultyVfs::heal() { nth_ = 0; }

bool FaultyVfs::meets(const char* call, const char* file) {
  ++calls_;
  const bool fails = nth_ > 0 && (calls_ == nth_ || (lasting_ == Lasting::from_then_on && calls_ > nth_));
  if (fails && first_failed_.empty()) {
    first_failed_ = std::string(call) + " " + (file == nullptr ? "a file without a name" : std::filesystem::path(file).filename().string());
  }
  return fails;
}

}  // namespace radfm::testing_support
