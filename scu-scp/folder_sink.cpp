// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/folder_sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>

namespace radfm::scu {

struct FolderSink::State {
  std::filesystem::path folder;
  RetrievalLimits limits;
  std::mutex mutex;  // guards what follows
  bool closed = false;
  std::size_t begun = 0, numbers = 0;
  std::uint64_t bytes = 0;  // of everything kept or on its way
  std::vector<Kept> kept;

  Status may_go_on() const {
    if (closed)
      return permanent_error("retrieval_ended",
                             "an object comes after its retrieval has ended; it is not kept");
    if (begun <= limits.objects_max && bytes <= limits.bytes_max) return {};
    return permanent_error("retrieval_too_large", "a retrieval has more than " +
                                                      std::to_string(limits.objects_max) + " objects or " +
                                                      std::to_string(limits.bytes_max) +
                                                      " bytes; the rest is not fetched");
  }

  Error not_written() const {
    return transient_error("file_not_written", "a retrieved object is not written to " + folder.string() +
                                                   " (" + std::strerror(errno) +
                                                   "); check the disk's space and the folder's owner");
  }

  Status sync_folder() const {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fsync(fd) == 0;
    const Status result = synced ? Status() : Status(not_written());
    if (fd >= 0) ::close(fd);
    return result;
  }

  class FileWriter;
};

class FolderSink::State::FileWriter final : public ObjectSink::Writer {
 public:
  FileWriter(std::shared_ptr<State> state, std::size_t number, const ObjectIdentity& identity)
      : state_(std::move(state)), part_(state_->folder / (std::to_string(number) + ".part")) {
    kept_.path = state_->folder / (std::to_string(number) + ".dcm");
    kept_.identity = identity;
  }

  ~FileWriter() override {
    if (fd_ >= 0) ::close(fd_);
    if (done_) return;
    if (fd_ >= 0) ::unlink(part_.c_str());
    const std::lock_guard lock(state_->mutex);
    --state_->begun;
    state_->bytes -= kept_.bytes;
  }

  Status open() {
    fd_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd_ >= 0 ? Status() : Status(state_->not_written());
  }

  Status write(std::span<const std::uint8_t> piece) override {
    {
      const std::lock_guard lock(state_->mutex);
      kept_.bytes += piece.size();
      state_->bytes += piece.size();
      if (auto allowed = state_->may_go_on(); !allowed) return allowed;
    }
    while (!piece.empty()) {
      const ssize_t count = ::write(fd_, piece.data(), piece.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return state_->not_written();
      piece = piece.subspan(static_cast<std::size_t>(count));
    }
    return {};
  }

  Status keep() override {
    if (::fsync(fd_) != 0) return state_->not_written();
    const std::lock_guard lock(state_->mutex);
    if (auto allowed = state_->may_go_on(); !allowed) return allowed;
    if (::rename(part_.c_str(), kept_.path.c_str()) != 0) return state_->not_written();
    done_ = true;
    state_->kept.push_back(kept_);
    return state_->sync_folder();
  }

 private:
  const std::shared_ptr<State> state_;
  const std::filesystem::path part_;
  Kept kept_;
  int fd_ = -1;
  bool done_ = false;
};

FolderSink::FolderSink(std::filesystem::path folder, RetrievalLimits limits)
    : state_(std::make_shared<State>()) {
  state_->folder = std::move(folder);
  state_->limits = limits;
}

FolderSink::~FolderSink() {
  close();
}

Result<std::unique_ptr<ObjectSink::Writer>> FolderSink::begin(const ObjectIdentity& identity) {
  std::unique_ptr<State::FileWriter> writer;
  {
    const std::lock_guard lock(state_->mutex);
    ++state_->begun;
    if (auto allowed = state_->may_go_on(); !allowed) {
      --state_->begun;
      return allowed.error();
    }
    writer = std::make_unique<State::FileWriter>(state_, ++state_->numbers, identity);
  }
  if (auto opened = writer->open(); !opened) return opened.error();
  return std::unique_ptr<ObjectSink::Writer>(std::move(writer));
}

std::vector<FolderSink::Kept> FolderSink::close() {
  const std::lock_guard lock(state_->mutex);
  state_->closed = true;
  return state_->kept;
}

}  // namespace radfm::scu
