// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/japanese_text.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <dcmtk/dcmdata/dcstack.h>
#include <iconv.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "pipeline/imaging/element_text.h"

namespace radfm::imaging {
namespace {

constexpr std::string_view katakana_escape =
    "\x1B)I";  // half-width katakana in the upper half (ISO 2022 IR 13)
constexpr unsigned char katakana_first = 0xA1, katakana_last = 0xDF;

bool is_katakana(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= katakana_first && byte <= katakana_last;
}

struct CloseConverter {
  void operator()(void* converter) const { iconv_close(converter); }
};
using Converter = std::unique_ptr<void, CloseConverter>;

bool append_converted(void* converter, std::string_view part, std::string& out) {
  std::vector<char> in(part.begin(), part.end()), buffer(part.size() * 4 + 8);
  char *from = in.data(), *to = buffer.data();
  std::size_t from_left = in.size(), to_left = buffer.size();
  if (iconv(converter, &from, &from_left, &to, &to_left) == static_cast<std::size_t>(-1) || from_left != 0)
    return false;
  out.append(buffer.data(), buffer.size() - to_left);
  return true;
}

void append_katakana(char c, std::string& out) {
  const unsigned code = 0xFF61u + static_cast<unsigned char>(c) - katakana_first;  // U+FF61 to U+FF9F
  out += static_cast<char>(0xE0 | code >> 12);
  out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
  out += static_cast<char>(0x80 | (code & 0x3F));
}

bool is_text(DcmEVR vr) {
  return vr == EVR_SH || vr == EVR_LO || vr == EVR_PN || vr == EVR_ST || vr == EVR_LT || vr == EVR_UC ||
         vr == EVR_UT;
}

bool convert_element(DcmElement& element) {
  OFString value;
  if (!is_text(element.ident()) || element.getOFStringArray(value, OFFalse).bad()) return true;
  const auto converted = japanese_to_utf8({value.data(), value.size()});
  return converted && element.putOFStringArray(OFString(converted->data(), converted->size())).good();
}

}  // namespace

std::optional<std::string> japanese_to_utf8(std::string_view bytes) {
  const iconv_t opened = iconv_open("UTF-8", "ISO-2022-JP-2");
  if (opened == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  const Converter converter(opened);
  std::string out;
  while (!bytes.empty()) {
    if (bytes.substr(0, katakana_escape.size()) == katakana_escape) {
      bytes.remove_prefix(katakana_escape.size());
    } else if (is_katakana(bytes.front())) {
      append_katakana(bytes.front(), out);
      bytes.remove_prefix(1);
    } else {
      const auto end = std::find_if(bytes.begin(), bytes.end(), is_katakana);
      const std::size_t length =
          std::min(static_cast<std::size_t>(end - bytes.begin()), bytes.find(katakana_escape));
      if (!append_converted(converter.get(), bytes.substr(0, length), out)) return std::nullopt;
      bytes.remove_prefix(length);
    }
  }
  return out;
}

bool convert_japanese_text(DcmItem& data_set) {
  const auto sets = texts_of(data_set, DCM_SpecificCharacterSet);
  const bool japanese = std::any_of(sets.begin(), sets.end(), [](const std::string& set) {
    return set == "ISO 2022 IR 87" || set == "ISO 2022 IR 159" || set == "ISO 2022 IR 13" ||
           set == "ISO_IR 13";
  });
  if (!japanese) return false;
  bool all = true;
  DcmStack stack;
  while (data_set.nextObject(stack, OFTrue).good()) {
    DcmObject* object = stack.top();
    if (object->isLeaf()) all = convert_element(static_cast<DcmElement&>(*object)) && all;
  }
  data_set.putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 192");
  return all;
}

}  // namespace radfm::imaging
