// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/grey_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace radfm::imaging {

static_assert(std::endian::native == std::endian::little, "a word's lowest byte is the first pixel");

// The same operations in the same order on each machine; those with wider vectors do more of them at once. Not under the
// sanitizers, which cannot follow the choice at load time.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define RADFM_WIDER_VECTORS __attribute__((target_clones("avx2", "default")))
#else
#define RADFM_WIDER_VECTORS
#endif

// On plain arrays and copies of the numbers: bytes that are written might else be any of them, to the compiler.
RADFM_WIDER_VECTORS
void show_values(const float* values, std::size_t count, double factor, double offset, const ShownInterval& interval,
                 std::uint8_t* shown) {
  const double low = interval.low, high = interval.high;
  for (std::size_t i = 0; i < count; ++i) shown[i] = rounded_to_8_bits(scaled_to_255(values[i] * factor + offset, low, high));
}

namespace {

// Not std::minmax_element, which compilers do not turn into vectors.
RADFM_WIDER_VECTORS
std::pair<std::int32_t, std::int32_t> lowest_and_highest(const std::int32_t* values, std::size_t count) {
  std::int32_t lowest = values[0], highest = values[0];
  for (std::size_t i = 1; i < count; ++i) {
    lowest = values[i] < lowest ? values[i] : lowest;
    highest = values[i] > highest ? values[i] : highest;
  }
  return {lowest, highest};
}

}  // namespace

void GreyTable::look_up(const std::vector<std::int32_t>& stored, std::uint8_t* shown_pixels) const {
  const std::uint8_t* const table = shown.data();
  const std::int32_t* const values = stored.data();
  const std::int64_t first = lowest;
  const std::size_t count = stored.size();
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {  // eight pixels are written as one word: half the time of one by one
    std::uint64_t word = 0;
    for (unsigned k = 0; k < 8; ++k) word |= std::uint64_t{table[values[i + k] - first]} << 8 * k;
    std::memcpy(shown_pixels + i, &word, 8);
  }
  for (; i < count; ++i) shown_pixels[i] = table[values[i] - first];
}

std::optional<GreyTable> grey_table(const StoredPixels& stored, const GreyScale& grey, const ShownInterval& interval) {
  if (stored.has_reals() || stored.values.empty()) return std::nullopt;
  const auto [lowest, highest] = lowest_and_highest(stored.values.data(), stored.values.size());
  const std::int64_t entries = std::int64_t{highest} - lowest + 1;
  if (entries > static_cast<std::int64_t>(stored.values.size())) return std::nullopt;
  StoredPixels each;
  each.values = std::vector<std::int32_t>(static_cast<std::size_t>(entries));
  for (std::size_t i = 0; i < each.values.size(); ++i) each.values[i] = static_cast<std::int32_t>(lowest + static_cast<std::int64_t>(i));
  GreyTable table{lowest, modality_pixels(each, grey), std::vector<std::uint8_t>(each.values.size())};
  show_values(table.modality.values.data(), table.shown.size(), 1, 0, interval, table.shown.data());
  for (std::size_t i = 0; i < table.shown.size(); ++i) {
    if (table.is_padding(i)) table.shown[i] = 0;
  }
  return table;
}

}  // namespace radfm::imaging
