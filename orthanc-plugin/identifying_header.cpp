// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/identifying_header.h"

#include <string_view>

namespace radfm::plugin {
namespace {

constexpr std::size_t preamble_bytes = 128;
constexpr std::uint32_t undefined_length = 0xFFFFFFFF;
constexpr std::uint32_t transfer_syntax_tag = 0x00020010, sop_instance_tag = 0x00080018, patient_id_tag = 0x00100020,
                        study_instance_tag = 0x0020000D, series_instance_tag = 0x0020000E;
constexpr std::uint32_t item_tag = 0xFFFEE000, item_end_tag = 0xFFFEE00D, sequence_end_tag = 0xFFFEE0DD;

constexpr std::string_view implicit_little_endian = "1.2.840.10008.1.2";
constexpr std::string_view unreadable_syntaxes[] = {"1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95",
                                                    "1.2.840.10008.1.2.8.1"};  // big endian; deflated

struct Element {
  std::uint32_t tag = 0, length = 0;
};

class Walk {
 public:
  explicit Walk(std::span<const std::uint8_t> file) : bytes_(file) {}

  std::optional<IdentifyingHeader> run() {
    if (bytes_.size() < preamble_bytes + 4 || text(preamble_bytes, 4) != "DICM") return std::nullopt;
    at_ = preamble_bytes + 4;
    if (!read_meta()) return std::nullopt;
    while (!complete_)
      if (!step()) return std::nullopt;
    if (found_.study_instance_uid.empty() || found_.series_instance_uid.empty() || found_.sop_instance_uid.empty()) return std::nullopt;
    return std::move(found_);
  }

 private:
  // The file meta information, always explicit; at_ stands before the data set then.
  bool read_meta() {
    std::string_view syntax;
    while (left() >= 4 && u16(at_) == 0x0002) {
      const auto element = next();
      if (!element || element->length > left()) return false;
      if (element->tag == transfer_syntax_tag) syntax = value(element->length);
      at_ += element->length;
    }
    for (const std::string_view unreadable : unreadable_syntaxes)
      if (syntax == unreadable) return false;
    implicit_ = syntax == implicit_little_endian;
    return !syntax.empty();
  }

  // One element of the data set or of a sequence in it. False: it cannot be gone on.
  bool step() {
    if (left() < 4) return false;
    if (depth_ == 0 && tag(at_) > series_instance_tag) return complete_ = true;
    const auto element = next();
    if (!element) return false;
    if (element->tag == item_end_tag || element->tag == sequence_end_tag) return --depth_ >= 0;
    if (element->tag == item_tag && depth_ == 0) return false;
    if (element->length == undefined_length) return ++depth_ <= header_nesting_max;
    if (element->length > left()) return false;
    if (depth_ == 0 && !take(*element)) return false;
    at_ += element->length;
    return true;
  }

  // An element's head (PS3.5 7.1.2, 7.1.3); at_ stands before its value then.
  std::optional<Element> next() {
    if (left() < 8 || ++elements_ > header_elements_max) return std::nullopt;
    Element element{tag(at_), u32(at_ + 4)};
    const bool delimits = element.tag >> 16 == 0xFFFE;
    const std::string_view vr = text(at_ + 4, 2);
    at_ += 8;
    if (implicit_ || delimits) return element;
    if (!has_long_head(vr)) {
      element.length = u16(at_ - 2);
      return element;
    }
    if (left() < 4) return std::nullopt;
    element.length = u32(at_);
    at_ += 4;
    // PS3.5 6.2.2: inside of such a one all is implicit; the caller has another way.
    if (element.length == undefined_length && vr != "SQ") return std::nullopt;
    return element;
  }

  // Remembers what is looked for. False: the elements do not ascend, or the value cannot be an identifier.
  bool take(const Element& element) {
    if (element.tag <= last_tag_) return false;
    last_tag_ = element.tag;
    std::string* const wanted = place_of(element.tag);
    if (wanted == nullptr) return true;
    if (element.length > header_value_bytes_max) return false;
    *wanted = value(element.length);
    return true;
  }

  std::string* place_of(std::uint32_t tag) {
    switch (tag) {
      case sop_instance_tag:
        return &found_.sop_instance_uid;
      case patient_id_tag:
        return &found_.patient_id;
      case study_instance_tag:
        return &found_.study_instance_uid;
      case series_instance_tag:
        return &found_.series_instance_uid;
      default:
        return nullptr;
    }
  }

  static bool has_long_head(std::string_view vr) {
    static constexpr std::string_view short_heads = "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US ";
    for (std::size_t i = 0; i < short_heads.size(); i += 3)
      if (short_heads.substr(i, 2) == vr) return false;
    return true;
  }

  // The next bytes as text, without blanks around and zeros behind.
  std::string_view value(std::size_t length) const {
    std::string_view whole = text(at_, length);
    while (!whole.empty() && (whole.back() == '\0' || whole.back() == ' ')) whole.remove_suffix(1);
    while (!whole.empty() && whole.front() == ' ') whole.remove_prefix(1);
    return whole;
  }

  std::size_t left() const { return bytes_.size() - at_; }
  std::string_view text(std::size_t at, std::size_t length) const {
    return {reinterpret_cast<const char*>(bytes_.data()) + at, length};
  }
  std::uint32_t u16(std::size_t at) const { return static_cast<std::uint32_t>(bytes_[at] | bytes_[at + 1] << 8); }
  std::uint32_t u32(std::size_t at) const { return u16(at) | u16(at + 2) << 16; }
  std::uint32_t tag(std::size_t at) const { return u16(at) << 16 | u16(at + 2); }

  const std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;  // never behind the end
  bool implicit_ = false, complete_ = false;
  int elements_ = 0, depth_ = 0;  // depth_: sequences and items of undefined length that are open
  std::uint32_t last_tag_ = 0;    // of the data set itself
  IdentifyingHeader found_;
};

}  // namespace

std::optional<IdentifyingHeader> read_identifying_header(std::span<const std::uint8_t> file) {
  return Walk(file).run();
}

}  // namespace radfm::plugin
