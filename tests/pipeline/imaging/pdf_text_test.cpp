// SPDX-License-Identifier: Apache-2.0
// pdftotext as a confined process: real documents with the real program, and programs that misbehave in its
// place.
#include "pipeline/imaging/pdf_text.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "pipeline/process/file_descriptor.h"
#include "tests/pipeline/imaging/small_pdf.h"

namespace radfm::imaging {
namespace {

process::FileDescriptor file_of(const std::string& bytes) {
  process::FileDescriptor file(::memfd_create("document", MFD_CLOEXEC));
  EXPECT_EQ(::write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return file;
}

class PdfText : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "radfm-pdf-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // A program that does this, in the place of pdftotext.
  PdfTextLimits with_program(const std::string& script, const char* shell = "/bin/sh") {
    PdfTextLimits limits;
    limits.program = folder_ / "program";
    std::ofstream(limits.program) << "#!" << shell << "\n" << script << "\n";
    ::chmod(limits.program.c_str(), 0700);
    return limits;
  }

  std::filesystem::path folder_;
};

std::string outcome(const Result<std::string>& text) {
  return text ? *text : text.error().code;
}

TEST_F(PdfText, TheTextLayer) {
  // Lines in their order, in UTF-8; a document without a text is a scan.
  const process::FileDescriptor report =
      file_of(testing::small_pdf({"Findings: No nodule.", "Impression: M\xFCller normal."}));
  const PdfTextLimits limits;
  if (!std::filesystem::exists(limits.program))
    GTEST_SKIP() << limits.program << " is not there; install poppler-utils";
  EXPECT_EQ(outcome(pdf_text(report.get(), limits)).substr(0, 49),
            "Findings: No nodule.\nImpression: M\u00fcller normal.\n");
  EXPECT_EQ(outcome(pdf_text(report.get(), limits)).substr(0, 9), "Findings:");  // read from its start again
  EXPECT_EQ(outcome(pdf_text(file_of(testing::small_pdf({})).get(), limits)), "pdf_no_text");
  EXPECT_EQ(outcome(pdf_text(file_of("%PDF-1.4\nnothing of the kind").get(), limits)), "pdf_broken");
}

TEST_F(PdfText, AMissingProgramIsSaidWithWhatToDo) {
  PdfTextLimits limits;
  limits.program = folder_ / "none";
  const auto text = pdf_text(file_of("%PDF-").get(), limits);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, "pdf_program_missing");
  EXPECT_NE(text.error().message.find("reader.pdf_text_program"), std::string::npos);
}

TEST_F(PdfText, OutputIsCutAtItsLimit) {
  // One byte past the limit is not taken; an endless writer is ended.
  PdfTextLimits limits = with_program("printf 12345678");
  limits.text_bytes_max = 8;
  EXPECT_EQ(outcome(pdf_text(file_of("x").get(), limits)), "12345678");
  limits.text_bytes_max = 7;
  EXPECT_EQ(outcome(pdf_text(file_of("x").get(), limits)), "1234567");
  limits = with_program("while :; do echo yes; done");
  EXPECT_EQ(outcome(pdf_text(file_of("x").get(), limits)).size(), limits.text_bytes_max);
}

TEST_F(PdfText, TimeIsLimited) {
  // A program that computes for ever, and one that closes its output and stays.
  PdfTextLimits limits = with_program("while :; do :; done");
  limits.timeout_ms = 300;
  EXPECT_EQ(outcome(pdf_text(file_of("x").get(), limits)), "pdf_timeout");
  limits = with_program("exec >&-; while :; do :; done");
  EXPECT_EQ(outcome(pdf_text(file_of("x").get(), limits)), "pdf_broken");
}

TEST_F(PdfText, MemoryIsLimited) {
  PdfTextLimits limits = with_program("x=1234567890123456; while :; do x=$x$x; done; echo never");
  limits.memory_max_mb = 64;
  EXPECT_EQ(outcome(pdf_text(file_of("x").get(), limits)), "pdf_broken");
}

TEST_F(PdfText, NoFileIsWrittenAndNoNetworkIsReached) {
  // Whatever the program is made to do: files cannot be opened for writing, sockets and new processes are
  // fatal.
  const std::filesystem::path file = folder_ / "written";
  EXPECT_EQ(outcome(pdf_text(file_of("x").get(),
                             with_program("echo secret > " + file.string() + "\necho went on"))),
            "went on\n");
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_EQ(outcome(pdf_text(file_of("x").get(),
                             with_program("exec 3<>/dev/tcp/127.0.0.1/9; echo connected", "/bin/bash"))),
            "pdf_broken");
  EXPECT_EQ(outcome(pdf_text(file_of("x").get(), with_program("(echo child); echo parent"))), "pdf_broken");
}

TEST_F(PdfText, OnlyTheDocumentIsInherited) {
  // No variable of ours and no open file but the document, the pipe and nothing's place.
  ASSERT_EQ(::setenv("RADFM_SECRET", "secret", 1), 0);
  EXPECT_EQ(outcome(pdf_text(file_of("bytes").get(),
                             with_program("read line; echo \"$line $RADFM_SECRET$HOME.\""))),
            "bytes .\n");
  ::unsetenv("RADFM_SECRET");
}

TEST_F(PdfText, CanBeWoken) {
  // A readable descriptor ends the wait, for a job that is cancelled.
  const process::FileDescriptor wake = file_of("now");
  const auto text = pdf_text(file_of("x").get(), with_program("while :; do :; done"), wake.get());
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().error_class, ErrorClass::cancelled);
}

}  // namespace
}  // namespace radfm::imaging
