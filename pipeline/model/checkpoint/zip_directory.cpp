// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint/zip_directory.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "pipeline/model/checkpoint/crc32.h"
#include "pipeline/model/checkpoint/refusal.h"
#include "pipeline/model/checkpoint/zip_end.h"
#include "pipeline/model/checkpoint/zip_fields.h"

namespace radfm::model {
namespace {

using zip::block_at, zip::Ends, zip::u16, zip::u32, zip::u64;

constexpr std::uint32_t local_signature = 0x04034b50, entry_signature = 0x02014b50;
constexpr std::size_t local_bytes = 30, entry_bytes = 46;
constexpr std::uint16_t zip64_extra = 1;
constexpr unsigned flag_encrypted = 1u << 0, flag_descriptor = 1u << 3, flag_strong = 1u << 6,
                   flag_masked = 1u << 13;
constexpr unsigned method_stored = 0, method_aes = 99;

// A plain relative path: nothing that climbs, starts at the root or hides.
bool is_plain(std::string_view name) {
  if (name.empty() || name.size() > zip_name_bytes_max) return false;
  for (const char c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\' || c == ':') return false;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

// Replaces the saturated ones of `values` (in zip64's order) by what the extra field says. False: it says
// nothing usable.
bool widen(std::string_view extra, const std::vector<std::uint64_t*>& saturated) {
  if (saturated.empty()) return true;
  for (std::size_t at = 0; at + 4 <= extra.size();) {
    const std::size_t bytes = u16(extra, at + 2);
    if (bytes > extra.size() - at - 4) return false;
    if (u16(extra, at) == zip64_extra) {
      if (bytes < 8 * saturated.size()) return false;
      for (std::size_t i = 0; i < saturated.size(); ++i) *saturated[i] = u64(extra, at + 4 + 8 * i);
      return true;
    }
    at += 4 + bytes;
  }
  return false;
}

struct Entry {
  std::string name;
  ZipRecord record;
  std::size_t bytes = 0;  // of the directory that it takes
};

Error out_of_directory(const ByteSource& source) {
  return refusal(source.name(), "bad_zip", "its directory is damaged");
}

std::optional<Error> kind_refused(const ByteSource& source, unsigned flags, unsigned method,
                                  const std::string& name) {
  if (flags & (flag_encrypted | flag_strong | flag_masked) || method == method_aes)
    return refusal(source.name(), "encrypted",
                   "record " + printable(name) + " is encrypted; save the checkpoint without");
  if (method != method_stored)
    return refusal(source.name(), "compressed",
                   "record " + printable(name) +
                       " is compressed, which torch.save never does; unzip and zip -0 it, or fetch "
                       "the original file");
  return {};
}

Result<Entry> read_entry(const ByteSource& source, std::string_view rest) {
  if (rest.size() < entry_bytes || u32(rest, 0) != entry_signature) return out_of_directory(source);
  const std::size_t name_bytes = u16(rest, 28), extra_bytes = u16(rest, 30), comment_bytes = u16(rest, 32);
  Entry entry;
  entry.bytes = entry_bytes + name_bytes + extra_bytes + comment_bytes;
  if (entry.bytes > rest.size()) return out_of_directory(source);
  entry.name = rest.substr(entry_bytes, name_bytes);
  if (!is_plain(entry.name))
    return refusal(source.name(), "bad_record_name",
                   "record '" + printable(entry.name) + "' has no plain relative name");
  if (auto error = kind_refused(source, u16(rest, 8), u16(rest, 10), entry.name)) return *error;
  std::uint64_t stored = u32(rest, 20);
  ZipRecord& record = entry.record;
  record.crc32 = u32(rest, 16);
  record.bytes = u32(rest, 24);
  record.header_offset = u32(rest, 42);
  std::vector<std::uint64_t*> saturated;
  for (std::uint64_t* value : {&record.bytes, &stored, &record.header_offset})
    if (*value == 0xffffffff) saturated.push_back(value);
  if (!widen(rest.substr(entry_bytes + name_bytes, extra_bytes), saturated) || stored != record.bytes ||
      u16(rest, 34) != 0)
    return refusal(source.name(), "bad_zip",
                   "the sizes of record " + printable(entry.name) + " contradict one another");
  return entry;
}

// The local header must tell the same story; then the data's place is known.
Status place_record(const ByteSource& source, const Ends& ends, Entry& entry) {
  const auto bad = [&](const char* what) {
    return refusal(source.name(), "bad_zip", "record " + printable(entry.name) + " " + what);
  };
  ZipRecord& record = entry.record;
  const std::uint64_t limit = ends.directory_offset;
  if (record.header_offset > limit || limit - record.header_offset < local_bytes)
    return bad("lies outside the file");
  auto head = block_at(source, record.header_offset, local_bytes);
  if (!head) return head.error();
  const std::size_t name_bytes = u16(*head, 26), extra_bytes = u16(*head, 28);
  if (u32(*head, 0) != local_signature) return bad("has no header where the directory says");
  if (limit - record.header_offset - local_bytes < name_bytes + extra_bytes)
    return bad("lies outside the file");
  const auto tail = block_at(source, record.header_offset + local_bytes, name_bytes + extra_bytes);
  if (!tail) return tail.error();
  if (tail->substr(0, name_bytes) != entry.name) return bad("has another name in its own header");
  const unsigned flags = u16(*head, 6);
  if (auto error = kind_refused(source, flags, u16(*head, 8), entry.name)) return *error;

  std::uint64_t bytes = u32(*head, 22), stored = u32(*head, 18);
  std::vector<std::uint64_t*> saturated;
  for (std::uint64_t* value : {&bytes, &stored})
    if (*value == 0xffffffff) saturated.push_back(value);
  const std::uint32_t crc = u32(*head, 14);
  if (!widen(std::string_view(*tail).substr(name_bytes), saturated)) return bad("has a damaged header");
  // With the descriptor flag they may be zero here and stand behind the data; the directory has them anyway.
  const bool later = flags & flag_descriptor;
  const auto agrees = [&](std::uint64_t here, std::uint64_t told) {
    return here == told || (later && here == 0);
  };
  if (!agrees(bytes, record.bytes) || !agrees(stored, record.bytes) || !agrees(crc, record.crc32))
    return bad("has another size or CRC in its own header");
  record.data_offset = record.header_offset + local_bytes + name_bytes + extra_bytes;
  if (record.bytes > limit - record.data_offset) return bad("runs behind the records' end");
  return {};
}

// No byte belongs to two records: honest writers lay them one behind another.
Status check_apart(const ByteSource& source, const std::map<std::string, ZipRecord>& records) {
  std::vector<const ZipRecord*> by_place;
  for (const auto& [name, record] : records) by_place.push_back(&record);
  std::sort(by_place.begin(), by_place.end(),
            [](const auto* a, const auto* b) { return a->header_offset < b->header_offset; });
  for (std::size_t i = 1; i < by_place.size(); ++i)
    if (by_place[i]->header_offset < by_place[i - 1]->data_offset + by_place[i - 1]->bytes)
      return refusal(source.name(), "bad_zip", "two of its records overlap");
  return {};
}

}  // namespace

Result<std::map<std::string, ZipRecord>> read_zip_directory(const ByteSource& source) {
  const auto ends = zip::read_ends(source);
  if (!ends) return ends.error();
  const auto directory =
      block_at(source, ends->directory_offset, static_cast<std::size_t>(ends->directory_bytes));
  if (!directory) return directory.error();
  std::map<std::string, ZipRecord> records;
  std::string_view rest = *directory;
  for (std::uint64_t i = 0; i < ends->records; ++i) {
    auto entry = read_entry(source, rest);
    if (!entry) return entry.error();
    rest.remove_prefix(entry->bytes);
    if (auto placed = place_record(source, *ends, *entry); !placed) return placed.error();
    if (!records.emplace(entry->name, entry->record).second)
      return refusal(source.name(), "duplicate_record",
                     "record " + printable(entry->name) + " stands in it twice");
  }
  if (!rest.empty()) return out_of_directory(source);
  if (auto apart = check_apart(source, records); !apart) return apart.error();
  return records;
}

Result<std::string> read_zip_record(const ByteSource& source, const std::string& name,
                                    const ZipRecord& record, std::uint64_t bytes_max) {
  if (record.bytes > bytes_max)
    return refusal(source.name(), "too_long",
                   "record " + printable(name) + " is longer than " + std::to_string(bytes_max) + " bytes");
  auto bytes = block_at(source, record.data_offset, static_cast<std::size_t>(record.bytes));
  if (!bytes) return bytes.error();
  if (crc32_of(0, bytes->data(), bytes->size()) != record.crc32)
    return refusal(source.name(), "bad_crc",
                   "record " + printable(name) + " is damaged (its CRC differs); copy the file again");
  return bytes;
}

}  // namespace radfm::model
