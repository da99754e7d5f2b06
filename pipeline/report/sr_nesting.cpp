// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/sr_nesting.h"

#include <array>
#include <string_view>

namespace radfm::report {
namespace {

constexpr std::uint32_t undefined_length = 0xFFFFFFFF;
constexpr std::uint32_t item_tag = 0xFFFEE000, item_end_tag = 0xFFFEE00D, sequence_end_tag = 0xFFFEE0DD;
constexpr std::size_t preamble_bytes = 132;  // with "DICM"

struct Element {
  std::uint32_t tag = 0;
  std::uint32_t length = 0;
  std::size_t value_at = 0;
  bool is_sequence = false;
};

class Walk {
 public:
  explicit Walk(const std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}

  bool run(int nesting_max) {
    if (!skip_meta_header()) return false;
    while (at_ < bytes_.size()) {
      close_full_levels();
      if (!step()) return false;
      if (levels_.size() > 2 * static_cast<std::size_t>(nesting_max)) return false;
    }
    close_full_levels();
    return levels_.empty();
  }

 private:
  struct Level {
    std::size_t end;  // 0: undefined length
  };

  std::uint32_t u16(std::size_t at) const { return bytes_[at] | static_cast<std::uint32_t>(bytes_[at + 1]) << 8; }
  std::uint32_t u32(std::size_t at) const { return u16(at) | u16(at + 2) << 16; }

  bool read_element(bool explicit_vr, Element* element) const {
    if (bytes_.size() - at_ < 8) return false;
    element->tag = u16(at_) << 16 | u16(at_ + 2);
    element->length = u32(at_ + 4);
    element->value_at = at_ + 8;
    if ((element->tag >> 16) == 0xFFFE) return true;
    bool unknown = !explicit_vr;
    if (explicit_vr) {
      const std::array<char, 2> letters = {static_cast<char>(bytes_[at_ + 4]), static_cast<char>(bytes_[at_ + 5])};
      const std::string_view vr(letters.data(), 2);
      constexpr std::string_view long_form = "OB OD OF OL OV OW SQ SV UC UN UR UT UV ";
      if (long_form.find(vr) != std::string_view::npos) {
        if (bytes_.size() - at_ < 12) return false;
        element->length = u32(at_ + 8);
        element->value_at = at_ + 12;
      } else {
        element->length = u16(at_ + 6);
      }
      element->is_sequence = vr == "SQ";
      unknown = vr == "UN";
    }
    const bool starts_with_item = bytes_.size() - element->value_at >= 8 && element->length >= 8 &&
                                  u16(element->value_at) == 0xFFFE && u16(element->value_at + 2) == 0xE000;
    element->is_sequence |= element->length == undefined_length || (unknown && starts_with_item);
    return true;
  }

  // Group 0002 is always explicit VR little endian and never nested; it names the rest's transfer syntax.
  bool skip_meta_header() {
    if (bytes_.size() < preamble_bytes) return false;
    at_ = preamble_bytes;
    Element element;
    while (bytes_.size() - at_ >= 8 && u16(at_) == 0x0002) {
      if (!read_element(true, &element) || element.is_sequence || !fits(element)) return false;
      const std::string_view value(reinterpret_cast<const char*>(bytes_.data()) + element.value_at, element.length);
      if (element.tag == 0x00020010) {
        const std::string_view uid = value.substr(0, value.find_last_not_of(std::string_view("\0 ", 2)) + 1);
        explicit_vr_ = uid == "1.2.840.10008.1.2.1";
        if (!explicit_vr_ && uid != "1.2.840.10008.1.2") return false;
      }
      at_ = element.value_at + element.length;
    }
    return true;
  }

  bool fits(const Element& element) const { return element.length <= bytes_.size() - element.value_at; }

  void close_full_levels() {
    while (!levels_.empty() && levels_.back().end != 0 && at_ >= levels_.back().end) levels_.pop_back();
  }

  bool step() {
    if (at_ == bytes_.size()) return true;
    Element element;
    if (!read_element(explicit_vr_, &element)) return false;
    at_ = element.value_at;
    if (element.tag == item_end_tag || element.tag == sequence_end_tag) {
      if (levels_.empty()) return false;
      levels_.pop_back();
      return true;
    }
    const bool undefined = element.length == undefined_length;
    if (!undefined && !fits(element)) return false;
    if (element.tag == item_tag || element.is_sequence) {
      if (undefined || element.length > 0) levels_.push_back({undefined ? 0 : at_ + element.length});
    } else {
      at_ += element.length;
    }
    return true;
  }

  const std::vector<std::uint8_t>& bytes_;
  std::size_t at_ = 0;
  bool explicit_vr_ = true;
  std::vector<Level> levels_;
};

}  // namespace

bool is_safely_nested(const std::vector<std::uint8_t>& bytes, int nesting_max) {
  return Walk(bytes).run(nesting_max);
}

}  // namespace radfm::report
