// SPDX-License-Identifier: Apache-2.0
#include "audit/xml_writer.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/result.h"

namespace radfm::audit {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

// How many bytes the character at the front has; 0 when it is none that XML 1.0 (2.2, Char) can hold.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
  const std::size_t bytes = first >= 0xC2 && first < 0xE0 ? 2 : first >= 0xE0 && first < 0xF0 ? 3 : first >= 0xF0 && first < 0xF5 ? 4 : 0;
  if (bytes == 0 || text.size() < bytes) return 0;
  std::uint32_t code = first & (0xFFu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0u) != 0x80u) return 0;
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  return code < least[bytes] || surrogate || code == 0xFFFE || code == 0xFFFF || code > 0x10FFFF ? 0 : bytes;
}

}  // namespace

XmlWriter::XmlWriter() : out_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>") {}

void XmlWriter::close_tag() {
  if (std::exchange(in_tag_, false)) out_ += '>';
}

void XmlWriter::escape(std::string_view value) {
  while (!value.empty()) {
    const std::size_t bytes = character_bytes(value);
    switch (value.front()) {
      case '&': out_ += "&amp;"; break;
      case '<': out_ += "&lt;"; break;
      case '>': out_ += "&gt;"; break;
      case '"': out_ += "&quot;"; break;
      case '\t': out_ += "&#9;"; break;  // as they are, a reader makes blanks of these three in an attribute (XML 1.0, 3.3.3)
      case '\n': out_ += "&#10;"; break;
      case '\r': out_ += "&#13;"; break;
      default: out_ += bytes == 0 ? replacement : value.substr(0, bytes);
    }
    value.remove_prefix(bytes == 0 ? 1 : bytes);
  }
}

XmlWriter& XmlWriter::begin(std::string_view name) {
  close_tag();
  (out_ += '<') += name;
  open_.push_back(name);
  in_tag_ = true;
  return *this;
}

XmlWriter& XmlWriter::attribute(std::string_view name, std::string_view value) {
  if (!in_tag_) broken_invariant("an attribute comes before what is in its element");
  ((out_ += ' ') += name) += "=\"";
  escape(value);
  out_ += '"';
  return *this;
}

XmlWriter& XmlWriter::text(std::string_view value) {
  close_tag();
  escape(value);
  return *this;
}

XmlWriter& XmlWriter::end() {
  if (open_.empty()) broken_invariant("more elements end than begin");
  if (std::exchange(in_tag_, false)) {
    out_ += "/>";
  } else {
    ((out_ += "</") += open_.back()) += '>';
  }
  open_.pop_back();
  return *this;
}

std::string XmlWriter::finish() {
  if (!open_.empty()) broken_invariant("an element has not ended");
  return std::move(out_);
}

}  // namespace radfm::audit
