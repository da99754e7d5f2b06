// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint/safetensors_header.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "pipeline/model/checkpoint/refusal.h"

namespace radfm::model {
namespace {

using nlohmann::json;

constexpr int nesting_max = 4;
constexpr std::size_t metadata_bytes_max = 32;
constexpr std::uint64_t extent_max = 1ull << 40;

struct RawEntry {
  std::optional<std::string> dtype;
  std::optional<std::vector<std::uint64_t>> shape, offsets;
};

// Takes the events of nlohmann's parser. Only what is asked for is kept, so that a hostile header costs no
// more memory than an honest one of its length.
class HeaderEvents final : public json::json_sax_t {
 public:
  explicit HeaderEvents(const std::string& file_name) : file_name_(file_name) {}

  std::map<std::string, RawEntry> entries;
  std::string packed_layout;
  std::optional<Error> failure;

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool binary(binary_t&) override { return value(); }
  bool number_unsigned(number_unsigned_t number) override {
    if (!list_) return value();
    if (depth_ != 3 || list_->size() >= safetensors_rank_max) return malformed();
    list_->push_back(number);
    return true;
  }
  bool string(string_t& text) override {
    if (depth_ == 2 && skipping_ && key_ == packed_layout_key) packed_layout = text.substr(0, metadata_bytes_max);
    if (depth_ == 2 && entry_ && key_ == "dtype") {
      if (entry_->dtype) return malformed();
      entry_->dtype = printable(text);
      return true;
    }
    return value();
  }
  bool start_object(std::size_t) override {
    if (depth_ == 1 && !skipping_) {
      if (entries.size() >= safetensors_tensors_max)
        return fail("bad_json", "it holds more than " + std::to_string(safetensors_tensors_max) + " tensors");
      const auto [place, is_new] = entries.try_emplace(name_);
      if (!is_new) return fail("duplicate_tensor", "tensor '" + printable(name_) + "' stands in it twice");
      entry_ = &place->second;
    } else if (depth_ > 0 && !value()) {
      return false;
    }
    return deeper();
  }
  bool end_object() override {
    if (--depth_ == 1) entry_ = nullptr;
    return true;
  }
  bool key(string_t& text) override {
    if (depth_ == 1) {
      name_ = text;
      skipping_ = name_ == "__metadata__";
    } else if (depth_ == 2) {
      key_ = text.substr(0, 32);
    }
    return true;
  }
  bool start_array(std::size_t) override {
    if (depth_ == 0) return fail("bad_json", "the header is no JSON object of tensors");
    if (depth_ == 2 && entry_ && (key_ == "shape" || key_ == "data_offsets")) {
      auto& list = key_ == "shape" ? entry_->shape : entry_->offsets;
      if (list) return malformed();
      list_ = &list.emplace();
    } else if (!value()) {
      return false;
    }
    return deeper();
  }
  bool end_array() override {
    if (--depth_ == 2) list_ = nullptr;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    return fail("bad_json", "the header is no JSON; the file is damaged or not safetensors");
  }

 private:
  // A value that is not one of the three: no mistake where nothing is asked for.
  bool value() {
    if (depth_ == 0) return fail("bad_json", "the header is no JSON object of tensors");
    if (skipping_) return true;
    if (depth_ == 1 || list_ || key_ == "dtype" || key_ == "shape" || key_ == "data_offsets")
      return malformed();
    return true;
  }
  bool deeper() {
    if (++depth_ > nesting_max) return fail("bad_json", "the header is nested deeper than any header");
    return true;
  }
  bool malformed() { return fail("bad_json", "the entry of tensor '" + printable(name_) + "' is malformed"); }
  bool fail(const char* reason, const std::string& sentence) {
    if (!failure) failure = refusal(file_name_, reason, sentence);
    return false;
  }

  const std::string& file_name_;
  int depth_ = 0;
  bool skipping_ = false;
  std::string name_, key_;
  RawEntry* entry_ = nullptr;
  std::vector<std::uint64_t>* list_ = nullptr;
};

struct ByteRange {
  std::uint64_t begin = 0, end = 0;
  const std::string* name = nullptr;
};

// Ranges must cover the data exactly: no overlap, no hole, nothing behind the last. Where they would, but the
// data ends before them, the file was cut.
Status check_ranges(const std::string& file, std::vector<ByteRange> ranges, std::uint64_t data_bytes) {
  const auto refused = [&](const char* reason, const std::string& sentence) {
    return refusal(file, reason, sentence);
  };
  std::sort(ranges.begin(), ranges.end(),
            [](const auto& a, const auto& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
  std::uint64_t at = 0;
  const std::string* outside = nullptr;
  bool contiguous = true;
  for (const auto& range : ranges) {
    contiguous = contiguous && range.begin == at;
    if (range.end > data_bytes && !outside) outside = range.name;
    at = range.end;
  }
  if (outside)
    return contiguous
               ? refused("truncated", "it ends before its last tensor does; copy it again")
               : refused("out_of_bounds", "tensor '" + printable(*outside) + "' lies outside the file");
  at = 0;
  for (const auto& range : ranges) {
    if (range.begin < at)
      return refused("overlap", "tensor '" + printable(*range.name) + "' lies on another one");
    if (range.begin > at)
      return refused("hole", "bytes before tensor '" + printable(*range.name) + "' belong to none");
    at = range.end;
  }
  if (at != data_bytes) return refused("trailing_bytes", "bytes behind the last tensor belong to none");
  return {};
}

Result<SafetensorsEntry> finish_entry(const std::string& file, const std::string& name, const RawEntry& raw,
                                      std::uint64_t data_bytes) {
  const auto refused = [&](const char* reason, const std::string& what) {
    return refusal(file, reason, what + " of tensor '" + printable(name) + "'");
  };
  if (!raw.dtype || !raw.shape || !raw.offsets || raw.offsets->size() != 2)
    return refusal(file, "bad_json", "the entry of tensor '" + printable(name) + "' is malformed");
  SafetensorsEntry entry;
  entry.view.dtype = *raw.dtype;
  const ElementType* type = element_type(entry.view.dtype);
  if (!type) return refused("wrong_dtype", "unknown type " + entry.view.dtype);
  entry.view.type = type->weight;
  entry.begin = raw.offsets->front();
  const std::uint64_t end = raw.offsets->back();
  if (entry.begin > end) return refused("out_of_bounds", "reversed byte range");
  std::uint64_t bytes = type->bytes;
  for (const auto extent : *raw.shape) {
    if (extent > extent_max || __builtin_mul_overflow(bytes, extent, &bytes))
      return refused("wrong_shape", "impossible shape");
    entry.view.shape.push_back(static_cast<std::int64_t>(extent));
  }
  entry.view.bytes = static_cast<std::size_t>(end - entry.begin);
  // Where the range leaves the file, check_ranges says what that means.
  if (end <= data_bytes && bytes != entry.view.bytes)
    return refused("wrong_shape", "disagreement between shape and byte range");
  return entry;
}

}  // namespace

Result<SafetensorsHeader> parse_safetensors_header(const std::string& file_name, std::string_view header,
                                                   std::uint64_t data_bytes) {
  HeaderEvents events(file_name);
  if (!json::sax_parse(header, &events) || events.failure)
    return events.failure ? *events.failure : refusal(file_name, "bad_json", "the header is no JSON");
  SafetensorsHeader parsed;
  parsed.packed_layout = std::move(events.packed_layout);
  std::vector<ByteRange> ranges;
  for (const auto& [name, raw] : events.entries) {
    auto entry = finish_entry(file_name, name, raw, data_bytes);
    if (!entry) return entry.error();
    const auto placed = parsed.entries.emplace(name, std::move(entry).value()).first;
    ranges.push_back(
        {placed->second.begin, placed->second.begin + placed->second.view.bytes, &placed->first});
  }
  if (auto covered = check_ranges(file_name, std::move(ranges), data_bytes); !covered) return covered.error();
  return parsed;
}

}  // namespace radfm::model
