// SPDX-License-Identifier: Apache-2.0
#include "worker/same_data_set.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace radfm::worker {
namespace {

struct Element {
  std::uint32_t tag;
  std::string vr, value{};
  std::vector<std::vector<Element>> items{};
};

struct Way {
  bool implicit = false, undefined_lengths = false;
};

void put(std::string& out, std::uint32_t number, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i) & 0xFF);
}
void put_tag(std::string& out, std::uint32_t tag) {
  put(out, tag >> 16, 2);
  put(out, tag & 0xFFFF, 2);
}

std::string written(const std::vector<Element>& elements, Way way) {
  std::string out;
  for (const Element& element : elements) {
    const bool is_sequence = element.vr == "SQ", is_long = is_sequence || element.vr == "OB" || element.vr == "UT";
    std::string value = element.value;
    for (const auto& item : element.items) {
      const std::string held = written(item, way);
      put_tag(value, 0xFFFEE000);
      put(value, way.undefined_lengths ? 0xFFFFFFFF : static_cast<std::uint32_t>(held.size()), 4);
      value += held;
      if (!way.undefined_lengths) continue;
      put_tag(value, 0xFFFEE00D);
      put(value, 0, 4);
    }
    const bool undefined = is_sequence && way.undefined_lengths;
    const std::uint32_t length = undefined ? 0xFFFFFFFF : static_cast<std::uint32_t>(value.size());
    put_tag(out, element.tag);
    if (!way.implicit) out += element.vr;
    if (!way.implicit && is_long) put(out, 0, 2);
    put(out, length, way.implicit || is_long ? 4 : 2);
    out += value;
    if (!undefined) continue;
    put_tag(out, 0xFFFEE0DD);
    put(out, 0, 4);
  }
  return out;
}

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

std::vector<Element> report() {
  const std::vector<Element> child = {{0x0040A040, "CS", "TEXT"}, {0x0040A160, "UT", "No finding"}, {0x0040A730, "SQ", "", {}}};
  return {{0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.88.11"},
          {0x00080060, "CS", "SR"},
          {0x0040A730, "SQ", "", {child, {{0x0040A040, "CS", "CODE"}, {0x0040A168, "SQ", "", {{{0x00080100, "SH", "A"}}}}}}},
          {0x00420011, "OB", std::string("\0\1\2\3", 4)}};
}

bool same(const std::vector<Element>& theirs, Way way) {
  return same_data_set(bytes_of(written(report(), {})), bytes_of(written(theirs, way)), way.implicit);
}

TEST(SameDataSet, HoweverItIsWritten) {
  // Aim: what an archive may change in writing an object anew: VR, the kind of lengths, group lengths, padding at the end.
  for (const bool implicit : {false, true}) {
    for (const bool undefined : {false, true}) EXPECT_TRUE(same(report(), {implicit, undefined})) << implicit << undefined;
  }
  std::vector<Element> padded = report();
  padded.insert(padded.begin(), {0x00080000, "UL", std::string("\x10\0\0\0", 4)});
  padded.push_back({0xFFFCFFFC, "OB", std::string(20, '\0')});
  EXPECT_TRUE(same(padded, {}));
  const std::string undefined_ours = written(report(), {false, true});
  EXPECT_TRUE(same_data_set(bytes_of(undefined_ours), bytes_of(written(report(), {true, false})), true));
}

TEST(SameDataSet, AnyOtherContentIsAnother) {
  // Aim: one value, one tag, one element more or less, one item more or less, at the top and deep inside; in each way of writing.
  const std::vector<std::function<void(std::vector<Element>&)>> changes = {
      [](auto& all) { all[1].value = "CT"; },
      [](auto& all) { all[1].value = "SR  "; },
      [](auto& all) { all[1].tag = 0x00080061; },
      [](auto& all) { all.pop_back(); },
      [](auto& all) { all.push_back({0x00420012, "LO", "more"}); },
      [](auto& all) { all[2].items.pop_back(); },
      [](auto& all) { all[2].items.push_back({}); },
      [](auto& all) { all[2].items[0][1].value = "A finding!"; },
      [](auto& all) { all[2].items[0].pop_back(); },
      [](auto& all) { all[2].items[1][1].items[0][0].value = "B"; },
      [](auto& all) { std::swap(all[2].items[0], all[2].items[1]); }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    std::vector<Element> theirs = report();
    changes[i](theirs);
    for (const Way way : {Way{false, false}, Way{false, true}, Way{true, false}, Way{true, true}}) EXPECT_FALSE(same(theirs, way)) << i;
  }
}

TEST(SameDataSet, HalfOfItIsAnother) {
  // Aim: hostile bytes: every prefix, and every byte changed; nothing is read beyond the end (the sanitizers see it).
  for (const Way way : {Way{false, true}, Way{true, false}}) {
    const std::string whole = written(report(), way);
    const std::vector<std::uint8_t> ours = bytes_of(written(report(), {}));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(same_data_set(ours, bytes_of(whole.substr(0, size)), way.implicit)) << size;
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ 0xFF);
      same_data_set(ours, bytes_of(changed), way.implicit);
    }
  }
}

TEST(SameDataSet, NestingHasALimit) {
  // Aim: the limit, and one past it.
  std::vector<Element> nested = {{0x00080060, "CS", "SR"}};
  for (int depth = 1; depth <= compared_depth_max; ++depth) nested = {{0x0040A730, "SQ", "", {nested}}};
  EXPECT_TRUE(same_data_set(bytes_of(written(nested, {})), bytes_of(written(nested, {})), false));
  nested = {{0x0040A730, "SQ", "", {nested}}};
  EXPECT_FALSE(same_data_set(bytes_of(written(nested, {})), bytes_of(written(nested, {})), false));
}

}  // namespace
}  // namespace radfm::worker
