// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/safetensors.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "pipeline/model/checkpoint/refusal.h"
#include "pipeline/model/checkpoint/safetensors_header.h"

namespace radfm::model {
namespace {

constexpr std::uint64_t length_bytes = 8;

// The whole file, read only as far as somebody looks.
Result<std::shared_ptr<const std::uint8_t>> map_file(const std::filesystem::path& file, std::uint64_t bytes) {
  const auto failed = [&] {
    return transient_error("no_memory", "cannot map " + file.string() + ": " + std::strerror(errno));
  };
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return failed();
  void* address = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
  struct stat status {};
  const bool same_size = ::fstat(fd, &status) == 0 && static_cast<std::uint64_t>(status.st_size) == bytes;
  ::close(fd);
  if (address == MAP_FAILED) return failed();
  std::shared_ptr<const std::uint8_t> mapping(
      static_cast<const std::uint8_t*>(address),
      [bytes](const std::uint8_t* p) { ::munmap(const_cast<std::uint8_t*>(p), bytes); });
  if (!same_size)
    return refusal(file.filename().string(), "truncated",
                   "somebody is writing it; try again when it is done");
  return mapping;
}

}  // namespace

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& file) {
  auto source = open_byte_source(file);
  if (!source) return source.error();
  const std::string& name = (*source)->name();
  const std::uint64_t size = (*source)->size();
  if (size < length_bytes) return refusal(name, "truncated", "too short to be a safetensors file");
  std::uint8_t length[length_bytes];
  if (auto done = (*source)->read(0, length, length_bytes); !done) return done.error();
  std::uint64_t header_bytes = 0;
  for (int i = 7; i >= 0; --i) header_bytes = header_bytes << 8 | length[i];
  if (header_bytes > safetensors_header_bytes_max || header_bytes > size - length_bytes)
    return refusal(name, "header_too_long",
                   "its header claims " + std::to_string(header_bytes) +
                       " bytes, more than the file or the limit of " +
                       std::to_string(safetensors_header_bytes_max >> 20) + " MiB allows");
  auto mapping = map_file(file, size);
  if (!mapping) return mapping.error();
  const std::uint8_t* data = mapping->get() + length_bytes + header_bytes;
  const std::string_view header(reinterpret_cast<const char*>(mapping->get()) + length_bytes, header_bytes);
  auto parsed = parse_safetensors_header(name, header, size - length_bytes - header_bytes);
  if (!parsed) return parsed.error();

  SafetensorsFile result;
  result.packed_layout_ = std::move(parsed->packed_layout);
  for (auto& [tensor, entry] : parsed->entries) {
    entry.view.data = data + entry.begin;
    result.tensors_.emplace(tensor, std::move(entry.view));
  }
  result.mapping_ = std::move(mapping).value();
  result.source_ = std::move(source).value();
  return result;
}

Status SafetensorsFile::read_chunks(const std::string& name, const ChunkSink& sink) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) broken_invariant("a tensor was asked for that the checkpoint does not hold");
  auto offset = static_cast<std::uint64_t>(found->second.data - mapping_.get());
  std::size_t left = found->second.bytes;
  std::vector<std::uint8_t> chunk(std::min(left, chunk_bytes_max));
  while (left > 0) {
    const std::size_t now = std::min(left, chunk.size());
    if (auto done = source_->read(offset, chunk.data(), now); !done) return done;
    if (auto taken = sink(chunk.data(), now); !taken) return taken;
    offset += now;
    left -= now;
  }
  return {};
}

}  // namespace radfm::model
