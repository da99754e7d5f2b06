// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/safetensors.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

namespace radfm::model {
namespace {

using nlohmann::json;

constexpr int header_nesting_max = 4;

Error refused(const std::filesystem::path& file, const std::string& reason, const std::string& sentence) {
  return permanent_error("checkpoint_" + reason, file.filename().string() + ": " + sentence);
}

struct ElementType {
  const char* name;
  std::size_t bytes;
  std::optional<WeightType> weight;
};
constexpr ElementType element_types[] = {{"F32", 4, WeightType::f32},
                                         {"F16", 2, WeightType::f16},
                                         {"BF16", 2, WeightType::bf16},
                                         {"F64", 8, {}},
                                         {"I64", 8, {}},
                                         {"I32", 4, {}},
                                         {"I16", 2, {}},
                                         {"I8", 1, {}},
                                         {"U64", 8, {}},
                                         {"U32", 4, {}},
                                         {"U16", 2, {}},
                                         {"U8", 1, {}},
                                         {"BOOL", 1, {}},
                                         {"F8_E4M3", 1, {}},
                                         {"F8_E5M2", 1, {}}};

const ElementType* element_type(const std::string& name) {
  for (const auto& type : element_types)
    if (name == type.name) return &type;
  return nullptr;
}

// Names come from the file and end in messages: printable, and not endless.
std::string shown(const std::string& name) {
  std::string text = name.substr(0, 100);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  return text;
}

// Parses the header without recursion, refusing repeated names and depth that no honest header has.
Result<json> parse_header(const std::filesystem::path& file, std::string_view text) {
  std::set<std::string> names;
  std::string repeated;
  bool too_deep = false;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > header_nesting_max) too_deep = true;
    if (event == json::parse_event_t::key && depth == 1 && !names.insert(parsed.get<std::string>()).second)
      repeated = parsed.get<std::string>();
    return !too_deep;
  };
  json header = json::parse(text, watch, false);
  if (too_deep || header.is_discarded() || !header.is_object())
    return refused(file, "bad_json",
                   "the header is no JSON object of tensors; the file is damaged or not safetensors");
  if (!repeated.empty())
    return refused(file, "duplicate_tensor", "tensor '" + shown(repeated) + "' stands in it twice");
  return header;
}

struct ByteRange {
  std::uint64_t begin = 0, end = 0;
  std::string name;
};

// Ranges must cover the data exactly: no overlap, no hole, nothing behind the last. Where they would, but the
// data ends before them, the file was cut.
Status check_ranges(const std::filesystem::path& file, std::vector<ByteRange> ranges,
                    std::uint64_t data_bytes) {
  std::sort(ranges.begin(), ranges.end(),
            [](const auto& a, const auto& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
  std::uint64_t at = 0;
  std::string outside;
  bool contiguous = true;
  for (const auto& range : ranges) {
    contiguous = contiguous && range.begin == at;
    if (range.end > data_bytes && outside.empty()) outside = range.name;
    at = range.end;
  }
  if (!outside.empty())
    return contiguous
               ? refused(file, "truncated", "it ends before its last tensor does; copy it again")
               : refused(file, "out_of_bounds", "tensor '" + shown(outside) + "' lies outside the file");
  at = 0;
  for (const auto& range : ranges) {
    if (range.begin < at)
      return refused(file, "overlap", "tensor '" + shown(range.name) + "' lies on another one");
    if (range.begin > at)
      return refused(file, "hole", "bytes before tensor '" + shown(range.name) + "' belong to none");
    at = range.end;
  }
  if (at != data_bytes) return refused(file, "trailing_bytes", "bytes behind the last tensor belong to none");
  return {};
}

Result<TensorView> parse_entry(const std::filesystem::path& file, const std::string& name, const json& entry,
                               const std::uint8_t* data, std::uint64_t data_bytes, ByteRange& range) {
  const auto bad = [&] {
    return refused(file, "bad_json", "the entry of tensor '" + shown(name) + "' is malformed");
  };
  if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets"))
    return bad();
  const auto& offsets = entry["data_offsets"];
  const auto& shape = entry["shape"];
  if (!entry["dtype"].is_string() || !offsets.is_array() || offsets.size() != 2 ||
      !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned() || !shape.is_array() ||
      shape.size() > safetensors_rank_max)
    return bad();

  TensorView view;
  view.dtype = shown(entry["dtype"].get<std::string>());
  const ElementType* type = element_type(view.dtype);
  if (!type)
    return refused(file, "wrong_dtype", "tensor '" + shown(name) + "' has the unknown type " + view.dtype);
  view.type = type->weight;

  range = {offsets[0].get<std::uint64_t>(), offsets[1].get<std::uint64_t>(), name};
  if (range.begin > range.end)
    return refused(file, "out_of_bounds", "the byte range of tensor '" + shown(name) + "' is reversed");
  std::uint64_t bytes = type->bytes;
  for (const auto& size : shape) {
    if (!size.is_number_unsigned()) return bad();
    const auto extent = size.get<std::uint64_t>();
    if (extent > (1ull << 40) || __builtin_mul_overflow(bytes, extent, &bytes))
      return refused(file, "wrong_shape", "the shape of tensor '" + shown(name) + "' is impossible");
    view.shape.push_back(static_cast<std::int64_t>(extent));
  }
  if (range.end > data_bytes) return view;  // check_ranges says what this means
  if (bytes != range.end - range.begin)
    return refused(file, "wrong_shape", "shape and byte range of tensor '" + shown(name) + "' disagree");
  view.data = data + range.begin;
  view.bytes = static_cast<std::size_t>(bytes);
  return view;
}

struct Mapping {
  std::shared_ptr<const void> bytes;
  std::uint64_t size = 0;
};

Result<Mapping> map_file(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (fd < 0 || ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    const std::string why = std::strerror(errno);
    if (fd >= 0) ::close(fd);
    return permanent_error("model_file_missing", "cannot read " + file.string() + ": " + why);
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  void* address = size ? ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
  ::close(fd);
  if (size < 8) {
    if (address != MAP_FAILED) ::munmap(address, size);
    return refused(file, "truncated", "too short to be a safetensors file");
  }
  if (address == MAP_FAILED)
    return transient_error("no_memory", "cannot map " + file.string() + ": " + std::strerror(errno));
  return Mapping{{address, [size](const void* p) { ::munmap(const_cast<void*>(p), size); }}, size};
}

}  // namespace

std::string_view to_string(WeightType type) {
  switch (type) {
    case WeightType::f32:
      return "F32";
    case WeightType::f16:
      return "F16";
    case WeightType::bf16:
      return "BF16";
  }
  broken_invariant("a weight type without a name");
}

std::size_t bytes_of(WeightType type) {
  return type == WeightType::f32 ? 4 : 2;
}

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& file) {
  auto mapping = map_file(file);
  if (!mapping) return mapping.error();
  const auto* bytes = static_cast<const std::uint8_t*>(mapping->bytes.get());
  std::uint64_t header_bytes = 0;
  for (int i = 7; i >= 0; --i) header_bytes = header_bytes << 8 | bytes[i];
  if (header_bytes > safetensors_header_bytes_max || header_bytes > mapping->size - 8)
    return refused(file, "header_too_long",
                   "its header claims " + std::to_string(header_bytes) +
                       " bytes, more than the file or the limit of 16 MiB allows");
  auto header =
      parse_header(file, {reinterpret_cast<const char*>(bytes) + 8, static_cast<std::size_t>(header_bytes)});
  if (!header) return header.error();

  SafetensorsFile result;
  const std::uint64_t data_bytes = mapping->size - 8 - header_bytes;
  std::vector<ByteRange> ranges;
  for (const auto& [name, entry] : header->items()) {
    if (name == "__metadata__") continue;
    ByteRange range;
    auto view = parse_entry(file, name, entry, bytes + 8 + header_bytes, data_bytes, range);
    if (!view) return view.error();
    result.tensors_.emplace(name, std::move(view).value());
    ranges.push_back(std::move(range));
  }
  if (auto covered = check_ranges(file, std::move(ranges), data_bytes); !covered) return covered.error();
  result.mapping_ = mapping->bytes;
  return result;
}

}  // namespace radfm::model
