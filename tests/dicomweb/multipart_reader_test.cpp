// SPDX-License-Identifier: Apache-2.0
#include "dicomweb/multipart_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace radfm::dicomweb {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TextParts final : public MultipartReader::Parts {
 public:
  Status begin() override {
    parts_.push_back("(");
    return {};
  }
  Status take(std::string_view piece) override {
    parts_.back() += piece;
    return refuses_ ? Status(permanent_error("refused", "")) : Status();
  }
  Status end() override {
    parts_.back() += ")";
    return {};
  }
  std::vector<std::string> parts_;
  bool refuses_ = false;
};

// The parts as "(text)", then the error's code if there is one; read in pieces of this size.
std::vector<std::string> read(const std::string& body, std::size_t piece_bytes) {
  TextParts parts;
  MultipartReader reader("b", parts);
  Status status;
  for (std::size_t at = 0; at < body.size() && status.ok(); at += piece_bytes)
    status = reader.take(std::string_view(body).substr(at, piece_bytes));
  if (status.ok()) status = reader.finish();
  if (!status.ok()) parts.parts_.push_back(status.error().code);
  return parts.parts_;
}

TEST(MultipartReader, PartsInPiecesOfAnySize) {
  // Aim: heads with and without fields, an empty part, line breaks and half boundaries within a body, an
  // epilogue.
  const std::string body =
      "--b\r\nContent-Type: application/dicom\r\nX: "
      "y\r\n\r\none\r\n--\r\n-\r\n--b\r\n\r\n\r\n--b\r\n\r\n\r\n\r\n--b--\r\nmore --b";
  for (std::size_t piece_bytes = 1; piece_bytes <= body.size(); ++piece_bytes) {
    EXPECT_THAT(read(body, piece_bytes), ElementsAre("(one\r\n--\r\n-)", "()", "(\r\n)")) << piece_bytes;
  }
  EXPECT_THAT(read("words before\r\n--b\r\n\r\none\r\n--b--", 5), ElementsAre("(one)"));
  EXPECT_THAT(read("--b--", 2), IsEmpty());
}

TEST(MultipartReader, WhatIsBrokenIsTold) {
  // Aim: half an answer in each state, and a boundary that goes on.
  EXPECT_THAT(read("", 1), ElementsAre("web_bad_answer"));
  EXPECT_THAT(read("--b", 1), ElementsAre("web_bad_answer"));
  EXPECT_THAT(read("--b\r\nContent", 1), ElementsAre("web_bad_answer"));
  EXPECT_THAT(read("--b\r\n\r\nhalf of it", 1), ElementsAre("(half o", "web_bad_answer"));
  EXPECT_THAT(read("--bc\r\n\r\none\r\n--b--", 3), ElementsAre("web_bad_answer"));
}

TEST(MultipartReader, LimitsAreExact) {
  // Aim: preamble, head and number of parts, at the limit and past it.
  const auto head = [](std::size_t bytes) {
    return "--b\r\n" + std::string(bytes - 2, 'h') + "\r\n\r\n\r\n--b--";
  };
  EXPECT_THAT(read(head(part_head_bytes_max), 1'000), ElementsAre("()"));
  EXPECT_THAT(read(head(part_head_bytes_max + 1), 1'000), ElementsAre("web_bad_answer"));
  EXPECT_THAT(read(std::string(preamble_bytes_max + 1, 'p'), 1'000), ElementsAre("web_bad_answer"));
  std::string many;
  for (std::size_t i = 0; i < parts_max; ++i) many += "\r\n--b\r\n\r\n";
  EXPECT_EQ(read(many + "\r\n--b--", 60'000).size(), parts_max);
  EXPECT_EQ(read(many + "\r\n--b\r\n\r\n\r\n--b--", 60'000).back(), "web_bad_answer");
}

TEST(MultipartReader, TheReceiversErrorEndsIt) {
  // Aim: an error of the receiver is returned as it is.
  TextParts parts;
  parts.refuses_ = true;
  MultipartReader reader("b", parts);
  EXPECT_EQ(reader.take("--b\r\n\r\none\r\n--b--").error().code, "refused");
}

TEST(MultipartReader, Boundaries) {
  // Aim: quoted and plain, any case of the words; what is none or too long, at the limit and past it.
  EXPECT_EQ(boundary_of("multipart/related; type=\"application/dicom\"; boundary=\"a b\"").value(), "a b");
  EXPECT_EQ(boundary_of("Multipart/Related; Boundary=x1; type=application/dicom").value(), "x1");
  EXPECT_FALSE(boundary_of("application/dicom").ok());
  EXPECT_FALSE(boundary_of("multipart/related").ok());
  EXPECT_FALSE(boundary_of("multipart/related; boundary=").ok());
  EXPECT_FALSE(boundary_of("multipart/related; boundary=\"a\r\n\"").ok());
  EXPECT_TRUE(boundary_of("multipart/related; boundary=" + std::string(boundary_length_max, 'x')).ok());
  EXPECT_FALSE(boundary_of("multipart/related; boundary=" + std::string(boundary_length_max + 1, 'x')).ok());
}

}  // namespace
}  // namespace radfm::dicomweb
