// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/report/source_studies.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <iconv.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string_view>

#include "core/digest.h"
#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/report/odd_values.h"

namespace radfm::report::generated {
namespace {

using radfm::test::Draw;

// Letters of `scripts`: a ASCII, l Latin-1, c Chinese, j Japanese, u any.
constexpr Encoding encodings[] = {
    {"latin1", "ISO_IR 100", "ISO-8859-1", "l"},
    {"gb18030", "GB18030", "GB18030", "c"},
    {"iso2022jp", "\\ISO 2022 IR 87", "ISO-2022-JP", "j"},
    {"utf8", "ISO_IR 192", "UTF-8", "alcju"},
    {"missing, ASCII", nullptr, "ASCII", "a"},
    {"missing, Latin-1", nullptr, "ISO-8859-1", "l", false},
    {"missing, UTF-8", nullptr, "UTF-8", "lcju", false},
    {"lying: UTF-8 called Latin-1", "ISO_IR 100", "UTF-8", "lcju", false},
    {"lying: Latin-1 called UTF-8", "ISO_IR 192", "ISO-8859-1", "l", false},
    {"lying: GB18030 called UTF-8", "ISO_IR 192", "GB18030", "c", false},
    {"lying: GB18030 called Latin-1", "ISO_IR 100", "GB18030", "c", false},
    {"lying: UTF-8 called ASCII", "ISO_IR 6", "UTF-8", "lcju", false},
    {"lying: Latin-1 called GB18030", "GB18030", "ISO-8859-1", "l", false},
    {"gb18030, one value cut", "GB18030", "GB18030", "c", false, true},
    {"iso2022jp, one value cut", "\\ISO 2022 IR 87", "ISO-2022-JP", "j", false, true},
    {"unknown set", "ISO_IR 999", "ISO-8859-1", "l", false},
};

struct ModalityRow {
  const char *modality, *sop_class, *image_type;
  int images;
};
constexpr ModalityRow modalities[] = {
    {"CR", "1", "", 1}, {"DX", "1.1", "", 1}, {"MG", "1.2", "", 2}, {"CT", "2", "", 3}, {"MR", "4", "", 3}, {"US", "6.1", "", 1},
    {"PT", "128", "", 3}, {"NM", "20", "ORIGINAL\\PRIMARY\\STATIC\\EMISSION", 1}, {"XA", "12.1", "", 1}};

struct ScriptRow {
  char script;
  const char *name, *physician, *description, *comment;
};
// With characters whose second byte is a backslash, a caret or an equals sign in GB18030 (0xD55C) or in JIS X 0208 (0x4B5C, 0x3D55).
constexpr ScriptRow scripts[] = {
    {'a', "Doe^Jane^A.^Dr.^Jr.", "House^Gregory", "Chest PA", "Cough since May.\r\nNo fever \\ no pain."},
    {'a', "O'Neil-Smith^Mary Ann", "Wilson", "Thorax p.a./lat.", "x < y & y > z"},
    {'l', "Müßig^Jörg^^Dr.", "Überweiser^Ägid", "Röntgen Brustkorb, Größe 3", "Später Husten\r\nübel \\ müde"},
    {'l', "Åström^Élodie", "Núñez^José", "Thorax à 3 m", "Ça va"},
    {'c', "Wang^XiaoDong=王^小东", "Li^Wei=李^伟", "胸部正位", "咳嗽三周。\r\n无发热"},
    {'c', "Cheng^Shi=誠^實=", "Zhang=張", "誠 胸部", "誠\\實"},
    {'j', "Yamada^Tarou=山田^太郎=やまだ^たろう", "Suzuki^Ichiro=鈴木^一郎", "胸部正面", "咳が続く。\r\n熱なし"},
    {'j', "Yamamoto^Haruki=山本^春樹=やまもと^はるき", "Honda=本田", "本院 胸部", "山本\\春"},
    {'u', "Hong^Gildong=洪^吉洞=홍^길동", "Kim=金=김", "흉부 정면", "기침"},
    {'u', "Иванов^Иван", "Чехов^Антон", "Грудная клетка", "Кашель\r\nбез температуры"},
    {'u', "قباني^لنزار", "Διονυσιος", "\xF0\x9F\xAB\x81 chest", "e\xCC\x81 \xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\xA9\xBA"},
};

std::string encoded(const std::string& utf8, const char* as) {
  const iconv_t converter = iconv_open(as, "UTF-8");
  if (converter == reinterpret_cast<iconv_t>(-1)) throw std::runtime_error(std::string("iconv knows no ") + as);
  std::string in = utf8, out(utf8.size() * 6 + 16, '\0');
  char *from = in.data(), *to = out.data();
  std::size_t from_left = in.size(), to_left = out.size();
  const bool whole = iconv(converter, &from, &from_left, &to, &to_left) != static_cast<std::size_t>(-1);
  iconv(converter, nullptr, nullptr, &to, &to_left);
  iconv_close(converter);
  if (!whole) throw std::runtime_error("not writable as " + std::string(as) + ": " + utf8);
  out.resize(out.size() - to_left);
  return out;
}

DcmTag dicom_tag(const SourceValue& value) {
  return DcmTag(static_cast<Uint16>(value.tag >> 16), static_cast<Uint16>(value.tag & 0xFFFF), DcmVR(value.vr.c_str()));
}

void put(DcmItem& item, const SourceValue& value, const Encoding& encoding) {
  if (value.vr == "US") {
    item.putAndInsertUint16(dicom_tag(value), static_cast<Uint16>(std::stoi(value.meant)));
    return;
  }
  std::string bytes = encoded(value.meant, encoding.written);
  if (encoding.cuts && value.tag == 0x00080080) bytes.pop_back();  // as modalities cut at so many bytes: within a character
  item.putAndInsertString(dicom_tag(value), bytes.data(), static_cast<Uint32>(bytes.size()));
}

void put_header(DcmDataset& set, const SourceStudy& study) {
  if (study.encoding->declared != nullptr) set.putAndInsertString(DCM_SpecificCharacterSet, study.encoding->declared);
  set.putAndInsertString(DCM_StudyInstanceUID, study.uid.c_str());
  for (const SourceValue& value : study.values) {
    if (value.sequence == 0) {
      put(set, value, *study.encoding);
      continue;
    }
    DcmItem* item = nullptr;
    const DcmTag sequence(static_cast<Uint16>(value.sequence >> 16), static_cast<Uint16>(value.sequence & 0xFFFF));
    if (set.findOrCreateSequenceItem(sequence, item, 0).good()) put(*item, value, *study.encoding);
  }
}

std::string file_of(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

void add_images(SourceStudy& study, const ModalityRow& row, bool chest) {
  for (int i = 0; i < row.images; ++i) {
    imaging::testing::Image image;
    image.sop_class = std::string("1.2.840.10008.5.1.4.1.1.") + row.sop_class;
    image.modality = row.modality;
    image.series_uid = uid_from_name(study.uid + " series");
    image.sop_uid = uid_from_name(study.uid + " image " + std::to_string(i));
    image.instance_number = i + 1;
    image.position = "0\\0\\" + std::to_string(5 * i);
    image.change = [&](DcmDataset& set) {
      if (*row.image_type != '\0') set.putAndInsertString(DCM_ImageType, row.image_type);
      set.putAndInsertString(DCM_BodyPartExamined, chest ? "CHEST" : "ABDOMEN");
      put_header(set, study);
    };
    study.files.push_back(file_of(imaging::testing::file_bytes(image)));
  }
}

// A verified report of a person, in the tree that PS3.17 X.2 shows.
void add_report(SourceStudy& study) {
  DcmDataset set;
  put_header(set, study);
  const auto put_text = [](DcmItem& item, const DcmTagKey& tag, const std::string& value) { item.putAndInsertString(tag, value.c_str()); };
  const auto name = [&](DcmItem& item, const char* code, const char* meaning) {
    DcmItem* concept_name = nullptr;
    if (item.findOrCreateSequenceItem(DCM_ConceptNameCodeSequence, concept_name, 0).bad()) return;
    put_text(*concept_name, DCM_CodeValue, code);
    put_text(*concept_name, DCM_CodingSchemeDesignator, "LN");
    put_text(*concept_name, DCM_CodeMeaning, meaning);
  };
  put_text(set, DCM_SOPClassUID, UID_BasicTextSRStorage);
  put_text(set, DCM_SOPInstanceUID, uid_from_name(study.uid + " report"));
  put_text(set, DCM_SeriesInstanceUID, uid_from_name(study.uid + " report series"));
  put_text(set, DCM_Modality, "SR");
  put_text(set, DCM_CompletionFlag, "COMPLETE");
  put_text(set, DCM_VerificationFlag, "VERIFIED");
  put_text(set, DCM_ValueType, "CONTAINER");
  name(set, "18748-4", "Diagnostic Imaging Report");
  DcmItem* text = nullptr;
  if (set.findOrCreateSequenceItem(DCM_ContentSequence, text, 0).bad()) return;
  put_text(*text, DCM_RelationshipType, "CONTAINS");
  put_text(*text, DCM_ValueType, "TEXT");
  name(*text, "59776-5", "Findings");
  put_text(*text, DCM_TextValue, "There is a nodule of 8 mm in the right upper lobe.");
  study.files.push_back(file_of(imaging::testing::file_bytes(set)));
}

const ScriptRow& pick_script(const Encoding& encoding, Draw& draw) {
  for (;;) {
    const ScriptRow& row = draw.pick(scripts);
    if (std::string_view(encoding.scripts).find(row.script) != std::string_view::npos) return row;
  }
}

void set_value(SourceStudy& study, SourceValue value) {
  std::erase_if(study.values, [&](const SourceValue& old) { return old.tag == value.tag && old.sequence == value.sequence; });
  study.values.push_back(std::move(value));
}

}  // namespace

SourceStudy draw_study(int index, Draw& draw) {
  SourceStudy study;
  study.encoding = &encodings[static_cast<std::size_t>(index) % std::size(encodings)];
  const ModalityRow& row = modalities[static_cast<std::size_t>(index) % std::size(modalities)];
  study.modality = row.modality;
  study.uid = uid_from_name("generated study " + std::to_string(index));
  const ScriptRow& script = pick_script(*study.encoding, draw);
  const std::string number = std::to_string(index);
  study.values = {{0, 0x00100010, "PN", script.name},         {0, 0x00100020, "LO", "PAT" + number},
                  {0, 0x00100030, "DA", "19690101"},          {0, 0x00100040, "CS", draw.one_in(2) ? "F" : "M"},
                  {0, 0x00080020, "DA", "20260311"},          {0, 0x00080030, "TM", "101500"},
                  {0, 0x00080050, "SH", "ACC" + number},      {0, 0x00080090, "PN", script.physician},
                  {0, 0x00200010, "SH", "S" + number},        {0, 0x00081030, "LO", script.description},
                  {0, 0x00080080, "LO", script.description},  {0, 0x00104000, "LT", script.comment},
                  {0, 0x001021B0, "LT", script.comment},      {0x00081032, 0x00080100, "SH", "36554-4"},
                  {0x00081032, 0x00080102, "SH", "LN"},       {0x00081032, 0x00080104, "LO", script.description}};
  std::set<std::uint32_t> changed;
  for (int left = draw.below(5); left > 0; --left) {
    const OddValue& odd = draw.pick(odd_values);
    const bool fits = *odd.scripts == '\0' || std::string_view(odd.scripts).find(script.script) != std::string_view::npos;
    if (fits && changed.insert(odd.value.sequence != 0 ? odd.value.sequence : odd.value.tag).second) set_value(study, odd.value);
  }
  for (const SourceValue& left_out : std::vector<SourceValue>(study.values)) {  // with a code goes its whole item
    if (left_out.sequence == 0 || left_out.fate != Fate::left_out) continue;
    for (SourceValue& value : study.values) value.fate = value.sequence == left_out.sequence ? Fate::left_out : value.fate;
  }
  add_images(study, row, draw.one_in(2));
  return study;
}

SourceStudy draw_prior(const SourceStudy& current, int number, Draw& draw) {
  SourceStudy prior = current;
  prior.files.clear();
  prior.uid = uid_from_name(current.uid + " prior " + std::to_string(number));
  set_value(prior, {0, 0x00080020, "DA", "2025031" + std::to_string(number)});
  set_value(prior, {0, 0x00080050, "SH", "PRIOR" + std::to_string(number)});
  const auto row = std::find_if(std::begin(modalities), std::end(modalities), [&](const ModalityRow& m) { return current.modality == m.modality; });
  const int what = draw.below(3);
  if (what != 1) add_images(prior, *row, true);
  if (what != 0) add_report(prior);
  return prior;
}

}  // namespace radfm::report::test
