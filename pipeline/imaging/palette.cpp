// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/palette.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcitem.h>

#include <algorithm>

#include "pipeline/imaging/element_text.h"

namespace radfm::imaging {
namespace {

enum Opcode : std::uint16_t { discrete = 0, linear = 1, indirect = 2 };

struct TableTags {
  DcmTagKey descriptor, data, segmented;
};
const TableTags table_tags[3] = {
    {DCM_RedPaletteColorLookupTableDescriptor, DCM_RedPaletteColorLookupTableData,
     DCM_SegmentedRedPaletteColorLookupTableData},
    {DCM_GreenPaletteColorLookupTableDescriptor, DCM_GreenPaletteColorLookupTableData,
     DCM_SegmentedGreenPaletteColorLookupTableData},
    {DCM_BluePaletteColorLookupTableDescriptor, DCM_BluePaletteColorLookupTableData,
     DCM_SegmentedBluePaletteColorLookupTableData},
};

Error broken_palette() {
  return permanent_error("broken", "a colour table of the image is missing or damaged; send the image again");
}

class Expansion {
 public:
  Expansion(std::span<const std::uint16_t> units, std::size_t count, int unit_bytes)
      : units_(units), count_(count), unit_bytes_(static_cast<std::size_t>(unit_bytes)) {}

  Result<std::vector<std::uint16_t>> run() {
    std::size_t at = 0;
    while (at < units_.size()) {
      if (units_.size() - at == 1 && units_[at] == 0) break;  // padding to an even length
      const bool good = units_[at] == indirect ? repeat(at) : segment(at);
      if (!good) return broken_palette();
    }
    if (entries_.size() != count_) return broken_palette();
    return std::move(entries_);
  }

 private:
  // Opcode, length, then the values (discrete) or the last value (linear: a straight line from the last one).
  bool segment(std::size_t& at) {
    if (units_.size() - at < 3) return false;
    const std::uint16_t opcode = units_[at];
    const std::size_t length = units_[at + 1];
    at += 2;
    if (length == 0 || length > count_ - entries_.size()) return false;
    if (opcode == discrete) {
      if (length > units_.size() - at) return false;
      entries_.insert(entries_.end(), units_.begin() + static_cast<std::ptrdiff_t>(at),
                      units_.begin() + static_cast<std::ptrdiff_t>(at + length));
      at += length;
      return true;
    }
    if (opcode != linear || entries_.empty()) return false;
    const double from = entries_.back(), step = (units_[at] - from) / static_cast<double>(length);
    for (std::size_t i = 1; i <= length; ++i) {
      entries_.push_back(static_cast<std::uint16_t>(from + step * static_cast<double>(i) + 0.5));
    }
    ++at;
    return true;
  }

  // Opcode, how many segments to copy, then the byte offset of the first in four bytes, the lowest ahead.
  bool repeat(std::size_t& at) {
    const std::size_t offset_units = 4 / unit_bytes_;
    if (units_.size() - at < 2 + offset_units) return false;
    const std::size_t segments = units_[at + 1];
    std::size_t offset = 0;
    for (std::size_t i = 0; i < offset_units; ++i) {
      offset |= static_cast<std::size_t>(units_[at + 2 + i]) << (8 * unit_bytes_ * i);
    }
    if (offset % unit_bytes_ != 0) return false;
    std::size_t from = offset / unit_bytes_;
    for (std::size_t i = 0; i < segments; ++i) {
      if (from >= at || units_[from] == indirect || !segment(from)) return false;
    }
    at += 2 + offset_units;
    return true;
  }

  std::span<const std::uint16_t> units_;
  const std::size_t count_, unit_bytes_;
  std::vector<std::uint16_t> entries_;
};

// Two entries of 8 bits out of each word, the lower byte ahead.
std::vector<std::uint16_t> bytes_of(const std::vector<std::uint16_t>& words) {
  std::vector<std::uint16_t> bytes;
  bytes.reserve(words.size() * 2);
  for (const unsigned word : words) {
    bytes.push_back(static_cast<std::uint16_t>(word & 0xFF));
    bytes.push_back(static_cast<std::uint16_t>(word >> 8));
  }
  return bytes;
}

Result<std::vector<std::uint16_t>> plain_entries(std::vector<std::uint16_t> words, std::size_t count,
                                                 int bits) {
  if (words.size() < count && bits <= 8) words = bytes_of(words);
  if (words.size() < count) return broken_palette();
  words.resize(count);
  return words;
}

Result<std::vector<std::uint16_t>> segmented_entries(const std::vector<std::uint16_t>& words,
                                                     std::size_t count, int bits) {
  return bits <= 8 ? expand_segments(bytes_of(words), count, 1) : expand_segments(words, count, 2);
}

Result<PaletteTable> read_table(DcmItem& data_set, const TableTags& tags, bool is_signed) {
  const auto descriptor = words_of(data_set, tags.descriptor);  // entries (0: 65536), first mapped, bits
  if (descriptor.size() != 3) return broken_palette();
  const std::size_t count = descriptor[0] == 0 ? palette_entries_max : descriptor[0];
  PaletteTable table;
  table.first_mapped = is_signed ? static_cast<std::int16_t>(descriptor[1]) : descriptor[1];
  table.bits = descriptor[2] <= 8 ? 8 : 16;
  const auto segmented = words_of(data_set, tags.segmented);
  auto entries = segmented.empty() ? plain_entries(words_of(data_set, tags.data), count, descriptor[2])
                                   : segmented_entries(segmented, count, descriptor[2]);
  if (!entries) return entries.error();
  table.entries = std::move(*entries);
  return table;
}

// Some writers say 16 bits and use 8 of them: the picture would be black.
void correct_depth(Palette& palette) {
  const bool dark = std::all_of(palette.begin(), palette.end(), [](const PaletteTable& table) {
    return std::all_of(table.entries.begin(), table.entries.end(), [](std::uint16_t e) { return e < 256; });
  });
  if (!dark) return;
  for (auto& table : palette) table.bits = 8;
}

}  // namespace

std::uint8_t PaletteTable::at(std::int32_t stored) const {
  const std::int64_t index = std::clamp<std::int64_t>(std::int64_t{stored} - first_mapped, 0,
                                                      static_cast<std::int64_t>(entries.size()) - 1);
  const unsigned entry = entries[static_cast<std::size_t>(index)];
  return static_cast<std::uint8_t>(bits == 8 ? std::min(entry, 255U) : entry >> 8);
}

Result<std::vector<std::uint16_t>> expand_segments(std::span<const std::uint16_t> units, std::size_t count,
                                                   int unit_bytes) {
  return Expansion(units, count, unit_bytes).run();
}

Result<Palette> read_palette(DcmItem& data_set) {
  const bool is_signed = integer_of(data_set, DCM_PixelRepresentation).value_or(0) == 1;
  Palette palette;
  for (std::size_t i = 0; i < palette.size(); ++i) {
    auto table = read_table(data_set, table_tags[i], is_signed);
    if (!table) return table.error();
    palette[i] = std::move(*table);
  }
  correct_depth(palette);
  return palette;
}

}  // namespace radfm::imaging
