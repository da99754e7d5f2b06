// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/study_kinds.h"

#include <iterator>

namespace radfm::fuzz {
namespace {

constexpr int rows = 4, columns = 6;
const std::string storage_root = "1.2.840.10008.5.1.4.1.1.";

std::string cells(int count, int bytes) {
  std::string out;
  for (int i = 0; i < count; ++i) out += little_endian(static_cast<std::uint64_t>(i * 7), bytes);
  return out;
}

WrittenItem common(const std::string& sop_class, const char* modality, int index, const char* series) {
  WrittenItem set;
  put(set, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL");
  put(set, 0x00080016, "UI", storage_root + sop_class);
  put(set, 0x00080018, "UI", "1.2.3.4.5." + std::to_string(index + 1));
  put(set, 0x00080060, "CS", modality);
  put(set, 0x00100010, "PN", "Doe^Jane");
  put(set, 0x00100020, "LO", "P1");
  put(set, 0x0020000D, "UI", "1.2.3.4");
  put(set, 0x0020000E, "UI", std::string("1.2.3.4.") + series);
  put(set, 0x00200011, "IS", series);
  put(set, 0x00200013, "IS", std::to_string(index + 1));
  return set;
}

void put_pixels(WrittenItem& set, int height, int width, int frames, int samples, int bits) {
  put_word(set, 0x00280002, samples);
  put(set, 0x00280004, "CS", samples == 3 ? "RGB" : "MONOCHROME2");
  if (samples == 3) put_word(set, 0x00280006, 0);
  if (frames > 1) put(set, 0x00280008, "IS", std::to_string(frames));
  put_word(set, 0x00280010, height);
  put_word(set, 0x00280011, width);
  put_word(set, 0x00280100, bits);
  put_word(set, 0x00280101, bits);
  put_word(set, 0x00280102, bits - 1);
  put_word(set, 0x00280103, 0);
  put(set, 0x7FE00010, bits > 8 ? "OW" : "OB", cells(height * width * frames * samples, bits / 8));
}

void put_plane(WrittenItem& item, const char* orientation, const std::string& position) {
  put(item, 0x00200032, "DS", position);
  put(item, 0x00200037, "DS", orientation);
  put(item, 0x00280030, "DS", "2\\3");
}

WrittenItem slice(const std::string& sop_class, const char* modality, int index, const char* series, const char* orientation,
                  const std::string& position) {
  WrittenItem set = common(sop_class, modality, index, series);
  put(set, 0x00200052, "UI", "1.2.3.9");
  put_plane(set, orientation, position);
  put(set, 0x00281052, "DS", "-1024");
  put(set, 0x00281053, "DS", "1");
  put_pixels(set, rows, columns, 1, 1, 16);
  return set;
}

WrittenItem axial_ct(int index, int place) {
  return slice("2", "CT", index, "1", "1\\0\\0\\0\\1\\0", "0\\0\\" + std::to_string(place));
}

WrittenItem sagittal_mr(int index, int place) {
  WrittenItem set = slice("4", "MR", index, "2", "0\\1\\0\\0\\0\\-1", std::to_string(place) + "\\0\\0");
  put(set, 0x00180081, "DS", "30");
  put(set, 0x00180086, "IS", "1");
  return set;
}

WrittenItem coronal_ct_sharp(int index, int place) {
  WrittenItem set = slice("2", "CT", index, "3", "1\\0\\0\\0\\0\\-1", "0\\" + std::to_string(place) + "\\0");
  put(set, 0x00181210, "SH", "B70f");
  put(set, 0x00280120, "US", little_endian(0, 2));
  return set;
}

WrittenItem pet(int index, int place) {
  WrittenItem set = slice("128", "PT", index, "4", "1\\0\\0\\0\\1\\0", "0\\0\\" + std::to_string(place));
  put(set, 0x00080021, "DA", "20260102");
  put(set, 0x00080022, "DA", "20260102");
  put(set, 0x00080031, "TM", "101500");
  put(set, 0x00080032, "TM", "101600");
  put(set, 0x00280051, "CS", "ATTN\\DECY");
  put(set, 0x00101030, "DS", "70");
  put(set, 0x00541001, "CS", "BQML");
  put(set, 0x00541102, "CS", "START");
  put(set, 0x00541300, "DS", "5000");
  put(set, 0x00181242, "IS", "60000");
  WrittenItem& agent = put_item(set, 0x00540016);
  put(agent, 0x00181072, "TM", "091500");
  put(agent, 0x00181074, "DS", "350000000");
  put(agent, 0x00181075, "DS", "6586.2");
  return set;
}

// Three frames whose groups are not in the order of their places.
WrittenItem enhanced(const std::string& sop_class, const char* modality, int index, int place, const char* series) {
  WrittenItem set = common(sop_class, modality, index, series);
  put_pixels(set, rows, columns, 3, 1, 16);
  WrittenItem& shared = put_item(set, 0x52009229);
  put(put_item(shared, 0x00209116), 0x00200037, "DS", "1\\0\\0\\0\\1\\0");
  WrittenItem& measures = put_item(shared, 0x00289110);
  put(measures, 0x00280030, "DS", "2\\3");
  put(measures, 0x00180050, "DS", "5");
  for (const int frame : {2, 0, 1}) {
    WrittenItem& group = put_item(set, 0x52009230);
    put(put_item(group, 0x00209113), 0x00200032, "DS", "0\\0\\" + std::to_string(place + 5 * frame));
    WrittenItem& content = put_item(group, 0x00209111);
    put(content, 0x00209056, "SH", "1");
    put(content, 0x00209128, "UL", little_endian(1, 4));
    WrittenItem& values = put_item(group, 0x00289145);
    put(values, 0x00281052, "DS", "-1024");
    put(values, 0x00281053, "DS", std::to_string(frame + 1));
  }
  return set;
}

WrittenItem enhanced_ct(int index, int place) { return enhanced("2.1", "CT", index, place, "5"); }
WrittenItem enhanced_mr(int index, int place) { return enhanced("4.1", "MR", index, place, "6"); }

WrittenItem radiograph(int index, int place) {
  WrittenItem set = common("1", "CR", index, "7");
  put(set, 0x00185101, "CS", place % 2 == 0 ? "PA" : "LL");
  put(set, 0x00200020, "CS", "R\\F");
  put_pixels(set, rows, columns, 1, 1, 16);
  put(set, 0x00281050, "DS", "80\\100");
  put(set, 0x00281051, "DS", "160\\50");
  return set;
}

WrittenItem table_radiograph(int index, int) {
  WrittenItem set = common("1.1", "DX", index, "8");
  put_pixels(set, rows, columns, 1, 1, 8);
  put(set, 0x00280004, "CS", "MONOCHROME1");
  put(set, 0x00080068, "CS", "FOR PRESENTATION");
  for (const std::uint32_t tag : {0x00283000U, 0x00283010U}) {
    WrittenItem& table = put_item(set, tag);
    put(table, 0x00283002, "US", little_endian(4, 2) + little_endian(2, 2) + little_endian(8, 2));
    put(table, 0x00283006, "OW", cells(4, 2));
  }
  return set;
}

WrittenItem ultrasound(int index, int) {
  constexpr int side = 40;
  WrittenItem set = common("6.1", "US", index, "9");
  put_pixels(set, side, side, 1, 3, 8);
  WrittenItem& region = put_item(set, 0x00186011);
  put_word(region, 0x00186012, 1);
  put_word(region, 0x00186014, 1);
  put(region, 0x00186018, "UL", little_endian(2, 4));
  put(region, 0x0018601A, "UL", little_endian(2, 4));
  put(region, 0x0018601C, "UL", little_endian(side - 1, 4));
  put(region, 0x0018601E, "UL", little_endian(side - 1, 4));
  return set;
}

WrittenItem tomogram(int index, int place) {
  WrittenItem set = common("20", "NM", index, "10");
  put(set, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\RECON TOMO\\EMISSION");
  put_pixels(set, rows, columns, 3, 1, 16);
  put(set, 0x00280030, "DS", "2\\3");
  put(set, 0x00180088, "DS", "-4");
  put(set, 0x00540080, "US", little_endian(1, 2) + little_endian(2, 2) + little_endian(3, 2));
  WrittenItem& detector = put_item(set, 0x00540022);
  put(detector, 0x00200032, "DS", "0\\0\\" + std::to_string(place));
  put(detector, 0x00200037, "DS", "1\\0\\0\\0\\1\\0");
  return set;
}

WrittenItem parametric_map(int index, int place) {
  WrittenItem set = slice("4", "MR", index, "11", "1\\0\\0\\0\\1\\0", "0\\0\\" + std::to_string(place));
  for (const std::uint32_t tag : {0x00281052U, 0x00281053U, 0x7FE00010U}) {
    std::erase_if(set, [&](const WrittenElement& element) { return element.tag == tag; });
  }
  put_word(set, 0x00280100, 32);
  put(set, 0x7FE00008, "OF", cells(rows * columns, 4));
  WrittenItem& mapping = put_item(set, 0x00409096);
  put(mapping, 0x00409224, "FD", std::string(6, '\0') + "\xF0\x3F");
  put(mapping, 0x00409225, "FD", std::string(6, '\0') + "\xF0\x3F");
  return set;
}

WrittenItem palette_loop(int index, int) {
  WrittenItem set = common("3.1", "US", index, "12");
  put_pixels(set, rows, columns, 2, 1, 8);
  put(set, 0x00280004, "CS", "PALETTE COLOR");
  for (std::uint32_t i = 0; i < 3; ++i) {
    put(set, 0x00281101 + i, "US", little_endian(4, 2) + little_endian(0, 2) + little_endian(16, 2));
    put(set, 0x00281201 + i, "OW", cells(4, 2));
  }
  return set;
}

WrittenItem report(int index, int) {
  WrittenItem set = common("88.11", "SR", index, "13");
  put(set, 0x0040A491, "CS", "COMPLETE");
  put(put_item(set, 0x0040A043), 0x00080104, "LO", "Radiology Report");
  WrittenItem& content = put_item(set, 0x0040A730);
  put(content, 0x0040A040, "CS", "TEXT");
  put(put_item(content, 0x0040A043), 0x00080104, "LO", "Findings");
  put(content, 0x0040A160, "UT", "Nothing.\r\nElse.");
  return set;
}

WrittenItem no_image(int index, int) { return common("7", "OT", index, "14"); }

}  // namespace

const StudyKind study_kinds[] = {
    {"axial_ct", axial_ct, "1.2.840.10008.1.2.1", true},
    {"sagittal_mr", sagittal_mr, "1.2.840.10008.1.2.1", true},
    {"coronal_ct_sharp", coronal_ct_sharp, "1.2.840.10008.1.2.1", true},
    {"pet", pet, "1.2.840.10008.1.2.1", true},
    {"enhanced_ct", enhanced_ct, "1.2.840.10008.1.2.1", true},
    {"enhanced_mr", enhanced_mr, "1.2.840.10008.1.2.1", true},
    {"radiograph", radiograph, "1.2.840.10008.1.2.1", true},
    {"table_radiograph", table_radiograph, "1.2.840.10008.1.2.1", true},
    {"ultrasound", ultrasound, "1.2.840.10008.1.2.1", true},
    {"tomogram", tomogram, "1.2.840.10008.1.2.1", true},
    {"parametric_map", parametric_map, "1.2.840.10008.1.2.1", true},
    {"palette_loop", palette_loop, "1.2.840.10008.1.2.1", true},
    {"report", report, "1.2.840.10008.1.2.1", true},
    {"no_image", no_image, "1.2.840.10008.1.2.1", true},
    {"implicit_ct", axial_ct, "1.2.840.10008.1.2", false},
    {"wrongly_compressed_ct", axial_ct, "1.2.840.10008.1.2.4.90", true},
};
const std::size_t study_kinds_count = std::size(study_kinds);

}  // namespace radfm::fuzz
