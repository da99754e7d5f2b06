// SPDX-License-Identifier: Apache-2.0
// The note that withdraws a draft, in the hands of programs that others wrote: dciodvfy, dcentvfy, dsrdump, pydicom, highdicom.
#include "pipeline/report/rejection_note.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "pipeline/report/sequence_items.h"
#include "pipeline/report/sr_check.h"
#include "pipeline/report/sr_file.h"
#include "pipeline/report/sr_values.h"
#include "tests/pipeline/report/sample_withdrawal.h"
#include "tests/support/outside_program.h"

namespace radfm::report {
namespace {

using test::find_outside_program;
using test::run_outside_program;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string described_in(const RejectionNoteOrder& order) {
  const auto file = read_note(order);
  std::string text;
  for_each_item(*file->getDataset(), DCM_ContentSequence, [&](DcmItem& item) {
    if (code_value(item, DCM_ConceptNameCodeSequence) == "113012,DCM") text = value_of(item, DCM_TextValue);
  });
  return text;
}

std::string text_of(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

const std::vector<std::string>& hostile_reasons() {
  static const std::vector<std::string> reasons = {
      std::string(withdrawal_why_bytes_max, 'x'),
      std::string(withdrawal_why_bytes_max, '\\'),
      std::string("a\0b\tc\rd\ne\x1B$B\x7F\xC2\x85", 14),
      "\xED\xA0\x80 \xED\xBF\xBF \xF0\x9F\xAB\x81 \xC0\xAF \xFF\xFE \xF4\x90\x80\x80",
      "<script>alert(1)</script> &amp; \"quoted\" ^=\\\\ \\X0A\\ {\"json\":true}",
      "\xE2\x80\xAE\xE2\x80\xA8\xEF\xBB\xBF" "falsch \xC3\xBC" "ber \xE8\x83\xB8\xE9\x83\xA8",
      std::string(withdrawal_why_bytes_max, '\n'),
      std::string(withdrawal_why_bytes_max, '\xFF')};
  return reasons;
}

class RejectionNote : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::vector<std::uint8_t>& bytes) {
    const std::string file = (folder_.path() / name).string();
    test::write_file(file, bytes);
    return file;
  }
  // Every complaint of dciodvfy and dsrdump, and of our own rules.
  std::string complaints(const RejectionNoteOrder& order) {
    const auto note = build_rejection_note(order);
    if (!note) return note.error().code + ": " + note.error().message;
    const std::string file = write("note.dcm", *note);
    const auto verified = run_outside_program({find_outside_program("dciodvfy"), "-new", file});
    std::string found;
    for (const char* prefix : {"Error", "Warning"}) {
      for (const std::string& line : test::lines_starting(verified.output, prefix)) found += line + "\n";
    }
    if (test::lines_starting(verified.output, "KeyObjectSelectionDocument").size() != 1) found += "dciodvfy: another IOD: " + verified.output;
    const auto dumped = run_outside_program({find_outside_program("dsrdump"), "+Pl", file});
    if (dumped.exit_code != 0) found += "dsrdump failed\n";
    for (const char* prefix : {"E:", "W:"}) {
      for (const std::string& line : test::lines_starting(dumped.output, prefix)) {
        // What dsrdump cannot do; read_rejection_note.py looks at the template's rows.
        const bool its_own = line.find("does not support this Specific Character Set") != std::string::npos ||
                             line.find("Check for template constraints not yet supported") != std::string::npos;
        if (!its_own) found += line + "\n";
      }
    }
    const auto mistakes = check_sr(*note);
    if (!mistakes) return found + mistakes.error().message;
    for (const SrMistake& mistake : *mistakes) found += mistake.rule + ": " + mistake.text + "\n";
    return found;
  }
  test::TemporaryFolder folder_;
};

TEST_F(RejectionNote, DciodvfyFindsNothing) {
  // Aim: not one error or warning under either title, of a draft of each SR class, with all companions, some and none, and of a draft
  // without a request.
  if (find_outside_program("dciodvfy").empty()) GTEST_SKIP() << "dciodvfy (dicom3tools) is not installed";
  if (find_outside_program("dsrdump").empty()) GTEST_SKIP() << "dsrdump (dcmtk) is not installed";
  for (const RejectionReason reason : rejection_reasons) {
    for (const SrClass sr_class : sr_classes) {
      DraftContent content = sample_draft();
      content.sop_class = sr_class;
      RejectionNoteOrder order = sample_order(reason, content);
      EXPECT_EQ(complaints(order), "") << to_string(reason) << " " << to_string(sr_class);
      order.companions.resize(1);
      EXPECT_EQ(complaints(order), "") << "with the PDF";
      order.companions.clear();
      EXPECT_EQ(complaints(order), "") << "alone";
      content.source_header.erase(0x00400275);
      content.station_name = content.ae_title = "";
      EXPECT_EQ(complaints(sample_order(reason, content)), "") << "without a request";
    }
  }
}

TEST_F(RejectionNote, AcceptsWhateverThePersonWrites) {
  // Aim: hostile words up to the queue's limit never make an illegal object; what is legal in them stands in it.
  if (find_outside_program("dciodvfy").empty()) GTEST_SKIP() << "dciodvfy (dicom3tools) is not installed";
  if (find_outside_program("dsrdump").empty()) GTEST_SKIP() << "dsrdump (dcmtk) is not installed";
  for (const std::string& why : hostile_reasons()) {
    ASSERT_LE(why.size(), withdrawal_why_bytes_max);
    RejectionNoteOrder order = sample_order();
    order.withdrawal.why = why;
    EXPECT_EQ(complaints(order), "") << why;
  }
}

TEST_F(RejectionNote, SaysWhatIsWithdrawnAndWhy) {
  // Aim: the plain sentence first, then the person's own words, all of them; who it was stands nowhere.
  RejectionNoteOrder order = sample_order();
  EXPECT_EQ(described_in(order), std::string(withdrawn_notice) + "\nIn the words of that person: The nodule is on the other side.");
  EXPECT_THAT(text_of(*build_rejection_note(order)), Not(HasSubstr("anna")));
  order.withdrawal.why = std::string(withdrawal_why_bytes_max, 'x');
  EXPECT_THAT(described_in(order), HasSubstr(order.withdrawal.why));
  order.withdrawal.why = " \n\x01 ";
  EXPECT_EQ(described_in(order), withdrawn_notice);
}

TEST_F(RejectionNote, SameOrderSameBytes) {
  // Aim: a retry sends what was sent before; no UID and no time that is not the job's.
  EXPECT_EQ(*build_rejection_note(sample_order()), *build_rejection_note(sample_order()));
  EXPECT_THAT(text_of(*build_rejection_note(sample_order())), Not(HasSubstr("1.2.276.0.7230010")));
}

TEST_F(RejectionNote, HasUidsOfItsJobAndItsWithdrawal) {
  // Aim: fixed by both; another time, run, or role gives others, and none is a UID of the draft or a companion.
  const Withdrawal first{RejectionReason::quality, "why", "administrator:anna", 1};
  Withdrawal second = first;
  second.wall_ms = 2;
  JobIdentity rerun = withdrawn_job;
  rerun.run = 1;
  std::set<std::string> uids;
  const ResultUids draft = result_uids(withdrawn_job);
  for (const CompanionUids& pair :
       {rejection_note_uids(withdrawn_job, first), rejection_note_uids(withdrawn_job, second), rejection_note_uids(rerun, first),
        companion_uids(withdrawn_job, "pdf"), companion_uids(withdrawn_job, "page_1"),
        CompanionUids{draft.series_instance_uid, draft.sr_sop_instance_uid}}) {
    uids.insert(pair.series_instance_uid);
    uids.insert(pair.sop_instance_uid);
  }
  EXPECT_EQ(uids.size(), 12u);
  EXPECT_EQ(rejection_note_uids(withdrawn_job, first).sop_instance_uid, rejection_note_uids(withdrawn_job, first).sop_instance_uid);
  EXPECT_EQ(companion_uids(withdrawn_job, "page_1").series_instance_uid, companion_uids(withdrawn_job, "page_12").series_instance_uid);
}

TEST_F(RejectionNote, IsDatedInTheZoneOfTheDraft) {
  // Aim: when it was withdrawn, as a reader of this object must read it (PS3.3 C.12.1.1.8): across midnight; without a zone UTC.
  DraftContent content = sample_draft();
  const auto dated = [&] {
    const auto file = read_note(sample_order(RejectionReason::quality, content));
    DcmDataset& note = *file->getDataset();
    EXPECT_EQ(value_of(note, DCM_InstanceCreationDate) + value_of(note, DCM_InstanceCreationTime),
              value_of(note, DCM_ContentDate) + value_of(note, DCM_ContentTime));
    return value_of(note, DCM_ContentDate) + " " + value_of(note, DCM_ContentTime) + value_of(note, DCM_TimezoneOffsetFromUTC);
  };
  EXPECT_EQ(dated(), "20260312 000345");
  set(content.source_header, 0x00080201, "SH", "-0130");
  EXPECT_EQ(dated(), "20260311 223345-0130");
  set(content.source_header, 0x00080201, "SH", "+0530");
  EXPECT_EQ(dated(), "20260312 053345+0530");
}

TEST_F(RejectionNote, IsOfOnePatientAndStudyWithTheDraft) {
  // Aim: dcentvfy finds SR, companions and note to agree on every patient and study attribute.
  if (find_outside_program("dcentvfy").empty()) GTEST_SKIP() << "dcentvfy (dicom3tools) is not installed";
  DraftContent content = sample_draft();
  set(content.source_header, 0x00100010, "PN", "Yamada^Tarou=山田^太郎=やまだ^たろう");
  const RejectionNoteOrder order = sample_order(RejectionReason::patient_safety, content);
  const auto pdf = build_encapsulated_pdf(content, companion_uids(withdrawn_job, "pdf"), "%PDF-1.5\n%%EOF\n");
  const auto run = run_outside_program({find_outside_program("dcentvfy"), write("sr.dcm", order.draft), write("pdf.dcm", *pdf),
                                        write("note.dcm", *build_rejection_note(order))});
  EXPECT_TRUE(test::lines_starting(run.output, "Error").empty()) << run.output;
}

TEST_F(RejectionNote, PydicomAndHighdicomReadWhatItNames) {
  // Aim: independent readers find title, modifier, device observer, and the same objects in evidence and tree, in their series.
  const std::string python = test::find_python();
  if (python.empty()) GTEST_SKIP() << "the Python environment in .deps is not set up";
  for (const RejectionReason reason : rejection_reasons) {
    RejectionNoteOrder order = sample_order(reason);
    if (reason == RejectionReason::patient_safety) order.companions.clear();
    std::vector<std::string> command = {python, "tests/pipeline/report/read_rejection_note.py", write("sr.dcm", order.draft),
                                        write("note.dcm", *build_rejection_note(order)), std::string(to_string(reason))};
    for (const RejectedObject& rejected : order.companions) {
      command.push_back(rejected.sop_class_uid + "," + rejected.sop_instance_uid + "," + rejected.series_instance_uid);
    }
    const auto run = run_outside_program(command);
    EXPECT_EQ(run.exit_code, 0) << run.output;
  }
}

TEST_F(RejectionNote, NamesAnObjectOnce) {
  // Aim: a role that stands twice in the order, or the draft among its companions, is listed and named once.
  RejectionNoteOrder order = sample_order();
  order.companions.push_back(order.companions.front());
  order.companions.push_back({std::string(basic_text_sr_uid), sample_draft().sop_instance_uid, sample_draft().series_instance_uid});
  EXPECT_THAT(check_sr(*build_rejection_note(order)).value(), IsEmpty());
  EXPECT_EQ(*build_rejection_note(order), *build_rejection_note(sample_order()));
}

TEST_F(RejectionNote, IsNoReportAndNoImage) {
  // Aim: it makes no job, changes no digest, and is no prior report.
  EXPECT_FALSE(counts_for_digest(key_object_selection_uid));
  EXPECT_EQ(sop_role(key_object_selection_uid), SopRole::ignored);
  EXPECT_EQ(sr_class_of(key_object_selection_uid), std::nullopt);
}

TEST_F(RejectionNote, ReadsAsText) {
  // Aim: `radfmctl sr read` shows an administrator what the note says and names.
  const auto text = sr_text(*build_rejection_note(sample_order()));
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(*text, StartsWith("Rejected for Quality Reasons\n"));
  EXPECT_THAT(*text, HasSubstr("\nNames\n  Basic Text SR Storage " + sample_draft().sop_instance_uid + "\n  Encapsulated PDF Storage "));
}

TEST_F(RejectionNote, DamagedDraftsAreRefused) {
  // Aim: bytes that are not a draft's give an error that says so, whatever they are; no half of one makes a note.
  RejectionNoteOrder order = sample_order();
  const std::vector<std::uint8_t> whole = order.draft;
  const auto refused = [&](const char* what) {
    const auto note = build_rejection_note(order);
    ASSERT_FALSE(note.ok()) << what;
    EXPECT_EQ(note.error().code, "report_not_valid") << what;
    EXPECT_EQ(note.error().error_class, ErrorClass::permanent) << what;
  };
  order.draft.clear();
  refused("nothing");
  order.draft = {1, 2, 3};
  refused("three bytes");
  for (std::size_t size = 0; size < whole.size(); size += 2) {  // also where it is cut between two elements
    order.draft.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    refused("cut short");
  }
  const auto changed = [&](const std::function<void(DcmDataset&)>& change) {
    auto file = from_file_bytes(whole);
    change(*(*file)->getDataset());
    order.draft = *to_file_bytes(**file);
  };
  for (const DcmTagKey& tag : {DCM_StudyInstanceUID, DCM_SeriesInstanceUID, DCM_InstanceNumber, DCM_SpecificCharacterSet, DCM_ValueType,
                               DCM_ContentSequence}) {
    changed([&](DcmDataset& dataset) { dataset.findAndDeleteElement(tag); });
    refused(DcmTag(tag).getTagName());
  }
  for (const auto& [tag, value] :
       {std::pair(DCM_StudyInstanceUID, "1..2"), {DCM_InstanceNumber, "-1"}, {DCM_InstanceNumber, "0"}, {DCM_InstanceNumber, "9999999"},
        {DCM_SOPClassUID, "1.2.840.10008.5.1.4.1.1.2"}, {DCM_SpecificCharacterSet, "ISO_IR 100"}}) {
    changed([&, tag = tag, value = value](DcmDataset& dataset) { dataset.putAndInsertString(tag, value); });
    refused(value);
  }
}

TEST_F(RejectionNote, EachChangedByteIsSurvived) {
  // Aim: a flipped bit anywhere in the stored report ends in a note or in an error, never in a crash. Every 13th byte, each bit in turn.
  RejectionNoteOrder order = sample_order();
  const std::vector<std::uint8_t> whole = order.draft;
  int notes = 0, errors = 0;
  for (std::size_t at = 0; at < whole.size(); at += 13) {
    order.draft = whole;
    order.draft[at] = static_cast<std::uint8_t>(order.draft[at] ^ (1u << (at % 8)));
    const auto note = build_rejection_note(order);
    if (!note) {
      EXPECT_EQ(note.error().code, "report_not_valid") << at;
    }
    ++(note.ok() ? notes : errors);
  }
  EXPECT_GT(notes, 0);
  EXPECT_GT(errors, 0);
}

}  // namespace
}  // namespace radfm::report
