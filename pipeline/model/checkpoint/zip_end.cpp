// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint/zip_end.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "pipeline/model/checkpoint/refusal.h"
#include "pipeline/model/checkpoint/zip_directory.h"
#include "pipeline/model/checkpoint/zip_fields.h"

namespace radfm::model::zip {
namespace {

constexpr std::uint32_t end_signature = 0x06054b50, end64_signature = 0x06064b50,
                        locator_signature = 0x07064b50;
constexpr std::size_t end_bytes = 22, end64_bytes = 56, locator_bytes = 20;

// A file without an end record: what is it?
Error no_end(const ByteSource& source) {
  std::string head(std::min<std::uint64_t>(source.size(), 512), '\0');
  if (auto done = source.read(0, head.data(), head.size()); !done) return done.error();
  const std::string_view magic(reinterpret_cast<const char*>(legacy_magic), sizeof legacy_magic);
  if (head.starts_with(magic) || (head.size() == 512 && head.substr(257, 5) == "ustar"))
    return refusal(
        source.name(), "legacy_format",
        "PyTorch's format from before 1.6, which only running its pickle could read; where it is trusted, "
        "save it again (OLD is its name): python -c \"import torch; torch.save(torch.load('OLD', "
        "map_location='cpu', weights_only=True), 'pytorch_model.bin')\"");
  if (head.empty()) return refusal(source.name(), "truncated", "the file is empty; copy it again");
  if (head.starts_with("PK\3\4"))
    return refusal(source.name(), "truncated",
                   "a zip file whose end record is not at its end: it was cut, or something was appended; "
                   "copy it again");
  return refusal(source.name(), "not_a_zip", "no checkpoint: neither PyTorch's zip format nor safetensors");
}

}  // namespace

Result<Ends> read_ends(const ByteSource& source) {
  const auto bad = [&](const char* sentence) { return refusal(source.name(), "bad_zip", sentence); };
  if (source.size() < end_bytes) return no_end(source);
  const std::uint64_t end_offset = source.size() - end_bytes;
  const auto end = block_at(source, end_offset, end_bytes);
  if (!end) return end.error();
  if (u32(*end, 0) != end_signature || u16(*end, 20) != 0) return no_end(source);
  if (u16(*end, 4) != 0 || u16(*end, 6) != 0 || u16(*end, 8) != u16(*end, 10))
    return bad("it claims to have several parts");
  Ends ends{u16(*end, 10), u32(*end, 16), u32(*end, 12)};
  std::uint64_t directory_end = end_offset;

  if (end_offset >= locator_bytes + end64_bytes) {
    const auto block =
        block_at(source, end_offset - locator_bytes - end64_bytes, locator_bytes + end64_bytes);
    if (!block) return block.error();
    if (u32(*block, end64_bytes) == locator_signature) {
      directory_end = end_offset - locator_bytes - end64_bytes;
      const std::uint64_t told = u64(*block, end64_bytes + 8);
      if (told > directory_end)
        return refusal(source.name(), "truncated", "bytes before its directory are missing; copy it again");
      if (told != directory_end || u32(*block, 0) != end64_signature || u64(*block, 4) != end64_bytes - 12)
        return bad("its zip64 end record is not where it must be");
      if (u32(*block, end64_bytes + 4) != 0 || u32(*block, end64_bytes + 16) > 1 || u32(*block, 16) != 0 ||
          u32(*block, 20) != 0 || u64(*block, 24) != u64(*block, 32))
        return bad("it claims to have several parts");
      const Ends wide{u64(*block, 32), u64(*block, 48), u64(*block, 40)};
      if ((ends.records != 0xffff && ends.records != wide.records) ||
          (ends.directory_offset != 0xffffffff && ends.directory_offset != wide.directory_offset) ||
          (ends.directory_bytes != 0xffffffff && ends.directory_bytes != wide.directory_bytes))
        return bad("its two end records disagree");
      ends = wide;
    }
  }
  std::uint64_t told_end = 0;
  if (__builtin_add_overflow(ends.directory_offset, ends.directory_bytes, &told_end))
    return bad("its directory lies outside the file");
  if (told_end > directory_end)
    return refusal(source.name(), "truncated", "bytes before its directory are missing; copy it again");
  if (told_end != directory_end) return bad("there are bytes that belong to no record");
  if (ends.records > zip_records_max || ends.directory_bytes > zip_directory_bytes_max)
    return bad("its directory is larger than any checkpoint's");
  return ends;
}

}  // namespace radfm::model::zip
