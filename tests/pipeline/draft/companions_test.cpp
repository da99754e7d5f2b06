// SPDX-License-Identifier: Apache-2.0
// From a prepared study and what the model wrote to the page, and to the objects beside the SR.
#include "pipeline/draft/companions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "core/sop_class.h"
#include "pipeline/draft/draft_page.h"
#include "pipeline/draft/shown_images.h"
#include "pipeline/report/companion_objects.h"
#include "tests/pipeline/draft/draft_pipeline_fixture.h"

namespace radfm::draft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::int64_t wall_ms = 1'773'224'220'000;  // 2026-03-11 10:17 UTC

// A CT of three slices of 4 x 2, each of one grey of its own.
Prepared prepared_ct() {
  Prepared prepared;
  prepared.current = test::study("1.2.9", "20260311");
  test::set(prepared.current, 0x00100010, "Wang^XiaoDong=王^小东=", "PN");
  test::set(prepared.current, 0x00080080, "Hospital");
  test::add_ct(prepared.current, "2", 3, 9);
  imaging::VolumeDescription& volume = prepared.current.volumes.back();
  volume.affine = {-1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1};
  volume.has_geometry = true;
  std::vector<std::uint8_t> pixels;
  for (const std::uint8_t grey : {10, 20, 30}) pixels.insert(pixels.end(), 8, grey);
  prepared.current.pixels.push_back({pixels, {}});
  prepared.shown = evidence_of(volume, "1.2.9");
  prepared.key_images = key_image_of(volume, "1.2.9");
  prepared.technique = "A CT was read.";
  prepared.comparison = "No prior study was available for comparison.";
  return prepared;
}

struct Written {
  Prepared prepared = prepared_ct();
  Configuration configuration = {};
  model::ModelFacts facts = {};
  ReportFrame frame = {};
  Written() {
    facts.name = "radfm-test";
    facts.version = "7";
    frame.identity = {"1.2.9", "digest", 0};
    frame.uids = result_uids(frame.identity);
    frame.content_wall_ms = wall_ms;
  }
  report::DraftContent content() const {
    return draft_content(prepared, test::said("Findings: A nodule. Impression: Nodule."), facts, configuration, frame);
  }
  Result<report::DraftReport> report() const {
    return write_report(prepared, test::said("Findings: A nodule. Impression: Nodule."), facts, configuration, frame);
  }
};

std::vector<std::string> roles_of(const report::DraftReport& draft) {
  std::vector<std::string> roles;
  for (const report::Companion& companion : draft.companions) roles.push_back(companion.role);
  return roles;
}

TEST(DraftPage, InPartsForThePlugin) {
  // Aim: every draft brings its page in parts, with whose it is and without images; a text of any bytes and length stays JSON.
  const auto draft = Written().report();
  ASSERT_TRUE(draft.ok()) << draft.error().message;
  const auto page = nlohmann::json::parse(draft->page_json);
  EXPECT_EQ(page.at("fields").at(0).at("value"), "Wang, XiaoDong (王 小东)");
  EXPECT_THAT(page.at("notices").dump(), HasSubstr("not reviewed by a radiologist"));
  EXPECT_EQ(page.at("institution"), "Hospital");
  std::map<std::string, std::string> texts;
  for (const auto& section : page.at("sections")) texts[section.at("heading")] = section.at("text");
  EXPECT_EQ(texts.at("Findings"), "A nodule.");
  EXPECT_EQ(texts.at("Impression"), "Nodule.");
  EXPECT_FALSE(page.contains("key_images"));
  report::ReportPage long_page;
  long_page.sections = {{"Findings", std::string(report::page_text_bytes_max - 1, 'a') + "ü"}};
  const auto cut = nlohmann::json::parse(page_json(long_page));
  EXPECT_EQ(cut.at("sections").at(0).at("text"), std::string(report::page_text_bytes_max - 1, 'a') + "\ufffd");
}

TEST(Companions, ThePageSaysWhatTheDraftSays) {
  // Aim: whose, which study, the notices, the model's words, what was read, who wrote it and when.
  const Written written;
  const report::ReportPage page = draft_page(written.prepared, written.content(), wall_ms);
  EXPECT_EQ(page.draft_mark, draft_mark);
  EXPECT_EQ(page.institution, "Hospital");
  EXPECT_EQ(page.subtitle, "Chest 20260311");
  EXPECT_THAT(page.running_head, HasSubstr("Wang, XiaoDong (王 小东)    ID PAT1"));
  EXPECT_EQ(page.fields.front().value, "Wang, XiaoDong (王 小东)");
  EXPECT_THAT(page.notices, testing::Contains(report::draft_notice));
  ASSERT_EQ(page.sections.size(), 5u);
  EXPECT_EQ(page.sections[2].text, "A nodule.");
  EXPECT_EQ(page.sections[3].text, "Nodule.");
  EXPECT_TRUE(page.sections[3].emphasised);
  EXPECT_THAT(page.foot, HasSubstr("radfm-test 7"));
  EXPECT_THAT(page.foot, HasSubstr("2026-03-11 10:17 UTC"));
  EXPECT_EQ(page.created_iso, "2026-03-11T10:17:00Z");
}

TEST(Companions, TheKeyImageIsTheOneThatTheDraftPointsAt) {
  // Aim: the middle slice's pixels, its sides and its place; pixels as high as they are in the patient. None without pixels.
  Written written;
  report::ReportPage page = draft_page(written.prepared, written.content(), wall_ms);
  ASSERT_EQ(page.key_images.size(), 1u);
  const report::KeyImage& image = page.key_images.front();
  EXPECT_EQ(image.pixels, std::vector<std::uint8_t>(8, 20));
  EXPECT_EQ(image.width, 4);
  EXPECT_EQ(image.height, 2);
  EXPECT_DOUBLE_EQ(image.pixel_aspect, 2);
  EXPECT_EQ(image.left + image.right + image.top + image.bottom, "LRAP");
  EXPECT_THAT(image.caption, HasSubstr("CT series 2, Thorax 5 mm, axial, slice 2 of the 3 read"));
  EXPECT_THAT(image.caption, HasSubstr("centre 40 width 400"));
  written.prepared.current.pixels.front() = {};
  EXPECT_THAT(draft_page(written.prepared, written.content(), wall_ms).key_images, IsEmpty());
}

TEST(Companions, AreMadeByConfiguration) {
  // Aim: none by default; each with the UID that its job fixes; the SR's bytes are the same with and without them.
  Written written;
  const auto alone = written.report();
  ASSERT_TRUE(alone.ok()) << alone.error().message;
  EXPECT_THAT(alone->companions, IsEmpty());
  written.configuration.report.companions = {pdf_companion};
  EXPECT_THAT(roles_of(*written.report()), ElementsAre("pdf"));
  written.configuration.report.companions = {pdf_companion, page_companion};
  const auto both = written.report();
  ASSERT_TRUE(both.ok());
  EXPECT_EQ(both->dicom, alone->dicom);
  EXPECT_THAT(roles_of(*both), ElementsAre("pdf", "page_1"));
  EXPECT_EQ(companion_of_role("pdf"), pdf_companion);
  EXPECT_EQ(companion_of_role("page_1"), page_companion);
  EXPECT_EQ(companion_of_role("sr"), "");
  EXPECT_THAT(both->companion_remarks, IsEmpty());
  EXPECT_EQ(both->companions[0].sop_instance_uid, result_uid(written.frame.identity, "pdf"));
  EXPECT_EQ(both->companions[0].sop_class_uid, encapsulated_pdf_uid);
  EXPECT_TRUE(both->companions[0].document.starts_with("%PDF-"));
  EXPECT_EQ(both->companions[1].sop_instance_uid, result_uid(written.frame.identity, "page_1"));
  const auto again = written.report();
  EXPECT_EQ(again->companions[0].dicom, both->companions[0].dicom);
  EXPECT_EQ(again->companions[1].dicom, both->companions[1].dicom);
}

TEST(Companions, MakeNoJobAndAreNoPrior) {
  // Aim: no companion counts for a study's digest.
  EXPECT_FALSE(counts_for_digest(encapsulated_pdf_uid));
  EXPECT_FALSE(counts_for_digest(report::secondary_capture_uid));
}

TEST(Companions, WhatIsMissingIsSaid) {
  // Aim: characters without a font and text over the limit are remarks, without the text itself; the report is made.
  Written written;
  written.configuration.report.companions = {pdf_companion};
  written.configuration.report.institution_notice = "\U000F1234 secret";
  written.prepared.technique = std::string(report::page_text_bytes_max + 1, 'x');
  const auto draft = written.report();
  ASSERT_TRUE(draft.ok()) << draft.error().message;
  EXPECT_THAT(roles_of(*draft), ElementsAre("pdf"));
  ASSERT_EQ(draft->companion_remarks.size(), 2u);
  EXPECT_THAT(draft->companion_remarks[0], HasSubstr("PDF: characters that have no font on this machine: 1;"));
  EXPECT_THAT(draft->companion_remarks[1], HasSubstr("too long"));
  EXPECT_THAT(draft->companion_remarks[0] + draft->companion_remarks[1], Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace radfm::draft
