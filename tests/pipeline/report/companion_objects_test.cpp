// SPDX-License-Identifier: Apache-2.0
// The companions in the hands of programs that others wrote: dciodvfy, dcentvfy, pydicom.
#include "pipeline/report/companion_objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/job.h"
#include "core/sop_class.h"
#include "pipeline/report/sr_file.h"
#include "tests/pipeline/report/sample_draft.h"
#include "tests/support/outside_program.h"

namespace radfm::report {
namespace {

using test::find_outside_program;
using test::run_outside_program;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string sample_pdf = "%PDF-1.5\n% odd number of bytes\n%%EOF\n";

CompanionUids uids_of(const std::string& role) { return {uid_from_name(role + " series"), uid_from_name(role)}; }

std::vector<std::uint8_t> sample_pixels() {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 31 * 21; ++i) pixels.push_back(static_cast<std::uint8_t>(i));
  return pixels;
}

Result<std::vector<std::uint8_t>> pdf_of(const DraftContent& content) {
  return build_encapsulated_pdf(content, uids_of("pdf"), sample_pdf);
}

Result<std::vector<std::uint8_t>> page_of(const DraftContent& content) {
  const std::vector<std::uint8_t> pixels = sample_pixels();
  return build_secondary_capture(content, uids_of("page"), {2, 3, 31, 21, pixels});
}

std::string text_of(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

class Companions : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::vector<std::uint8_t>& bytes) {
    const std::string file = (folder_.path() / name).string();
    test::write_file(file, bytes);
    return file;
  }
  // Every complaint of dciodvfy, and whether it saw the object of this name.
  std::string complaints(const Result<std::vector<std::uint8_t>>& object, const std::string& iod) {
    if (!object) return object.error().code + ": " + object.error().message;
    const auto run = run_outside_program({find_outside_program("dciodvfy"), "-new", write("object.dcm", *object)});
    std::string found;
    for (const char* prefix : {"Error", "Warning"}) {
      for (const std::string& line : test::lines_starting(run.output, prefix)) found += line + "\n";
    }
    if (run.output.find(iod) == std::string::npos) found += "dciodvfy: not seen as " + iod + ": " + run.output;
    return found;
  }
  test::TemporaryFolder folder_;
};

DraftContent revision_two() {
  DraftContent content = sample_draft();
  content.revision = 2;
  content.predecessors = {{uid_from_name("test study"), uid_from_name("first series"), std::string(basic_text_sr_uid),
                           uid_from_name("first draft")}};
  return content;
}

TEST_F(Companions, DciodvfyFindsNothing) {
  // Aim: not one error or warning for either object, of a first draft, a revision, and one without key images.
  if (find_outside_program("dciodvfy").empty()) GTEST_SKIP() << "dciodvfy (dicom3tools) is not installed";
  DraftContent plain = sample_draft();
  plain.key_images.clear();
  plain.source_header.erase(0x00400275);
  for (const DraftContent& content : {sample_draft(), revision_two(), plain}) {
    EXPECT_EQ(complaints(pdf_of(content), "EncapsulatedPDF"), "");
    EXPECT_EQ(complaints(page_of(content), "SCImage"), "");
  }
}

TEST_F(Companions, SameInputSameBytes) {
  // Aim: a retry sends what was sent before; no UID and no time that is not the job's.
  EXPECT_EQ(*pdf_of(sample_draft()), *pdf_of(sample_draft()));
  EXPECT_EQ(*page_of(sample_draft()), *page_of(sample_draft()));
  EXPECT_THAT(text_of(*pdf_of(sample_draft())), Not(HasSubstr("1.2.276.0.7230010")));
  EXPECT_THAT(text_of(*page_of(sample_draft())), Not(HasSubstr("1.2.276.0.7230010")));
}

TEST_F(Companions, AreOfOnePatientAndStudyWithTheDraft) {
  // Aim: dcentvfy finds SR, PDF and page to agree on every patient and study attribute.
  if (find_outside_program("dcentvfy").empty()) GTEST_SKIP() << "dcentvfy (dicom3tools) is not installed";
  const auto draft = build_draft(sample_draft());
  ASSERT_TRUE(draft.ok());
  const auto run = run_outside_program({find_outside_program("dcentvfy"), write("sr.dcm", draft->dicom),
                                        write("pdf.dcm", *pdf_of(sample_draft())), write("page.dcm", *page_of(sample_draft()))});
  EXPECT_TRUE(test::lines_starting(run.output, "Error").empty()) << run.output;
}

TEST_F(Companions, NameTheDraftAndAreNotNamedByIt) {
  // Aim: whoever finds a companion finds its SR; the SR's bytes do not depend on companions.
  const auto draft = build_draft(sample_draft());
  for (const auto& object : {pdf_of(sample_draft()), page_of(sample_draft())}) {
    ASSERT_TRUE(object.ok());
    EXPECT_THAT(text_of(*object), HasSubstr(sample_draft().sop_instance_uid));
    EXPECT_THAT(text_of(*object), HasSubstr(sample_draft().key_images[0].sop_instance_uid));
  }
  for (const char* role : {"pdf", "page", "pdf series", "page series"}) {
    EXPECT_THAT(text_of(draft->dicom), Not(HasSubstr(uid_from_name(role))));
  }
}

TEST_F(Companions, NeverClaimMoreThanADraft) {
  // Aim: flag, title, series and burned-in marks say what they are, whatever the source says.
  DraftContent content = sample_draft();
  set(content.source_header, 0x0040A493, "CS", "VERIFIED");
  content.completion_flag = "COMPLETE";
  EXPECT_THAT(text_of(*pdf_of(content)), HasSubstr("UNVERIFIED"));
  EXPECT_THAT(text_of(*pdf_of(content)), HasSubstr(pdf_document_title));
  EXPECT_THAT(text_of(*pdf_of(content)), HasSubstr(pdf_series_description));
  EXPECT_THAT(text_of(*page_of(content)), HasSubstr(page_series_description));
}

TEST_F(Companions, PydicomReadsWhatWentIn) {
  // Aim: an independent reader finds the PDF's own bytes and length, the pixels in their order, and the references.
  const std::string python = test::find_python();
  if (python.empty()) GTEST_SKIP() << "the Python environment in .deps is not set up";
  const auto draft = build_draft(revision_two());
  ASSERT_TRUE(draft.ok());
  const auto run = run_outside_program({python, "tests/pipeline/report/read_companions.py", write("sr.dcm", draft->dicom),
                                        write("pdf.dcm", *pdf_of(revision_two())), write("page.dcm", *page_of(revision_two())),
                                        write("document.pdf", {sample_pdf.begin(), sample_pdf.end()})});
  EXPECT_EQ(run.exit_code, 0) << run.output;
}

TEST_F(Companions, AHeaderWithoutStudyIsRefused) {
  // Aim: no companion that would be filed nowhere.
  DraftContent content = sample_draft();
  content.source_header.erase(0x0020000D);
  EXPECT_EQ(pdf_of(content).error().code, "source_header_unusable");
  EXPECT_EQ(page_of(content).error().code, "source_header_unusable");
}

}  // namespace
}  // namespace radfm::report
