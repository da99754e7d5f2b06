// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/header.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <dcmtk/dcmdata/dcvr.h>

#include <array>

#include "pipeline/imaging/utf8_text.h"

namespace radfm::imaging {
namespace {

// clang-format off
constexpr std::uint32_t header_tags[] = {
    // Patient
    0x00100010, 0x00100020, 0x00100021, 0x00100022, 0x00100024, 0x00100026, 0x00100030, 0x00100032, 0x00100033,
    0x00100034, 0x00100035, 0x00100040, 0x00100200, 0x00100212, 0x00100213, 0x00100214, 0x00100215, 0x00100216,
    0x00100217, 0x00100218, 0x00100219, 0x00100221, 0x00101000, 0x00101001, 0x00101002, 0x00101100, 0x00102160,
    0x00102201, 0x00102202, 0x00102203, 0x00102292, 0x00102293, 0x00102294, 0x00102295, 0x00102296, 0x00102297,
    0x00102298, 0x00102299, 0x00104000, 0x00081120, 0x00120062, 0x00120063, 0x00120064,
    // Clinical Trial Subject and Study
    0x00120010, 0x00120020, 0x00120021, 0x00120030, 0x00120031, 0x00120040, 0x00120042, 0x00120050, 0x00120051,
    0x00120052, 0x00120053, 0x00120081, 0x00120082, 0x00120083,
    // Study
    0x0020000D, 0x00080020, 0x00080030, 0x00080050, 0x00080051, 0x00080090, 0x00080096, 0x0008009C, 0x0008009D,
    0x00081030, 0x00081032, 0x00081048, 0x00081049, 0x00081060, 0x00081062, 0x00081110, 0x00200010,
    0x00321034, 0x00401012,
    // Patient Study
    0x00081080, 0x00081084, 0x00101010, 0x00101020, 0x00101021, 0x00101022, 0x00101023, 0x00101024,
    0x00101030, 0x00102000, 0x00102110, 0x00102180, 0x001021A0, 0x001021B0, 0x001021C0, 0x001021D0,
    0x00321066, 0x00321067, 0x00380010, 0x00380014, 0x00380060, 0x00380062, 0x00380064, 0x00380500,
    // Request, institution, encoding, and what the series is (Modality is for context, not for copying)
    0x00080005, 0x00080060, 0x00080080, 0x00080081, 0x00080201, 0x00180015, 0x00400275, 0x00401002, 0x00321030, 0x00321060,
    0x00321064,
};
// clang-format on

bool is_text_or_number(DcmEVR vr) {
  switch (vr) {
    case EVR_AE:
    case EVR_AS:
    case EVR_AT:
    case EVR_CS:
    case EVR_DA:
    case EVR_DS:
    case EVR_DT:
    case EVR_FD:
    case EVR_FL:
    case EVR_IS:
    case EVR_LO:
    case EVR_LT:
    case EVR_PN:
    case EVR_SH:
    case EVR_SL:
    case EVR_SS:
    case EVR_ST:
    case EVR_TM:
    case EVR_UC:
    case EVR_UI:
    case EVR_UL:
    case EVR_UR:
    case EVR_US:
    case EVR_UT:
      return true;
    default:
      return false;
  }
}

void put(DcmElement& element, AttributeSet& out, int depth);

AttributeSet all_of(DcmItem& item, int depth) {
  AttributeSet out;
  DcmObject* object = nullptr;
  while ((object = item.nextInContainer(object)) != nullptr) {
    if (object->getGTag() % 2 == 0) put(static_cast<DcmElement&>(*object), out, depth);
  }
  return out;
}

void put(DcmElement& element, AttributeSet& out, int depth) {
  const DcmTag& tag = element.getTag();
  Attribute attribute;
  if (element.ident() == EVR_SQ) {
    if (depth >= header_sequence_depth_max) return;
    auto& sequence = static_cast<DcmSequenceOfItems&>(element);
    attribute.vr = "SQ";
    for (unsigned long i = 0; i < sequence.card(); ++i) {
      attribute.items.push_back(all_of(*sequence.getItem(i), depth + 1));
    }
  } else {
    OFString value;
    if (!is_text_or_number(element.ident()) || element.getLength() > header_value_bytes_max ||
        element.getOFStringArray(value, OFFalse).bad()) {
      return;
    }
    attribute.vr = DcmVR(element.ident()).getVRName();
    attribute.value = valid_utf8({value.data(), value.size()});
  }
  out[static_cast<std::uint32_t>(tag.getGroup()) << 16 | tag.getElement()] = std::move(attribute);
}

}  // namespace

AttributeSet extract_header(DcmItem& data_set) {
  AttributeSet header;
  for (const std::uint32_t tag : header_tags) {
    DcmElement* element = nullptr;
    const DcmTagKey key(static_cast<Uint16>(tag >> 16), static_cast<Uint16>(tag & 0xFFFF));
    if (data_set.findAndGetElement(key, element).good() && element != nullptr) put(*element, header, 0);
  }
  return header;
}

}  // namespace radfm::imaging
