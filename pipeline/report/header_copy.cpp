// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/header_copy.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcdicent.h>
#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include <algorithm>
#include <array>
#include <memory>

#include "pipeline/report/source_legality.h"

namespace radfm::report {
namespace {

struct CopiedAttribute {
  std::uint32_t tag;
  const char* vr;
  bool type2 = false;  // present in every object, if need be empty
  bool many = false;   // more than one value is legal
};

constexpr std::array copied_attributes = {
    // SOP Common: (0008,0201) re-interprets every date and time of the object, the copied ones among them.
    CopiedAttribute{0x00080201, "SH"},
    // General Study, PS3.3 C.7.2.1
    CopiedAttribute{0x00080020, "DA", true},
    CopiedAttribute{0x00080030, "TM", true},
    CopiedAttribute{0x00080050, "SH", true},
    CopiedAttribute{0x00080051, "SQ"},
    CopiedAttribute{0x00080090, "PN", true},
    CopiedAttribute{0x00080096, "SQ"},
    CopiedAttribute{0x0008009C, "PN", false, true},
    CopiedAttribute{0x0008009D, "SQ"},
    CopiedAttribute{0x00081030, "LO"},
    CopiedAttribute{0x00081032, "SQ"},
    CopiedAttribute{0x00081048, "PN", false, true},
    CopiedAttribute{0x00081049, "SQ"},
    CopiedAttribute{0x00081060, "PN", false, true},
    CopiedAttribute{0x00081062, "SQ"},
    CopiedAttribute{0x00081110, "SQ"},
    CopiedAttribute{0x0020000D, "UI"},
    CopiedAttribute{0x00200010, "SH", true},
    CopiedAttribute{0x00321034, "SQ"},
    CopiedAttribute{0x00401012, "SQ"},
    // Patient, PS3.3 C.7.1.1
    CopiedAttribute{0x00100010, "PN", true},
    CopiedAttribute{0x00100020, "LO", true},
    CopiedAttribute{0x00100021, "LO"},
    CopiedAttribute{0x00100022, "CS"},
    CopiedAttribute{0x00100024, "SQ"},
    CopiedAttribute{0x00100026, "SQ"},
    CopiedAttribute{0x00100030, "DA", true},
    CopiedAttribute{0x00100032, "TM"},
    CopiedAttribute{0x00100033, "LO"},
    CopiedAttribute{0x00100034, "LO"},
    CopiedAttribute{0x00100035, "CS"},
    CopiedAttribute{0x00100040, "CS", true},
    CopiedAttribute{0x00100200, "CS"},
    CopiedAttribute{0x00100212, "UC"},
    CopiedAttribute{0x00100213, "LO"},
    CopiedAttribute{0x00100214, "LO"},
    CopiedAttribute{0x00100215, "SQ"},
    CopiedAttribute{0x00100216, "SQ"},
    CopiedAttribute{0x00100217, "LO"},
    CopiedAttribute{0x00100218, "UT"},
    CopiedAttribute{0x00100219, "SQ"},
    CopiedAttribute{0x00100221, "SQ"},
    CopiedAttribute{0x00101000, "LO", false, true},
    CopiedAttribute{0x00101001, "PN", false, true},
    CopiedAttribute{0x00101002, "SQ"},
    CopiedAttribute{0x00101100, "SQ"},
    CopiedAttribute{0x00102160, "SH"},
    CopiedAttribute{0x00102201, "LO"},
    CopiedAttribute{0x00102202, "SQ"},
    CopiedAttribute{0x00102292, "LO"},
    CopiedAttribute{0x00102293, "SQ"},
    CopiedAttribute{0x00102294, "SQ"},
    CopiedAttribute{0x00102295, "LO"},
    CopiedAttribute{0x00102296, "SQ"},
    CopiedAttribute{0x00102297, "PN"},
    CopiedAttribute{0x00102298, "CS"},
    CopiedAttribute{0x00102299, "LO"},
    CopiedAttribute{0x00104000, "LT"},
    CopiedAttribute{0x00081120, "SQ"},
    CopiedAttribute{0x00120062, "CS"},
    CopiedAttribute{0x00120063, "LO", false, true},
    CopiedAttribute{0x00120064, "SQ"},
    // Patient Study, PS3.3 C.7.2.2
    CopiedAttribute{0x00081080, "LO", false, true},
    CopiedAttribute{0x00081084, "SQ"},
    CopiedAttribute{0x00101010, "AS"},
    CopiedAttribute{0x00101020, "DS"},
    CopiedAttribute{0x00101021, "SQ"},
    CopiedAttribute{0x00101022, "DS"},
    CopiedAttribute{0x00101023, "DS"},
    CopiedAttribute{0x00101024, "DS"},
    CopiedAttribute{0x00101030, "DS"},
    CopiedAttribute{0x00102000, "LO", false, true},
    CopiedAttribute{0x00102110, "LO", false, true},
    CopiedAttribute{0x00102180, "SH"},
    CopiedAttribute{0x001021A0, "CS"},
    CopiedAttribute{0x001021B0, "LT"},
    CopiedAttribute{0x001021C0, "US"},
    CopiedAttribute{0x001021D0, "DA"},
    CopiedAttribute{0x00102203, "CS"},
    CopiedAttribute{0x00321066, "UT"},
    CopiedAttribute{0x00321067, "SQ"},
    CopiedAttribute{0x00380010, "LO"},
    CopiedAttribute{0x00380014, "SQ"},
    CopiedAttribute{0x00380060, "LO"},
    CopiedAttribute{0x00380062, "LO"},
    CopiedAttribute{0x00380064, "SQ"},
    CopiedAttribute{0x00380500, "LO"},
    // Clinical Trial Subject and Study, PS3.3 C.7.1.3, C.7.2.3
    CopiedAttribute{0x00120010, "LO"},
    CopiedAttribute{0x00120020, "LO"},
    CopiedAttribute{0x00120021, "LO"},
    CopiedAttribute{0x00120030, "LO"},
    CopiedAttribute{0x00120031, "LO"},
    CopiedAttribute{0x00120040, "LO"},
    CopiedAttribute{0x00120042, "LO"},
    CopiedAttribute{0x00120050, "LO"},
    CopiedAttribute{0x00120051, "ST"},
    CopiedAttribute{0x00120052, "FD"},
    CopiedAttribute{0x00120053, "CS"},
    CopiedAttribute{0x00120081, "LO"},
    CopiedAttribute{0x00120082, "LO"},
    CopiedAttribute{0x00120083, "SQ"},
    // General Equipment: archives file the institution with the study.
    CopiedAttribute{0x00080080, "LO"},
    CopiedAttribute{0x00080081, "ST"},
};

// Sequences of coded entries: an item that lacks its code or meaning is no code (PS3.3 8.8).
bool holds_codes(std::uint32_t tag) {
  constexpr std::array sequences = {0x00081032u, 0x00081084u, 0x00101021u, 0x00102202u, 0x00102293u, 0x00102296u,
                                    0x00100219u, 0x00321034u, 0x00321067u, 0x00401012u,
                                    0x00120064u, 0x00321064u, 0x00401101u, 0x0040A170u, 0x0040A372u};
  return std::find(sequences.begin(), sequences.end(), tag) != sequences.end();
}

bool has_value(const AttributeSet& set, std::uint32_t tag) { return !attribute_value(set, tag).empty(); }

// A part that is not copied makes the code a half one, as one that is missing does.
bool has_code_part(const AttributeSet& item, std::uint32_t tag) {
  return has_value(item, tag) && is_legal_source_value(tag, item.at(tag).vr, item.at(tag).value, false);
}

bool is_whole_code(const AttributeSet& item) {
  const bool value = has_code_part(item, 0x00080100) || has_code_part(item, 0x00080119) || has_code_part(item, 0x00080120);
  return value && has_code_part(item, 0x00080104) && (has_code_part(item, 0x00080102) || has_code_part(item, 0x00080120));
}

DcmTag dicom_tag(std::uint32_t tag) { return DcmTag(DcmTagKey(Uint16(tag >> 16), Uint16(tag & 0xFFFF))); }

// Whether the data dictionary allows several values; what it does not know may have several.
bool takes_several_values(std::uint32_t tag) {
  const DcmDictEntry* entry = dcmDataDict.rdlock().findEntry(dicom_tag(tag), nullptr);
  const bool several = entry == nullptr || entry->getVMMax() != 1;
  dcmDataDict.rdunlock();
  return several;
}

void record(std::uint32_t tag, std::vector<std::string>& left_out_values) {
  std::string keyword = dicom_tag(tag).getTagName();
  if (std::find(left_out_values.begin(), left_out_values.end(), keyword) == left_out_values.end()) {
    left_out_values.push_back(std::move(keyword));
  }
}

bool put_string(DcmItem& dataset, std::uint32_t tag, const std::string& vr, const std::string& value) {
  const DcmTag key(Uint16(tag >> 16), Uint16(tag & 0xFFFF), DcmVR(vr.c_str()));
  return dataset.putAndInsertString(key, value.data(), static_cast<Uint32>(value.size())).good();
}

bool copy_sequence(std::uint32_t tag, const Attribute& sequence, DcmItem& dataset, int depth,
                   std::vector<std::string>& left_out_values);

// A value inside a sequence: its VR is the source's, which the reader took from the data dictionary or the file.
void copy_nested(std::uint32_t tag, const Attribute& attribute, DcmItem& item, int depth,
                 std::vector<std::string>& left_out_values) {
  if (((tag >> 16) & 1) != 0) return;
  const bool copied = attribute.vr == "SQ"
                          ? copy_sequence(tag, attribute, item, depth, left_out_values)
                          : is_legal_source_value(tag, attribute.vr, attribute.value, takes_several_values(tag)) &&
                                put_string(item, tag, attribute.vr, attribute.value);
  if (!copied) record(tag, left_out_values);
}

bool copy_sequence(std::uint32_t tag, const Attribute& sequence, DcmItem& dataset, int depth,
                   std::vector<std::string>& left_out_values) {
  if (depth >= source_nesting_max || sequence.items.size() > source_items_max) return false;
  bool whole = true;
  auto copy = std::make_unique<DcmSequenceOfItems>(dicom_tag(tag));
  for (const AttributeSet& source_item : sequence.items) {
    if (holds_codes(tag) && !is_whole_code(source_item)) {
      whole = false;
      continue;
    }
    auto item = std::make_unique<DcmItem>();
    for (const auto& [nested_tag, nested] : source_item) {
      copy_nested(nested_tag, nested, *item, depth + 1, left_out_values);
    }
    if (item->card() > 0 && copy->append(item.get()).good()) item.release();
  }
  if (copy->card() > 0 && dataset.insert(copy.get(), OFTrue).good()) copy.release();
  return whole;
}

void copy_one(const AttributeSet& source, std::uint32_t source_tag, const CopiedAttribute& target, DcmItem& dataset,
              std::vector<std::string>& left_out_values) {
  const auto found = source.find(source_tag);
  bool copied = false;
  if (found != source.end()) {
    const std::string vr = target.vr;
    if (vr == "SQ") {
      copied = copy_sequence(target.tag, found->second, dataset, 0, left_out_values);
    } else if (found->second.vr != "SQ") {
      const std::string& value = found->second.value;
      if (value.empty() && !target.type2) return;
      copied = is_legal_source_value(target.tag, vr, value, target.many) &&
               put_string(dataset, target.tag, vr, value);
    }
    if (!copied) record(source_tag, left_out_values);
  }
  if (!target.type2 || dataset.tagExists(dicom_tag(target.tag))) return;
  if (std::string_view(target.vr) == "SQ") {
    auto empty = std::make_unique<DcmSequenceOfItems>(dicom_tag(target.tag));
    if (dataset.insert(empty.get(), OFTrue).good()) empty.release();
  } else {
    put_string(dataset, target.tag, target.vr, "");
  }
}

}  // namespace

void copy_attribute(const AttributeSet& source, std::uint32_t source_tag, DcmItem& dataset, std::uint32_t tag,
                    bool must_be_present, std::vector<std::string>& left_out_values) {
  const CopiedAttribute target{tag, dicom_tag(tag).getVRName(), must_be_present, false};
  copy_one(source, source_tag, target, dataset, left_out_values);
}

Status copy_header(const AttributeSet& source, DcmItem& dataset, std::vector<std::string>& left_out_values) {
  if (!has_value(source, 0x0020000D)) {
    return permanent_error("source_header_unusable",
                           "the study's images have no Study Instance UID: no report can be filed with them");
  }
  const bool patient = std::any_of(source.begin(), source.end(), [](const auto& attribute) {
    return (attribute.first >> 16) == 0x0010;
  });
  if (!patient) {
    return permanent_error("source_header_unusable",
                           "the study's images have no attribute of a patient: the report would name nobody");
  }
  for (const CopiedAttribute& attribute : copied_attributes) {
    copy_one(source, attribute.tag, attribute, dataset, left_out_values);
  }
  return {};
}

void copy_own_header(DcmItem& own, DcmItem& dataset) {
  for (const CopiedAttribute& attribute : copied_attributes) {
    const DcmTag tag = dicom_tag(attribute.tag);
    if (own.tagExists(tag)) own.findAndInsertCopyOfElement(tag, &dataset);
  }
}

}  // namespace radfm::report
