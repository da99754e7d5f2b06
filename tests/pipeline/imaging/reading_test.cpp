// SPDX-License-Identifier: Apache-2.0
// Header, identity, reports, policy and limits of a study's reading.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <gtest/gtest.h>

#include "core/sop_class.h"
#include "pipeline/imaging/acceptance.h"
#include "pipeline/imaging/header.h"
#include "pipeline/imaging/identity_check.h"
#include "pipeline/imaging/japanese_text.h"
#include "pipeline/imaging/report_reading.h"
#include "pipeline/imaging/utf8_text.h"
#include "tests/pipeline/imaging/dicom_files.h"

namespace radfm::imaging {
namespace {

using testing::Change;
using testing::Image;
using testing::only_code;
using testing::OpenFiles;
using testing::read_images;

Image changed(Change change) {
  Image image;
  image.change = std::move(change);
  return image;
}

TEST(Header, TakesStudyAndPatientAndNothingOfTheSeries) {
  // Sequences with their items are taken; equipment, series, private attributes and pixels are not.
  const auto reading = read_images({changed([](DcmDataset& set) {
    set.putAndInsertString(DCM_StudyDescription, "CT chest");
    set.putAndInsertString(DCM_InstitutionName, "St. Elsewhere");
    set.putAndInsertString(DCM_TimezoneOffsetFromUTC, "+0100");
    set.putAndInsertString(DCM_Manufacturer, "Maker");
    set.putAndInsertString(DCM_SeriesDescription, "thin");
    set.putAndInsertString(DcmTag(0x0009, 0x0010, EVR_LO), "PRIVATE");
    DcmItem* item = nullptr;
    set.findOrCreateSequenceItem(DCM_ProcedureCodeSequence, item);
    item->putAndInsertString(DCM_CodeMeaning, "CT of the chest");
    item->putAndInsertString(DcmTag(0x0009, 0x0010, EVR_LO), "PRIVATE");
    set.findOrCreateSequenceItem(DCM_RequestAttributesSequence, item);
    item->putAndInsertString(DCM_RequestedProcedureID, "RP1");
  })});
  const AttributeSet& header = reading.header;
  EXPECT_EQ(attribute_value(header, 0x00100010), "Doe^Jane");
  EXPECT_EQ(attribute_value(header, 0x00081030), "CT chest");
  EXPECT_EQ(attribute_value(header, 0x00080080), "St. Elsewhere");
  EXPECT_EQ(attribute_value(header, 0x00080201), "+0100");
  ASSERT_EQ(header.at(0x00081032).items.size(), 1u);
  EXPECT_EQ(attribute_value(header.at(0x00081032).items[0], 0x00080104), "CT of the chest");
  EXPECT_EQ(header.at(0x00081032).items[0].size(), 1u);
  EXPECT_EQ(attribute_value(header.at(0x00400275).items.at(0), 0x00401001), "RP1");
  for (const std::uint32_t tag :
       {0x00080070u, 0x0008103Eu, 0x0020000Eu, 0x00080018u, 0x00090010u, 0x7FE00010u}) {
    EXPECT_EQ(header.count(tag), 0u) << tag;
  }
}

TEST(Header, ValuesAndDepthHaveLimits) {
  // A value of 32 KiB is handed on, a longer one is not; items eight sequences down are, deeper ones are not.
  const auto reading_with = [](std::size_t bytes) {
    return read_images({changed([bytes](DcmDataset& set) {
      set.putAndInsertString(DCM_PatientComments, std::string(bytes, 'x').c_str());
      DcmItem* item = &set;
      for (int depth = 1; depth <= 10; ++depth) {
        DcmItem* inner = nullptr;
        item->findOrCreateSequenceItem(DCM_ReferencedStudySequence, inner);
        item = inner;
      }
    })});
  };
  EXPECT_EQ(attribute_value(reading_with(header_value_bytes_max).header, 0x00104000).size(),
            header_value_bytes_max);
  const auto reading = reading_with(header_value_bytes_max + 2);
  EXPECT_EQ(reading.header.count(0x00104000), 0u);
  int depth = 0;
  for (const AttributeSet* set = &reading.header; set->count(0x00081110) != 0; ++depth)
    set = &set->at(0x00081110).items.at(0);
  EXPECT_EQ(depth, header_sequence_depth_max);
}

TEST(Header, IsTakenFromTheFirstImage) {
  // A document that comes first does not give the header when there is an image.
  Image document = changed([](DcmDataset& set) { set.putAndInsertString(DCM_StudyDescription, "document"); });
  document.sop_class = std::string(basic_text_sr_uid);
  document.sop_uid = "1.2.3.4.9";
  const Image image = changed([](DcmDataset& set) { set.putAndInsertString(DCM_StudyDescription, "image"); });
  EXPECT_EQ(attribute_value(read_images({document, image}).header, 0x00081030), "image");
  EXPECT_EQ(attribute_value(read_images({document}).header, 0x00081030), "document");
}

TEST(Header, Latin1BytesWithoutACharacterSetStayDistinctAndValid) {
  // The file declares nothing: its bytes are read as Latin-1 letters, and the volume notes it.
  const auto with_name = [](const char* name) {
    return changed([name](DcmDataset& set) { set.putAndInsertString(DCM_PatientName, name); });
  };
  const auto reading = read_images({with_name("M\xFC\xDF")});
  EXPECT_EQ(attribute_value(reading.header, 0x00100010), "Müß");
  ASSERT_EQ(reading.volumes.size(), 1u);
  EXPECT_EQ(reading.volumes[0].notes,
            std::vector<std::string>{"the text of the header does not fit its declared character set"});
}

TEST(Header, AValueThatDoesNotFitCostsNoOther) {
  // An institution that was cut within its last character: the name behind it is still converted, the description before it is once.
  const auto reading = read_images({changed([](DcmDataset& set) {
    set.putAndInsertString(DCM_SpecificCharacterSet, "GB18030");
    set.putAndInsertString(DCM_InstitutionName, "\xD2\xBD\xD4");
    set.putAndInsertString(DCM_AccessionNumber, "\xD0\xD8");
    set.putAndInsertString(DCM_PatientName, "Wang=\xCD\xF5");
  })});
  EXPECT_EQ(attribute_value(reading.header, 0x00080050), "胸");
  EXPECT_EQ(attribute_value(reading.header, 0x00100010), "Wang=王");
  EXPECT_TRUE(is_valid_utf8(attribute_value(reading.header, 0x00080080)));
}

TEST(Utf8, IsValidWhateverTheBytes) {
  // Overlong forms, surrogates, cut sequences and controls become something valid; good text stays.
  EXPECT_EQ(valid_utf8("Äneas^山田 \0"), "Äneas^山田");
  EXPECT_EQ(valid_utf8("\xC0\xAF"), "\xC3\x80\xC2\xAF");
  for (const char* bytes : {"\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE5\xB1", "\x80", "\xF0\x80\x80\x80"}) {
    EXPECT_FALSE(is_valid_utf8(bytes));
    EXPECT_TRUE(is_valid_utf8(valid_utf8(bytes)));
  }
  EXPECT_EQ(valid_utf8("a\x01\x1B\tb\r\n\x7F"), "a\tb\r\n");
}

TEST(Japanese, KanjiRomajiAndHalfWidthKatakana) {
  // The three groups of PS3.5 H.3.2, example 2: katakana in the upper half, kanji and hiragana behind
  // escapes.
  EXPECT_EQ(japanese_to_utf8("\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=\x1B$B;3ED\x1B(J^\x1B$BB@O:\x1B(J"),
            "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎");
  EXPECT_EQ(japanese_to_utf8("\x1B)I\xD4\xCF"), "ﾔﾏ");
  EXPECT_EQ(japanese_to_utf8("\x1B$B;"), std::nullopt);
  EXPECT_EQ(japanese_to_utf8(""), "");
}

TEST(Identity, DisagreementsAreNamed) {
  // Each field by itself; an empty birth date, sex or name says nothing, an empty ID does.
  InstanceFacts base;
  base.identity = {"1", "", "19700101", "F", "Doe^Jane"};
  base.study_instance_uid = "1.2";
  const auto check = [&](const std::function<void(InstanceFacts&)>& change) {
    InstanceFacts other = base;
    change(other);
    IdentityCheck identity;
    identity.add(base);
    identity.add(other);
    return identity.disagreements();
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(check([](InstanceFacts& f) { f.identity.patient_id = "2"; }), Names{"patient_id"});
  EXPECT_EQ(check([](InstanceFacts& f) { f.identity.patient_id = ""; }), Names{"patient_id"});
  EXPECT_EQ(check([](InstanceFacts& f) { f.identity.birth_date = "19700102"; }), Names{"birth_date"});
  EXPECT_EQ(check([](InstanceFacts& f) { f.identity.sex = "M"; }), Names{"sex"});
  EXPECT_EQ(check([](InstanceFacts& f) { f.identity.name = "Doe^John"; }), Names{"name"});
  EXPECT_EQ(check([](InstanceFacts& f) { f.study_instance_uid = "1.3"; }), Names{"study_uid"});
  EXPECT_EQ(check([](InstanceFacts& f) { f.identity = {"1", "", "", "", "DOE^JANE^^"}; }), Names{});
}

TEST(Identity, IsComparedOverAllFilesOfTheStudy) {
  // One slice of another patient among them is enough.
  Image other = changed([](DcmDataset& set) { set.putAndInsertString(DCM_PatientID, "P2"); });
  other.sop_uid = "1.2.3.4.5.2";
  other.position = "0\\0\\5";
  EXPECT_EQ(read_images({Image(), other}).disagreements, std::vector<std::string>{"patient_id"});
}

TEST(Policy, WhatIsNoAcquisitionOfItsOwnIsLeftOutByPolicy) {
  // Image Type decides, with a code and by policy.
  const std::pair<const char*, const char*> types[] = {
      {"ORIGINAL\\PRIMARY\\LOCALIZER", "localizer"},
      {"ORIGINAL\\PRIMARY\\M\\ND\\MOSAIC", "mosaic"},
      {"DERIVED\\SECONDARY\\MPR", "derived_reformat"},
      {"DERIVED\\SECONDARY\\REFORMATTED\\AVERAGE", "derived_reformat"},
      {"DERIVED\\PRIMARY\\PROJECTION IMAGE\\MIP", "derived_reformat"},
      {"DERIVED\\SECONDARY\\OTHER\\DOSE_INFO", "dose_screen"},
  };
  for (const auto& [type, code] : types) {
    const auto reading = read_images(
        {changed([value = type](DcmDataset& set) { set.putAndInsertString(DCM_ImageType, value); })});
    EXPECT_EQ(only_code(reading), code) << type;
    EXPECT_TRUE(reading.left_out.front().by_policy);
  }
  EXPECT_EQ(read_images({changed([](DcmDataset& set) {
              set.putAndInsertString(DCM_ImageType, "DERIVED\\PRIMARY\\AXIAL");
            })}).volumes.size(),
            1u);
}

TEST(Policy, ColourFramesAndSizesAreRefusedBeforeDecoding) {
  // What a header promises is enough to refuse: the pixels are never touched.
  const auto code_with = [](const Change& change) { return only_code(read_images({changed(change)})); };
  EXPECT_EQ(code_with([](DcmDataset& set) { set.putAndInsertString(DCM_NumberOfFrames, "2"); }), "broken");
  EXPECT_EQ(code_with([](DcmDataset& set) { set.putAndInsertUint16(DCM_SamplesPerPixel, 3); }),
            "colour_image");
  EXPECT_EQ(code_with([](DcmDataset& set) {
              set.putAndInsertString(DCM_PhotometricInterpretation, "PALETTE COLOR");
            }),
            "colour_image");
  EXPECT_EQ(code_with([](DcmDataset& set) { set.putAndInsertUint16(DCM_Rows, 65'535); }), "image_too_large");
  EXPECT_EQ(code_with([](DcmDataset& set) { set.putAndInsertUint16(DCM_Rows, 0); }), "broken");
  EXPECT_EQ(code_with([](DcmDataset& set) { set.putAndInsertUint16(DCM_Rows, 5); }), "broken");
  EXPECT_EQ(code_with([](DcmDataset& set) { set.putAndInsertUint16(DCM_BitsStored, 0); }),
            "unsupported_pixel_format");
  EXPECT_EQ(code_with([](DcmDataset& set) { set.putAndInsertUint16(DCM_HighBit, 16); }),
            "unsupported_pixel_format");
  EXPECT_EQ(code_with([](DcmDataset& set) { set.findAndDeleteElement(DCM_PixelData); }), "no_pixels");
  EXPECT_EQ(code_with([](DcmDataset& set) { set.findAndDeleteElement(DCM_SeriesInstanceUID); }), "no_uid");
}

TEST(Policy, SideAndPixelLimitsAndOnePast) {
  // 16,384 a side and 48 million pixels are judged large enough, one more is not.
  InstanceFacts facts;
  facts.sop_class_uid = testing::cr_class;
  facts.photometric = "MONOCHROME2";
  facts.transfer_syntax_uid = "1.2.840.10008.1.2.1";
  facts.has_pixels = true;
  facts.rows = image_side_max;
  facts.columns = 1;
  EXPECT_EQ(judge(facts).use, Use::picture);
  facts.rows = image_side_max + 1;
  EXPECT_EQ(judge(facts).refusal.code, "image_too_large");
  facts.rows = 8'192;
  facts.columns = static_cast<int>(image_pixels_max / 8'192);
  EXPECT_EQ(judge(facts).use, Use::picture);
  facts.columns += 1;
  EXPECT_EQ(judge(facts).refusal.code, "image_too_large");
}

TEST(Limits, PixelsOfOneStudyAndOnePast) {
  // Two volumes fit exactly; with one pixel less the second is named.
  Image second;
  second.sop_uid = "1.2.3.4.6.1";
  second.series_uid = "1.2.3.4.6";
  OpenFiles files;
  files.add(Image());
  files.add(second);
  StudyLimits limits;
  limits.pixels_max = 48;
  EXPECT_EQ(testing::read(files, {}, limits).volumes.size(), 2u);
  limits.pixels_max = 47;
  const auto reading = testing::read(files, {}, limits);
  EXPECT_EQ(reading.volumes.size(), 1u);
  EXPECT_EQ(reading.left_out.at(0).code, "study_too_large");
}

TEST(Limits, FilesOfOneStudyAndOnePast) {
  // More files than a study may have are refused as a whole.
  OpenFiles files;
  files.add(Image());
  files.add(Image());
  StudyLimits limits;
  limits.files_max = 2;
  EXPECT_TRUE(read_files(files.inputs(), {}, limits).ok());
  limits.files_max = 1;
  EXPECT_EQ(read_files(files.inputs(), {}, limits).error().code, "too_many_files");
}

TEST(Reading, TheSameInstanceTwiceCountsOnce) {
  // The second copy is left out by policy.
  const auto reading = read_images({Image(), Image()});
  EXPECT_EQ(reading.volumes.size(), 1u);
  EXPECT_EQ(reading.instances.size(), 1u);
  EXPECT_EQ(reading.left_out.at(0).code, "duplicate_instance");
}

TEST(Reading, ASliceThatCannotBeDecodedLeavesAGapThatIsNoted) {
  // One slice of five has an impossible slope: that slice is named, the other slices are shown.
  std::vector<Image> images;
  for (int k = 0; k < 5; ++k) {
    Image image;
    image.sop_uid += std::to_string(k);
    image.position = "0\\0\\" + std::to_string(5 * k);
    if (k == 2) image.slope = "0";
    images.push_back(image);
  }
  const auto reading = read_images(images);
  ASSERT_EQ(reading.volumes.size(), 1u);
  EXPECT_EQ(reading.volumes[0].depth, 4);
  EXPECT_EQ(reading.volumes[0].notes.at(0), "gap of 10.0 mm after slice 2 of 4 (usual spacing 5.0 mm)");
  EXPECT_EQ(reading.left_out.at(0).code, "broken");
  EXPECT_EQ(reading.left_out.at(0).instances, 1);
}

TEST(Reading, WithoutPixelsThereAreDescriptionsOnly) {
  // Series and header without decoding.
  ReadOptions options;
  options.pixels = false;
  const auto reading = read_images({Image()}, options);
  ASSERT_EQ(reading.volumes.size(), 1u);
  EXPECT_EQ(reading.volumes[0].width, 6);
  EXPECT_TRUE(reading.pixels.empty());
}

// A container or text item under `parent`.
DcmItem* add_item(DcmItem& parent, const char* type, const char* name, const char* text = nullptr) {
  DcmItem *item = nullptr, *code = nullptr;
  parent.findOrCreateSequenceItem(DCM_ContentSequence, item, -2);
  item->putAndInsertString(DCM_RelationshipType, "CONTAINS");
  item->putAndInsertString(DCM_ValueType, type);
  item->findOrCreateSequenceItem(DCM_ConceptNameCodeSequence, code);
  code->putAndInsertString(DCM_CodeMeaning, name);
  if (text != nullptr) item->putAndInsertString(DCM_TextValue, text);
  return item;
}

void fill_report(DcmDataset& set, const char* title_code) {
  set.putAndInsertString(DCM_SOPClassUID, "1.2.840.10008.5.1.4.1.1.88.11");
  set.putAndInsertString(DCM_SOPInstanceUID, "1.2.3.4.7.1");
  set.putAndInsertString(DCM_StudyInstanceUID, "1.2.3.4");
  set.putAndInsertString(DCM_SeriesInstanceUID, "1.2.3.4.7");
  set.putAndInsertString(DCM_CompletionFlag, "COMPLETE");
  set.putAndInsertString(DCM_VerificationFlag, "VERIFIED");
  DcmItem* title = nullptr;
  set.findOrCreateSequenceItem(DCM_ConceptNameCodeSequence, title);
  title->putAndInsertString(DCM_CodeValue, title_code);
  title->putAndInsertString(DCM_CodeMeaning, "Diagnostic Imaging Report");
}

TEST(Reports, BecomeHeadingsAndParagraphs) {
  // Sections in their order; who observed it in which language is no text.
  DcmDataset set;
  fill_report(set, "18748-4");
  DcmItem* observer = add_item(set, "TEXT", "Device Observer Name", "machine");
  observer->putAndInsertString(DCM_RelationshipType, "HAS OBS CONTEXT");
  add_item(*add_item(set, "CONTAINER", "Findings"), "TEXT", "Finding", "No nodule.\r\nHeart normal.");
  add_item(*add_item(set, "CONTAINER", "Impressions"), "TEXT", "Impression", "Normal chest.");
  OpenFiles files;
  files.add(testing::file_bytes(set));
  const auto reading = testing::read(files);
  ASSERT_EQ(reading.reports.size(), 1u);
  EXPECT_EQ(reading.reports[0].text, "Findings:\nNo nodule.\nHeart normal.\n\nImpressions:\nNormal chest.\n");
  EXPECT_EQ(reading.reports[0].title, "Diagnostic Imaging Report");
  EXPECT_EQ(reading.reports[0].verification_flag, "VERIFIED");
  EXPECT_FALSE(reading.reports[0].ours);
}

TEST(Reports, OursAreKnownByMakerAndModel) {
  // Both must match, in each class that drafts can have: the model must never learn from its own drafts.
  for (const SrClass sr_class : sr_classes) {
    DcmDataset set;
    fill_report(set, "18748-4");
    set.putAndInsertString(DCM_SOPClassUID, std::string(sop_class_uid_of(sr_class)).c_str());
    set.putAndInsertString(DCM_Manufacturer, std::string(product_manufacturer).c_str());
    OpenFiles others;
    others.add(testing::file_bytes(set));
    EXPECT_FALSE(testing::read(others).reports.at(0).ours) << to_string(sr_class);
    set.putAndInsertString(DCM_ManufacturerModelName, std::string(product_model_name).c_str());
    OpenFiles files;
    files.add(testing::file_bytes(set));
    EXPECT_TRUE(testing::read(files).reports.at(0).ours) << to_string(sr_class);
  }
}

TEST(Reports, DoseReportsAreNoReports) {
  // X-Ray Radiation Dose Report is left out by policy.
  DcmDataset set;
  fill_report(set, "113701");
  OpenFiles files;
  files.add(testing::file_bytes(set));
  EXPECT_EQ(only_code(testing::read(files)), "not_a_report");
}

TEST(Reports, LongTextIsCutOnACharacter) {
  // One letter past the limit cuts a two-byte letter off whole.
  DcmDataset set;
  fill_report(set, "18748-4");
  set.putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 192");
  std::string text(report_text_bytes_max - 1, 'x');
  add_item(set, "TEXT", "t", (text + "ä").c_str());
  OpenFiles files;
  files.add(testing::file_bytes(set));
  EXPECT_EQ(testing::read(files).reports.at(0).text, text);
}

TEST(Reports, DeepTreesEndAtTheDepthLimit) {
  // Content 32 levels down is read, below that it is not.
  DcmDataset set;
  fill_report(set, "18748-4");
  DcmItem* at = &set;
  for (int depth = 1; depth <= 34; ++depth)
    at = add_item(*at, "TEXT", "t", ("level " + std::to_string(depth)).c_str());
  OpenFiles files;
  files.add(testing::file_bytes(set));
  const auto reading = testing::read(files);
  const std::string& text = reading.reports.at(0).text;
  EXPECT_NE(text.find("level 32\n"), std::string::npos);
  EXPECT_EQ(text.find("level 33\n"), std::string::npos);
}

}  // namespace
}  // namespace radfm::imaging
