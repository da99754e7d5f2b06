// SPDX-License-Identifier: Apache-2.0
#include "worker/same_data_set.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace radfm::worker {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint32_t undefined_length = 0xFFFFFFFF;
constexpr std::uint32_t item_tag = 0xFFFEE000, item_end_tag = 0xFFFEE00D, sequence_end_tag = 0xFFFEE0DD;
constexpr std::uint32_t trailing_padding_tag = 0xFFFCFFFC;

struct Header {
  std::uint32_t tag = 0, length = 0;
  bool is_sequence = false;  // known in explicit VR only
};

std::uint32_t u16(Bytes at) { return at[0] | std::uint32_t(at[1]) << 8; }
std::uint32_t u32(Bytes at) { return u16(at) | u16(at.subspan(2)) << 16; }

bool has_long_length(std::string_view vr) {  // PS3.5 7.1.2
  static constexpr std::array<std::string_view, 13> names = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                                             "SV", "UC", "UN", "UR", "UT", "UV"};
  return std::ranges::find(names, vr) != names.end();
}

// One side of the comparison: bytes that are read from the front.
class Side {
 public:
  Side(Bytes bytes, bool implicit) : rest_(bytes), implicit_(implicit) {}

  bool at_end() const { return rest_.empty(); }

  std::optional<Header> header() {
    if (rest_.size() < 8) return std::nullopt;
    Header header;
    header.tag = u16(rest_) << 16 | u16(rest_.subspan(2));
    std::size_t size = 8;
    if (implicit_ || header.tag >> 16 == 0xFFFE) {
      header.length = u32(rest_.subspan(4));
    } else {
      const std::string_view vr(reinterpret_cast<const char*>(rest_.data()) + 4, 2);
      header.is_sequence = vr == "SQ";
      if (has_long_length(vr)) size = 12;
      if (rest_.size() < size) return std::nullopt;
      header.length = size == 12 ? u32(rest_.subspan(8)) : u16(rest_.subspan(6));
    }
    rest_ = rest_.subspan(size);
    return header;
  }
  // The next element that says something; nothing at the end, or where the item that is read ends.
  std::optional<Header> element() {
    for (;;) {
      const Side before = *this;
      const std::optional<Header> found = header();
      if (!found) return std::nullopt;
      if (found->tag == item_end_tag) {
        *this = before;
        return std::nullopt;
      }
      const bool says_nothing = (found->tag & 0xFFFF) == 0 || found->tag == trailing_padding_tag;
      if (!says_nothing) return found;
      if (!take(found->length)) return std::nullopt;
    }
  }
  std::optional<Bytes> take(std::uint32_t length) {
    if (length == undefined_length || length > rest_.size()) return std::nullopt;
    const Bytes taken = rest_.first(length);
    rest_ = rest_.subspan(length);
    return taken;
  }
  // What a sequence or an item of that length holds; of an undefined length: all that is left, with its end still to be found.
  std::optional<Side> inside(std::uint32_t length) {
    if (length == undefined_length) return Side(rest_, implicit_);
    const std::optional<Bytes> held = take(length);
    return held ? std::optional(Side(*held, implicit_)) : std::nullopt;
  }
  // After inside(): goes on behind what `inner` has read, and its delimiter.
  bool leave(const Side& inner, std::uint32_t length, std::uint32_t delimiter) {
    if (length != undefined_length) return inner.at_end();
    rest_ = inner.rest_;
    const std::optional<Header> end = header();
    return end && end->tag == delimiter && end->length == 0;
  }
  // The next item of a sequence; nothing at its end.
  std::optional<Header> item() {
    if (at_end()) return std::nullopt;
    const Side before = *this;
    const std::optional<Header> found = header();
    if (found && found->tag == item_tag) return found;
    *this = before;
    return std::nullopt;
  }

 private:
  Bytes rest_;
  bool implicit_;
};

bool same_items(Side& ours, Side& theirs, int depth);

bool same_sequence(Side& ours, const Header& our_header, Side& theirs, const Header& their_header, int depth) {
  if (depth > compared_depth_max) return false;
  std::optional<Side> a = ours.inside(our_header.length), b = theirs.inside(their_header.length);
  if (!a || !b) return false;
  for (;;) {
    const std::optional<Header> item_a = a->item(), item_b = b->item();
    if (item_a.has_value() != item_b.has_value()) return false;
    if (!item_a) break;
    std::optional<Side> in_a = a->inside(item_a->length), in_b = b->inside(item_b->length);
    if (!in_a || !in_b || !same_items(*in_a, *in_b, depth)) return false;
    if (!a->leave(*in_a, item_a->length, item_end_tag) || !b->leave(*in_b, item_b->length, item_end_tag)) return false;
  }
  return ours.leave(*a, our_header.length, sequence_end_tag) && theirs.leave(*b, their_header.length, sequence_end_tag);
}

// The elements of a data set or of an item, up to its end.
bool same_items(Side& ours, Side& theirs, int depth) {
  for (;;) {
    const std::optional<Header> a = ours.element(), b = theirs.element();
    if (a.has_value() != b.has_value()) return false;
    if (!a) return true;
    if (a->tag != b->tag) return false;
    if (a->is_sequence) {
      if (!same_sequence(ours, *a, theirs, *b, depth + 1)) return false;
      continue;
    }
    const std::optional<Bytes> value_a = ours.take(a->length), value_b = theirs.take(b->length);
    if (!value_a || !value_b || !std::ranges::equal(*value_a, *value_b)) return false;
  }
}

}  // namespace

bool same_data_set(std::span<const std::uint8_t> ours, std::span<const std::uint8_t> theirs, bool theirs_implicit) {
  Side a(ours, false), b(theirs, theirs_implicit);
  return same_items(a, b, 0) && a.at_end() && b.at_end();
}

}  // namespace radfm::worker
