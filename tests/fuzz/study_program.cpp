// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/study_program.h"

#include <cstdio>
#include <iterator>
#include <utility>

#include "tests/fuzz/study_kinds.h"
#include "tests/fuzz/written_data_set.h"

namespace radfm::fuzz {
namespace {

constexpr std::size_t text_bytes_max = 64, edits_max = 24;

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  int next() { return at_ < size_ ? data_[at_++] : 0; }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next()) % bound; }
  std::string text() {
    std::string out;
    for (std::size_t left = below(text_bytes_max + 1); left > 0; --left) out += static_cast<char>(next());
    return out;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_, at_ = 0;
};

struct Named {
  std::uint32_t tag;
  const char* vr;
};

// What the code asks for, with the VR that it should have.
constexpr Named elements[] = {
    {0x00080005, "CS"}, {0x00080008, "CS"}, {0x00080016, "UI"}, {0x00080018, "UI"}, {0x00080020, "DA"}, {0x00080021, "DA"},
    {0x00080022, "DA"}, {0x00080031, "TM"}, {0x00080032, "TM"}, {0x00080060, "CS"}, {0x00080068, "CS"}, {0x00080201, "SH"},
    {0x00081030, "LO"}, {0x0008103E, "LO"}, {0x00089007, "CS"}, {0x00100010, "PN"}, {0x00100020, "LO"}, {0x00100030, "DA"},
    {0x00100040, "CS"}, {0x00101030, "DS"}, {0x00180015, "CS"}, {0x00180050, "DS"}, {0x00180081, "DS"}, {0x00180086, "IS"},
    {0x00180088, "DS"}, {0x00181060, "DS"}, {0x00181074, "DS"}, {0x00181075, "DS"}, {0x00181072, "TM"}, {0x00181078, "DT"},
    {0x00181120, "DS"}, {0x00181210, "SH"}, {0x00181242, "IS"}, {0x00185101, "CS"}, {0x00189087, "FD"}, {0x00186012, "US"},
    {0x00186018, "UL"}, {0x0018601A, "UL"}, {0x0018601C, "UL"}, {0x0018601E, "UL"}, {0x00200011, "IS"}, {0x00200012, "IS"},
    {0x00200013, "IS"}, {0x0020000D, "UI"}, {0x0020000E, "UI"}, {0x00200020, "CS"}, {0x00200032, "DS"}, {0x00200037, "DS"},
    {0x00200052, "UI"}, {0x00200060, "CS"}, {0x00200100, "IS"}, {0x00209056, "SH"}, {0x00209128, "UL"}, {0x00280002, "US"},
    {0x00280004, "CS"}, {0x00280006, "US"}, {0x00280008, "IS"}, {0x00280010, "US"}, {0x00280011, "US"}, {0x00280030, "DS"},
    {0x00280051, "CS"}, {0x00280100, "US"}, {0x00280101, "US"}, {0x00280102, "US"}, {0x00280103, "US"}, {0x00280120, "US"},
    {0x00280121, "US"}, {0x00280301, "CS"}, {0x00281050, "DS"}, {0x00281051, "DS"}, {0x00281052, "DS"}, {0x00281053, "DS"},
    {0x00281054, "LO"}, {0x00281055, "LO"}, {0x00281056, "CS"}, {0x00281101, "US"}, {0x00281201, "OW"}, {0x00283002, "US"},
    {0x00283006, "OW"}, {0x00282110, "CS"}, {0x00409211, "US"}, {0x00409212, "FD"}, {0x00409224, "FD"}, {0x00409225, "FD"},
    {0x00541001, "CS"}, {0x00541006, "CS"}, {0x00541102, "CS"}, {0x00541300, "DS"}, {0x00540080, "US"}, {0x00540070, "US"},
    {0x20500020, "CS"}, {0x70530010, "LO"}, {0x70531000, "DS"}, {0x70531009, "DS"}, {0x7FE00008, "OF"}, {0x7FE00009, "OD"},
    {0x7FE00010, "OW"}, {0x00280034, "IS"}, {0x00181164, "DS"}, {0x00209057, "UL"},
};

// Sequences into which an edit can reach, one inside the other as the standard has them.
constexpr std::uint32_t sequences[] = {0x52009229, 0x52009230, 0x00209113, 0x00209116, 0x00289110, 0x00289145, 0x00289132, 0x00189226,
                                       0x00186011, 0x00540022, 0x00540016, 0x00283000, 0x00283010, 0x00409096, 0x004008EA, 0x00189341,
                                       0x00189329, 0x00209111, 0x0040A730, 0x0040A043, 0x0040A168, 0x00189301, 0x00189321, 0x00189117};

constexpr const char* texts[] = {
    "", "0", "1", "-1", "NaN", "inf", "-inf", "1e308", "-1e308", "1e-308", "1e39", "-3.5e38", "2147483647", "2147483648", "-2147483648",
    "4294967296", "99999999999999999999", "0.5", "1e5", "1e-5", "0\\0\\0\\0\\0\\0", "1\\0\\0\\0\\1\\0", "0\\1\\0\\0\\0\\-1", "1\\0\\0\\0\\0\\-1",
    "0.70710678\\0.70710678\\0\\-0.70710678\\0.70710678\\0", "-1\\0\\0\\0\\1\\0", "1\\0\\0\\1\\0\\0", "0.99\\0.01\\0\\0.01\\1.009\\0",
    "0\\0\\0", "0\\0\\1e5", "99999\\-99999\\99999", "0.0001\\0.0001", "999\\0.001", "1\\1", "ORIGINAL\\PRIMARY\\AXIAL", "DERIVED\\SECONDARY\\MPR",
    "ORIGINAL\\PRIMARY\\LOCALIZER", "ORIGINAL\\PRIMARY\\RECON TOMO", "CT", "MR", "PT", "US", "NM", "HU", "MONOCHROME1", "MONOCHROME2", "RGB",
    "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "SIGMOID", "LINEAR_EXACT", "START", "ADMIN", "NONE", "BQML", "GML", "CNTS", "ATTN\\DECY", "YES",
    "01", "20260102", "101500.25", "235959", "20260102101500+0100", "H\\F", "R\\H", "PA", "\\\\\\\\", "R60", "B70f", "ISO_IR 100",
    "\\ISO 2022 IR 87", "ISO_IR 192", "10000", "10001", "65535", "Philips PET Private Group", "{SUVbw}g/ml", "INVERSE", "PALETTE"};

constexpr const char* representations[] = {"OB", "OW", "US", "SS", "UL", "DS", "IS", "FD", "UN", "LO", "UI", "AT", "SQ", "OF"};

// The item that the edit is about: the data set, or down some of its sequences, which are made where they are missing.
WrittenItem& item_at(WrittenItem& data_set, Bytes& bytes) {
  WrittenItem* item = &data_set;
  for (std::size_t depth = bytes.below(4); depth > 0; --depth) {
    const std::uint32_t tag = sequences[bytes.below(std::size(sequences))];
    const std::size_t number = bytes.below(4);
    while (find(*item, tag) == nullptr || find(*item, tag)->items.size() <= number) put_item(*item, tag);
    item = &find(*item, tag)->items[number];
  }
  return *item;
}

// Up to six numbers, each a byte times a scale.
std::string numbers(Bytes& bytes) {
  constexpr const char* exponents[] = {"", "e-1", "e-3", "e3"};
  const char* exponent = exponents[bytes.below(std::size(exponents))];
  std::string out;
  for (std::size_t left = bytes.below(7); left > 0; --left) {
    out += std::to_string(static_cast<std::int8_t>(bytes.next())) + exponent + (left > 1 ? "\\" : "");
  }
  return out;
}

void edit(WrittenItem& data_set, Bytes& bytes) {
  WrittenItem& item = item_at(data_set, bytes);
  const Named& named = elements[bytes.below(std::size(elements))];
  const std::size_t how = bytes.below(9);
  if (how == 0) return static_cast<void>(std::erase_if(item, [&](const WrittenElement& e) { return e.tag == named.tag; }));
  if (how == 1) return static_cast<void>(put(item, named.tag, named.vr, texts[bytes.below(std::size(texts))]));
  if (how == 2) return static_cast<void>(put(item, named.tag, named.vr, bytes.text()));
  if (how == 3) return static_cast<void>(put(item, named.tag, named.vr, numbers(bytes)));
  if (how == 4) {
    const int low = bytes.next();
    return static_cast<void>(put(item, named.tag, named.vr, little_endian(static_cast<std::uint64_t>(bytes.next() << 8 | low), 2)));
  }
  if (how == 5) {
    const char* vr = representations[bytes.below(std::size(representations))];
    return static_cast<void>(put(item, named.tag, vr, bytes.text()));
  }
  const std::uint32_t sequence = sequences[bytes.below(std::size(sequences))];
  if (how == 6) return static_cast<void>(std::erase_if(item, [&](const WrittenElement& e) { return e.tag == sequence; }));
  if (item.empty()) return;
  const WrittenElement& some = item[bytes.below(item.size())];
  if (how == 7) return item.push_back(WrittenElement(some));  // the same element twice, and out of order
  if (WrittenElement* found = find(item, sequence); found != nullptr && found->items.size() > 1) {
    std::swap(found->items.front(), found->items[bytes.below(found->items.size())]);
  }
}

}  // namespace

ProgramStudy run_program(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const int flags = bytes.next();
  ProgramStudy study;
  study.pixels = (flags & 1) != 0;
  study.values = (flags & 2) != 0;
  study.slices_max = (flags & 4) != 0 ? 3 : 64;
  study.pixels_max = (flags & 8) != 0 ? 200 : 1 << 16;
  study.series_order = flags >> 4 & 3;
  study.best_only = (flags & 64) != 0;
  const std::size_t files = 1 + bytes.below(study_files_max);
  for (std::size_t i = 0; i < files; ++i) {
    const StudyKind& kind = study_kinds[bytes.below(study_kinds_count)];
    const int place = static_cast<std::int8_t>(bytes.next());
    WrittenItem data_set = kind.make(static_cast<int>(i), place);
    for (std::size_t left = bytes.below(edits_max); left > 0; --left) edit(data_set, bytes);
    for (const std::uint32_t tag : {0x00280008U, 0x52009229U, 0x52009230U}) {
      if (find(data_set, tag) != nullptr) study.frames_everywhere_one = false;
    }
    study.files.push_back(written_file(data_set, kind.transfer_syntax_uid, kind.is_explicit));
  }
  return study;
}

}  // namespace radfm::fuzz
