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

}  // namespace
}  // namespace radfm
