// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/grey_table.h"

#include <algorithm>

namespace radfm::imaging {

// On plain arrays and copies of the numbers: bytes that are written might else be any of them, to the compiler. The same
// operations in the same order on each machine; those with wider vectors do more of them at once.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
__attribute__((target_clones("avx2", "default")))
#endif
void show_values(const float* values, std::size_t count, double factor, double offset, const ShownInterval& interval,
                 std::uint8_t* shown) {
  const double low = interval.low, high = interval.high;
  for (std::size_t i = 0; i < count; ++i) shown[i] = rounded_to_8_bits(scaled_to_255(values[i] * factor + offset, low, high));
}

void GreyTable::look_up(const std::vector<std::int32_t>& stored, std::uint8_t* shown_pixels) const {
  const std::uint8_t* const table = shown.data();
  const std::int32_t* const values = stored.data();
  const std::int64_t first = lowest;
  const std::size_t count = stored.size();
  for (std::size_t i = 0; i < count; ++i) shown_pixels[i] = table[values[i] - first];
}

std::optional<GreyTable> grey_table(const StoredPixels& stored, const GreyScale& grey, const ShownInterval& interval) {
  if (stored.has_reals() || stored.values.empty()) return std::nullopt;
  std::int32_t lowest = stored.values.front(), highest = lowest;
  for (const std::int32_t value : stored.values) {  // not std::minmax_element, which compilers do not turn into vectors
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
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
