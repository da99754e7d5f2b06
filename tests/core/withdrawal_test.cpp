// SPDX-License-Identifier: Apache-2.0
#include "core/withdrawal.h"

#include <gtest/gtest.h>

namespace radfm {
namespace {

TEST(Withdrawal, ReasonsReadBack) {
  // Aim: the queue's file and the command line store words; none is lost or shared.
  for (const RejectionReason reason : rejection_reasons) EXPECT_EQ(parse_rejection_reason(to_string(reason)), reason);
  EXPECT_EQ(to_string(RejectionReason::patient_safety), "patient_safety");
  EXPECT_FALSE(parse_rejection_reason("Quality"));
  EXPECT_FALSE(parse_rejection_reason(""));
}

TEST(Withdrawal, TheTextOfWhySaysSomethingAndFitsTheNote) {
  // Aim: at the limit and one past it; blanks are no reason, lines and other scripts are fine, control characters are not.
  EXPECT_FALSE(mistake_in_why(std::string(withdrawal_why_bytes_max, 'x')));
  EXPECT_TRUE(mistake_in_why(std::string(withdrawal_why_bytes_max + 1, 'x')));
  EXPECT_FALSE(mistake_in_why("Links und rechts vertauscht.\r\n\tSiehe Bild 3 (\xe5\xb7\xa6)."));
  EXPECT_TRUE(mistake_in_why(""));
  EXPECT_TRUE(mistake_in_why(" \t\r\n"));
  EXPECT_TRUE(mistake_in_why(std::string("wrong\0patient", 13)));
  EXPECT_TRUE(mistake_in_why("wrong \x1b[2J patient"));
  EXPECT_TRUE(mistake_in_why("wrong \x7f patient"));
}

}  // namespace
}  // namespace radfm
