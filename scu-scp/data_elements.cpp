// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/data_elements.h"

#include <algorithm>
#include <array>
#include <vector>

namespace radfm::scu {
namespace {

constexpr std::uint32_t pixel_data = 0x7FE00010, item = 0xFFFEE000, item_end = 0xFFFEE00D,
                        sequence_end = 0xFFFEE0DD;
constexpr std::uint32_t undefined_length = 0xFFFFFFFF;

// In implicit VR a sequence of a defined length is not told from other values: all but these are passed over
// as values.
constexpr bool is_known_sequence(std::uint32_t tag) {
  return tag == 0x00081115 || tag == 0x00081198 ||
         tag == 0x00081199;  // Referenced Series, Failed SOP, Referenced SOP
}

// A sequence or one of its items that the walk is inside of.
struct Level {
  std::uint32_t sequence;
  bool is_item;
  bool has_end;
  std::size_t end;
  Encoding encoding;
};

struct Header {
  std::uint32_t tag = 0;
  std::array<char, 2> vr{};
  std::uint32_t length = 0;
  bool is(std::string_view name) const { return vr[0] == name[0] && vr[1] == name[1]; }
};

class Walk {
 public:
  Walk(std::span<const std::uint8_t> bytes, Encoding encoding,
       const std::function<bool(const DataElement&)>& visit)
      : bytes_(bytes), encoding_(encoding), visit_(visit) {}

  Status run() {
    while (!stopped_) {
      leave_finished();
      if (levels_.empty() && at_ == bytes_.size()) return {};
      if (!step())
        return permanent_error("data_set_not_readable",
                               std::string("a data set from a peer is broken: ") + why_);
    }
    return {};
  }

 private:
  bool broken(const char* why) {
    why_ = why;
    return false;
  }

  void leave_finished() {
    while (!levels_.empty() && levels_.back().has_end && at_ == levels_.back().end) levels_.pop_back();
  }

  std::size_t end() const {
    for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
      if (level->has_end) return level->end;
    }
    return bytes_.size();
  }

  std::uint32_t number(std::size_t at, int bytes) const {
    std::uint32_t value = 0;
    for (int i = bytes - 1; i >= 0; --i) value = value << 8 | bytes_[at + static_cast<std::size_t>(i)];
    return value;
  }

  bool read_header(Header& header) {
    if (end() - at_ < 8) return broken("it ends inside an element's header");
    header.tag = number(at_, 2) << 16 | number(at_ + 2, 2);
    const Encoding encoding = levels_.empty() ? encoding_ : levels_.back().encoding;
    if (encoding == Encoding::implicit_little || header.tag >> 16 == 0xFFFE) {
      header.length = number(at_ + 4, 4);
      at_ += 8;
      return true;
    }
    header.vr = {static_cast<char>(bytes_[at_ + 4]), static_cast<char>(bytes_[at_ + 5])};
    // PS3.5 7.1.2: these have two reserved bytes and a length of 32 bits.
    static constexpr std::string_view long_vrs[] = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                                    "SV", "UC", "UN", "UR", "UT", "UV"};
    if (std::none_of(std::begin(long_vrs), std::end(long_vrs),
                     [&](std::string_view vr) { return header.is(vr); })) {
      header.length = number(at_ + 6, 2);
      at_ += 8;
      return true;
    }
    if (end() - at_ < 12) return broken("it ends inside an element's header");
    header.length = number(at_ + 8, 4);
    at_ += 12;
    return true;
  }

  bool step() {
    Header header;
    if (!read_header(header)) return false;
    if (header.length != undefined_length && header.length > end() - at_)
      return broken("an element is longer than what holds it");
    const bool in_sequence = !levels_.empty() && !levels_.back().is_item;
    if (in_sequence) return step_in_sequence(header);
    if (header.tag == item_end) {
      if (levels_.empty() || levels_.back().has_end || header.length != 0)
        return broken("an item ends that has not begun");
      levels_.pop_back();
      return true;
    }
    if (header.tag >> 16 == 0xFFFE) return broken("an item stands outside a sequence");
    if (header.tag == pixel_data && levels_.empty()) {
      stopped_ = true;
      return true;
    }
    // PS3.5 6.2.2: UN of undefined length is a sequence in implicit VR.
    if (header.is("SQ") || header.length == undefined_length || is_known_sequence(header.tag))
      return enter_sequence(header);
    const std::size_t depth = static_cast<std::size_t>(
        std::count_if(levels_.begin(), levels_.end(), [](const Level& l) { return !l.is_item; }));
    stopped_ = !visit_({header.tag, levels_.empty() ? 0 : levels_.back().sequence, depth,
                        bytes_.subspan(at_, header.length)});
    at_ += header.length;
    return true;
  }

  bool step_in_sequence(const Header& header) {
    if (header.tag == sequence_end) {
      if (levels_.back().has_end || header.length != 0) return broken("a sequence ends twice");
      levels_.pop_back();
      return true;
    }
    if (header.tag != item) return broken("a sequence holds something other than items");
    push(levels_.back().sequence, true, header.length, levels_.back().encoding);
    return true;
  }

  bool enter_sequence(const Header& header) {
    if (levels_.size() >= 2 * nesting_depth_max) return broken("sequences nest too deep");
    const Encoding outer = levels_.empty() ? encoding_ : levels_.back().encoding;
    push(header.tag, false, header.length, header.is("UN") ? Encoding::implicit_little : outer);
    return true;
  }

  void push(std::uint32_t sequence, bool is_item, std::uint32_t length, Encoding encoding) {
    const bool has_end = length != undefined_length;
    levels_.push_back({sequence, is_item, has_end, has_end ? at_ + length : 0, encoding});
  }

  const std::span<const std::uint8_t> bytes_;
  const Encoding encoding_;
  const std::function<bool(const DataElement&)>& visit_;
  std::vector<Level> levels_;
  std::size_t at_ = 0;
  bool stopped_ = false;
  const char* why_ = "";
};

}  // namespace

std::optional<Encoding> encoding_of(std::string_view transfer_syntax_uid) {
  if (transfer_syntax_uid == "1.2.840.10008.1.2") return Encoding::implicit_little;
  if (transfer_syntax_uid == "1.2.840.10008.1.2.2" || transfer_syntax_uid == "1.2.840.10008.1.2.1.99")
    return std::nullopt;
  return Encoding::explicit_little;
}

Status walk_elements(std::span<const std::uint8_t> bytes, Encoding encoding,
                     const std::function<bool(const DataElement&)>& visit) {
  return Walk(bytes, encoding, visit).run();
}

std::string text_of(const DataElement& element) {
  std::string text(element.value.begin(), element.value.end());
  text.erase(text.find_last_not_of(std::string_view(" \0", 2)) + 1);
  return text;
}

}  // namespace radfm::scu
