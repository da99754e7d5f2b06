// SPDX-License-Identifier: Apache-2.0
#include "core/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace radfm {
namespace {

TEST(Result, HoldsAValueOrAnError) {
  // Aim: the two states are told apart and give back what was put in.
  const Result<int> seven(7);
  ASSERT_TRUE(seven.ok());
  EXPECT_EQ(*seven, 7);
  const Result<int> failed(transient_error("orthanc_unreachable", "no answer"));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().error_class, ErrorClass::transient);
  EXPECT_EQ(failed.error().code, "orthanc_unreachable");
}

TEST(Result, MovesWhatCannotBeCopied) {
  // Aim: handles travel through a Result without a copy.
  Result<std::unique_ptr<int>> handle(std::make_unique<int>(3));
  const std::unique_ptr<int> taken = std::move(handle).value();
  EXPECT_EQ(*taken, 3);
}

TEST(ResultDeathTest, StopsWhenTheWrongSideIsAsked) {
  // Aim: a broken invariant stops the program, it does not go on with garbage.
  const Result<int> failed(permanent_error("x", "y"));
  EXPECT_DEATH((void)failed.value(), "broken invariant");
  const Result<int> good(1);
  EXPECT_DEATH((void)good.error(), "broken invariant");
  const Status fine;
  EXPECT_DEATH((void)fine.error(), "broken invariant");
}

TEST(ErrorClass, EveryNameReadsBack) {
  // Aim: the queue's file stores the class as a word; no word may be lost or shared.
  for (const auto value : {ErrorClass::transient, ErrorClass::poison, ErrorClass::vanished, ErrorClass::permanent,
                           ErrorClass::cancelled}) {
    EXPECT_EQ(parse_error_class(to_string(value)), value);
  }
  EXPECT_FALSE(parse_error_class("Transient"));
  EXPECT_FALSE(parse_error_class(""));
}

}  // namespace
}  // namespace radfm
