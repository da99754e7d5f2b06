// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/sr_check.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "pipeline/report/sequence_items.h"
#include "pipeline/report/sr_file.h"
#include "tests/pipeline/report/sample_draft.h"

namespace radfm::report {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Change = std::function<void(DcmDataset&)>;

// The rules that a draft breaks after a change of its data set, each once.
std::set<std::string> broken_by(const Change& change, SrClass sr_class = SrClass::basic_text) {
  DraftContent content = sample_draft();
  content.sop_class = sr_class;
  auto file = from_file_bytes(build_draft(content)->dicom);
  change(*(*file)->getDataset());
  const auto mistakes = check_sr(*to_file_bytes(**file));
  EXPECT_TRUE(mistakes.ok());
  std::set<std::string> rules;
  for (const SrMistake& mistake : *mistakes) rules.insert(mistake.rule);
  return rules;
}

Change put(const DcmTagKey& tag, const char* value) {
  return [tag, value](DcmDataset& dataset) { dataset.putAndInsertString(tag, value); };
}

// The tree's items of the root, or of its section of this number.
void each(DcmItem& parent, const std::function<void(DcmItem&)>& visit) { for_each_item(parent, DCM_ContentSequence, visit); }

TEST(SrCheck, OurDraftsKeepEveryRule) {
  // Aim: drafts as they are built, of each class, with and without priors, texts and revisions, break no rule.
  for (const SrClass sr_class : sr_classes) {
    DraftContent content = sample_draft();
    content.sop_class = sr_class;
    EXPECT_THAT(check_sr(build_draft(content)->dicom).value(), IsEmpty());
    content.revision = 99;
    content.completion_flag = "COMPLETE";
    content.priors.clear();
    content.sections = {};
    content.notices = {"x", "An odd one"};
    EXPECT_THAT(check_sr(build_draft(content)->dicom).value(), IsEmpty());
  }
}

TEST(SrCheck, NothingThatSaysMoreThanADraft) {
  // Aim: each way in which a draft could pass for a report is found.
  EXPECT_THAT(broken_by(put(DCM_VerificationFlag, "VERIFIED")), ElementsAre("never_verified"));
  EXPECT_THAT(broken_by(put(DCM_VerificationFlag, "")), ElementsAre("never_verified"));
  EXPECT_THAT(broken_by(put(DCM_PreliminaryFlag, "FINAL")), ElementsAre("never_verified"));
  EXPECT_THAT(broken_by(put(DCM_CompletionFlag, "DONE")), ElementsAre("never_verified"));
  EXPECT_THAT(broken_by([](DcmDataset& dataset) { add_item(dataset, DCM_VerifyingObserverSequence); }), ElementsAre("never_verified"));
  EXPECT_THAT(broken_by(put(DCM_SeriesDescription, "Report")), ElementsAre("says_draft"));
  const auto text_of_section = [](std::size_t from_end, const char* text) {
    return [=](DcmDataset& dataset) {
      std::vector<DcmItem*> sections;
      each(dataset, [&](DcmItem& item) {
        OFString type;
        item.findAndGetOFString(DCM_ValueType, type);
        if (type == "CONTAINER") sections.push_back(&item);
      });
      each(from_end == 0 ? *sections.back() : *sections.front(), [&](DcmItem& item) { item.putAndInsertString(DCM_TextValue, text); });
    };
  };
  EXPECT_THAT(broken_by(text_of_section(0, "Read by Dr Doe.")), ElementsAre("says_draft"));
  EXPECT_THAT(broken_by(text_of_section(1, "Read by Dr Doe.")), ElementsAre("says_draft"));
}

TEST(SrCheck, WhatOthersRelyOn) {
  // Aim: identity, equipment, template, text and evidence, each broken alone, each found by its rule.
  EXPECT_THAT(broken_by(put(DCM_Modality, "CT")), ElementsAre("document"));
  EXPECT_THAT(broken_by(put(DCM_SOPClassUID, "1.2.840.10008.5.1.4.1.1.2")), ElementsAre("document"));
  EXPECT_THAT(broken_by(put(DCM_StudyInstanceUID, "")), ElementsAre("document"));
  EXPECT_THAT(broken_by(put(DCM_SeriesNumber, "1")), ElementsAre("document"));
  EXPECT_THAT(broken_by(put(DCM_InstanceNumber, "x")), ElementsAre("document"));
  EXPECT_THAT(broken_by(put(DCM_Manufacturer, "Somebody")), ElementsAre("equipment"));
  EXPECT_THAT(broken_by(put(DCM_SoftwareVersions, "")), ElementsAre("equipment"));
  EXPECT_THAT(broken_by([](DcmDataset& dataset) { dataset.findAndDeleteElement(DCM_ContributingEquipmentSequence); }), ElementsAre("equipment"));
  EXPECT_THAT(broken_by([](DcmDataset& dataset) { dataset.findAndDeleteElement(DCM_ContentTemplateSequence); }), ElementsAre("template"));
  EXPECT_THAT(broken_by([](DcmDataset& dataset) {
                each(dataset, [](DcmItem& item) { item.putAndInsertString(DCM_RelationshipType, "CONTAINS"); });
              }),
              ElementsAre("template"));
  EXPECT_THAT(broken_by(put(DCM_SpecificCharacterSet, "ISO_IR 100")), ElementsAre("text"));
  EXPECT_THAT(broken_by([](DcmDataset& dataset) { dataset.findAndDeleteElement(DCM_CurrentRequestedProcedureEvidenceSequence); }),
              ElementsAre("evidence"));
  EXPECT_THAT(broken_by([](DcmDataset& dataset) {
                OFString shown;
                dataset.findAndGetOFString(DCM_ReferencedSOPInstanceUID, shown, 0, OFTrue);
                dataset.putAndInsertString(DCM_SOPInstanceUID, shown.c_str());
              }),
              ElementsAre("evidence"));
}

// A new last item below `parent`.
DcmItem& add_content(DcmItem& parent, const char* relationship, const char* type) {
  DcmItem* item = add_item(parent, DCM_ContentSequence);
  item->putAndInsertString(DCM_RelationshipType, relationship);
  item->putAndInsertString(DCM_ValueType, type);
  if (std::string(type) == "TEXT") item->putAndInsertString(DCM_TextValue, "Text.");
  return *item;
}

// The classes in which an item of a section is against the rule "structure", with another one below it or without.
std::string classes_without(const char* relationship, const char* type, const char* below = nullptr, const char* type_below = "") {
  std::string classes;
  for (const SrClass sr_class : sr_classes) {
    const auto broken = broken_by(
        [&](DcmDataset& dataset) {
          DcmItem* last = nullptr;
          each(dataset, [&](DcmItem& item) { last = &item; });  // the tree ends with a section
          DcmItem& added = add_content(*last, relationship, type);
          if (below != nullptr) add_content(added, below, type_below);
        },
        sr_class);
    if (broken.empty()) continue;
    EXPECT_THAT(broken, ElementsAre("structure"));
    classes += (classes.empty() ? "" : " ") + std::string(to_string(sr_class));
  }
  return classes;
}

TEST(SrCheck, WhatTheSopClassAllows) {
  // Aim: value types and relationships that some of the classes have, and some that none has (PS3.3 A.35.x.3.1).
  const std::string all = "basic_text enhanced comprehensive comprehensive_3d";
  EXPECT_EQ(classes_without("CONTAINS", "TEXT"), "");
  EXPECT_EQ(classes_without("CONTAINS", "TEXT", "INFERRED FROM", "CODE"), "");
  EXPECT_EQ(classes_without("CONTAINS", "CODE", "INFERRED FROM", "TEXT"), "basic_text");
  EXPECT_EQ(classes_without("CONTAINS", "NUM"), "basic_text");
  EXPECT_EQ(classes_without("CONTAINS", "SCOORD"), "basic_text");
  EXPECT_EQ(classes_without("CONTAINS", "TEXT", "INFERRED FROM", "CONTAINER"), "basic_text enhanced");
  EXPECT_EQ(classes_without("CONTAINS", "SCOORD3D"), "basic_text enhanced comprehensive");
  EXPECT_EQ(classes_without("HAS OBS CONTEXT", "IMAGE"), all);
  EXPECT_EQ(classes_without("INFERRED FROM", "TEXT"), all);
  EXPECT_EQ(classes_without("CONTAINS", "FILM"), all);
  EXPECT_EQ(classes_without("CONTAINS", ""), all);
  EXPECT_EQ(classes_without("", "TEXT"), all);
}

TEST(SrCheck, NoReferenceWithinTheTree) {
  // Aim: two classes allow references to items of the tree; a draft has none in any class.
  for (const SrClass sr_class : sr_classes) {
    const auto broken = broken_by(
        [](DcmDataset& dataset) {
          each(dataset, [](DcmItem& item) {
            if (item.findAndDeleteElement(DCM_ContentSequence).bad()) return;
            DcmItem* reference = add_item(item, DCM_ContentSequence);
            const Uint32 position[] = {1, 1};
            reference->putAndInsertString(DCM_RelationshipType, "CONTAINS");
            reference->putAndInsertUint32Array(DCM_ReferencedContentItemIdentifier, position, 2);
          });
        },
        sr_class);
    EXPECT_TRUE(broken.contains("structure")) << to_string(sr_class);
  }
}

TEST(SrCheck, TheFilesHeaderNamesTheSameObject) {
  // Aim: what is offered to a destination is what the data set is: a header of another class is found.
  std::vector<std::uint8_t> bytes = build_draft(sample_draft())->dicom;
  const std::string text(bytes.begin(), bytes.end());
  const std::size_t at = text.find(basic_text_sr_uid);
  ASSERT_NE(at, std::string::npos);
  std::ranges::copy(sop_class_uid_of(SrClass::enhanced), bytes.begin() + static_cast<std::ptrdiff_t>(at));
  const auto mistakes = check_sr(bytes);
  ASSERT_TRUE(mistakes.ok());
  ASSERT_EQ(mistakes->size(), 1u);
  EXPECT_EQ(mistakes->front().rule, "document");
}

TEST(SrCheck, OtherFilesAreNoReports) {
  EXPECT_EQ(check_sr({1, 2, 3}).error().code, "not_an_sr_file");
  auto file = from_file_bytes(build_draft(sample_draft())->dicom);
  (*file)->getDataset()->findAndDeleteElement(DCM_ValueType);
  EXPECT_EQ(check_sr(*to_file_bytes(**file)).error().code, "not_an_sr_file");
}

}  // namespace
}  // namespace radfm::report
