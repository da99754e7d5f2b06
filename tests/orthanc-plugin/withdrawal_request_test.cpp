// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/withdrawal_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "orthanc-plugin/rest_request.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;
using ::testing::Not;
using ::testing::HasSubstr;

std::string body(const json& reason, const json& why) {
  return json{{"reason", reason}, {"why", why}}.dump();
}

TEST(WithdrawalRequest, IsReadAsItWasWritten) {
  // Aim: both reasons, and a text of lines, quotes and other scripts.
  const auto read = read_withdrawal_request(body("patient_safety", "Left \"is\" right.\nSee <image> 3: \xe5\xb7\xa6"));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->reason, RejectionReason::patient_safety);
  EXPECT_EQ(read->why, "Left \"is\" right.\nSee <image> 3: \xe5\xb7\xa6");
  EXPECT_EQ(read_withdrawal_request(body("quality", "x"))->reason, RejectionReason::quality);
}

TEST(WithdrawalRequest, WhatIsMissingOrWrongIsNamed) {
  // Aim: no JSON, another form, a member too few, too many or of another type: refused, and nothing of it is repeated.
  const std::pair<std::string, const char*> wrong[] = {{"", "JSON object"},
                                                       {"<b>", "JSON object"},
                                                       {"[]", "JSON object"},
                                                       {"{", "JSON object"},
                                                       {"{\"reason\": \"quality\", \"why\": \"\xfc\"}", "JSON object"},
                                                       {"{}", "reason: expected"},
                                                       {body("Quality", "x"), "reason: expected"},
                                                       {body(1, "x"), "reason: expected"},
                                                       {body("<b>", "x"), "reason: expected"},
                                                       {R"({"reason": "quality"})", "why: expected"},
                                                       {body("quality", nullptr), "why: expected"},
                                                       {body("quality", ""), "why: expected"},
                                                       {body("quality", " \n"), "why: expected"},
                                                       {body("quality", std::string(1, '\0')), "why: expected"},
                                                       {R"({"reason": "quality", "why": "x", "<b>": 1})", "unknown member"}};
  for (const auto& [text, message] : wrong) {
    const auto read = read_withdrawal_request(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().code, "bad_request");
    EXPECT_THAT(read.error().message, HasSubstr(message)) << text;
    EXPECT_THAT(read.error().message, Not(HasSubstr("<b>")));
  }
}

TEST(WithdrawalRequest, LimitsOfTextAndBody) {
  // Aim: each at its limit and one past it; a text of the limit fits the body however it is escaped.
  EXPECT_TRUE(read_withdrawal_request(body("quality", std::string(withdrawal_why_bytes_max, 'x'))).ok());
  EXPECT_FALSE(read_withdrawal_request(body("quality", std::string(withdrawal_why_bytes_max + 1, 'x'))).ok());
  std::string escaped;
  for (std::size_t i = 0; i < withdrawal_why_bytes_max; ++i) escaped += "\\u0041";
  EXPECT_TRUE(read_withdrawal_request(R"({"reason": "patient_safety", "why": ")" + escaped + "\"}").ok());
  const std::string small = body("quality", "x");
  const std::string padding(request_body_bytes_max - small.size(), ' ');
  EXPECT_TRUE(read_withdrawal_request(small + padding).ok());
  EXPECT_FALSE(read_withdrawal_request(small + padding + " ").ok());
  EXPECT_FALSE(read_withdrawal_request(std::string(request_body_bytes_max, '[')).ok());
}

}  // namespace
}  // namespace radfm::plugin
