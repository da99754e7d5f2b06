// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/report_choice.h"

#include <gtest/gtest.h>

#include "core/sop_class.h"
#include "tests/pipeline/draft/hand_made_study.h"

namespace radfm::draft {
namespace {

using imaging::ReportReading;
using imaging::StudyReading;

constexpr const char* pdf_class = "1.2.840.10008.5.1.4.1.1.104.1";
constexpr const char* cda_class = "1.2.840.10008.5.1.4.1.1.104.2";

ReportReading report(const std::string& uid, const std::string& time,
                     const std::vector<std::string>& predecessors = {}) {
  ReportReading one = test::verified_report(uid, "Text of " + uid);
  one.content_time = time;
  one.predecessors = predecessors;
  return one;
}

std::string chosen(const std::vector<ReportReading>& reports, bool unflagged = true) {
  StudyReading study = test::study("1.2.1", "20230311");
  study.reports = reports;
  const auto usable = usable_report(study, unflagged);
  return usable ? reports[*usable].sop_instance_uid : "none";
}

template <class Change>
std::string chosen_after(Change change) {
  ReportReading one = report("1.1", "120000");
  change(one);
  return chosen({one});
}

TEST(UsableReport, OnlyOthersFinishedReadings) {
  // Ours, drafts of others, whatever is no reading by class, code or title, and an empty one are never read.
  EXPECT_EQ(chosen({}), "none");
  EXPECT_EQ(chosen_after([](auto&) {}), "1.1");
  EXPECT_EQ(chosen_after([](auto& r) { r.ours = true; }), "none");
  EXPECT_EQ(chosen_after([](auto& r) { r.verification_flag = "UNVERIFIED"; }), "none");
  EXPECT_EQ(chosen_after([](auto& r) { r.verification_flag = ""; }), "none");
  EXPECT_EQ(chosen_after([](auto& r) { r.completion_flag = "PARTIAL"; }), "none");
  EXPECT_EQ(chosen_after([](auto& r) { r.completion_flag = ""; }), "none");
  EXPECT_EQ(chosen_after([](auto& r) { r.preliminary_flag = "PRELIMINARY"; }), "none");
  EXPECT_EQ(chosen_after([](auto& r) { r.text = " \n"; }), "none");
  for (const char* title :
       {"X-Ray Radiation Dose Report", "Chest CAD Report", "Imaging Measurement Report", "Procedure Log",
        "Key Object Selection", "Key Images", "DICOM Object Catalog", "AI Draft", "Preliminary Report"}) {
    EXPECT_EQ(chosen_after([&](auto& r) { r.title = title; }), "none") << title;
  }
  for (const char* title : {"Radiology Report", "CT Chest Report", "Academic Second Opinion", "Befund", ""}) {
    EXPECT_EQ(chosen_after([&](auto& r) { r.title = title; }), "1.1") << title;
  }
  EXPECT_EQ(chosen_after(
                [](auto& r) { r.title = "Dosisbericht", r.title_code = "113701", r.title_scheme = "DCM"; }),
            "none");
  for (const char* other :
       {"1.2.840.10008.5.1.4.1.1.88.50", "1.2.840.10008.5.1.4.1.1.88.59", "1.2.840.10008.5.1.4.1.1.88.67"}) {
    EXPECT_EQ(chosen_after([&](auto& r) { r.sop_class_uid = other; }), "none") << other;
  }
}

TEST(UsableReport, EachSrClassIsAReading) {
  // A person's report in any of the four classes is read; a draft of ours is not, in whatever class it was made.
  for (const SrClass sr_class : sr_classes) {
    const auto with_class = [&](bool ours) {
      return chosen_after([&](auto& r) { r.sop_class_uid = sop_class_uid_of(sr_class), r.ours = ours; });
    };
    EXPECT_EQ(with_class(false), "1.1") << to_string(sr_class);
    EXPECT_EQ(with_class(true), "none") << to_string(sr_class);
  }
}

TEST(UsableReport, TheLatestOfAChain) {
  // An addendum replaces what it names, also over a draft between, whatever the clocks of two systems say.
  EXPECT_EQ(chosen({report("1.1", "120000"), report("1.2", "130000"), report("1.3", "110000")}), "1.2");
  EXPECT_EQ(chosen({report("1.1", "130000"), report("1.2", "120000", {"1.1"})}), "1.2");
  ReportReading draft = report("1.2", "120000", {"1.1"});
  draft.verification_flag = "UNVERIFIED";
  EXPECT_EQ(chosen({report("1.1", "130000"), draft, report("1.3", "120000", {"1.2"})}), "1.3");
  EXPECT_EQ(chosen({report("1.1", "130000"), draft}), "1.1");  // an unverified addendum replaces nothing yet
  EXPECT_EQ(chosen({report("1.1", "120000", {"1.9"})}), "1.1");  // what it replaced is not here
}

TEST(UsableReport, RingsEnd) {
  // Two that replace each other, and one that replaces itself: the later, and itself.
  EXPECT_EQ(chosen({report("1.1", "120000", {"1.2"}), report("1.2", "130000", {"1.1"})}), "1.2");
  EXPECT_EQ(chosen({report("1.1", "120000", {"1.1"})}), "1.1");
}

TEST(UsableReport, VerificationIsLaterThanContent) {
  // Of two readings the one that was verified last.
  ReportReading early = report("1.1", "130000"), late = report("1.2", "120000");
  early.verified_at = "20240102140000+0100";
  late.verified_at = "20240103090000+0100";
  EXPECT_EQ(chosen({early, late}), "1.2");
}

TEST(UsableReport, DocumentsWithoutAFlagComeLast) {
  // A PDF or CDA often says nothing of its verification: a verified report goes first, UNVERIFIED is never
  // read.
  ReportReading pdf = report("1.5", "150000");
  pdf.sop_class_uid = pdf_class;
  pdf.verification_flag = pdf.completion_flag = pdf.preliminary_flag = "";
  EXPECT_EQ(chosen({pdf}), "1.5");
  EXPECT_EQ(chosen({pdf}, false), "none");
  EXPECT_EQ(chosen({pdf, report("1.1", "120000")}), "1.1");
  ReportReading cda = pdf;
  cda.sop_class_uid = cda_class;
  cda.sop_instance_uid = "1.6";
  cda.verification_flag = "VERIFIED";
  EXPECT_EQ(chosen({pdf, cda}), "1.6");
  cda.verification_flag = "UNVERIFIED";
  EXPECT_EQ(chosen({cda}), "none");
  EXPECT_EQ(standing_of(pdf), ReportStanding::unflagged);
}

TEST(UsableReport, ADocumentOfAnotherPatientIsNotRead) {
  // A CDA names its patient itself: filed into another's study it is left alone.
  const auto with = [](const PatientIdentity& patient) {
    ReportReading cda = report("1.1", "120000");
    cda.sop_class_uid = cda_class;
    cda.patient = patient;
    return chosen({cda});
  };
  EXPECT_EQ(with({"", "", "19670203", "F", "Doe^Jane"}), "1.1");
  EXPECT_EQ(with({}), "1.1");
  EXPECT_EQ(with({"", "", "19670203", "F", "Smith^Jane"}), "none");
  EXPECT_EQ(with({"", "", "19670204", "F", "Doe^Jane"}), "none");
  EXPECT_EQ(with({"", "", "", "M", "Doe^Jane"}), "none");
}

}  // namespace
}  // namespace radfm::draft
