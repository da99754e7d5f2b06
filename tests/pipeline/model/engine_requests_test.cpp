// SPDX-License-Identifier: Apache-2.0
// Aim: as many ordinary requests as are asked for and one urgent one are held, and no more; urgent ones are taken first, others in the
// order of arrival.
#include "pipeline/model/engine_requests.h"

#include <gtest/gtest.h>

#include <future>

namespace radfm::model {
namespace {

std::string code(const Status& status) { return status ? "" : status.error().code; }

TEST(EngineRequests, OneOfEachKind) {
  EngineRequests requests;
  EXPECT_EQ(code(requests.add(1, false, {})), "");
  EXPECT_EQ(code(requests.add(2, false, {})), "engine_busy");
  EXPECT_EQ(code(requests.add(1, true, {})), "engine_busy");  // the id is taken
  EXPECT_EQ(code(requests.add(3, true, {})), "");
  EXPECT_EQ(code(requests.add(4, true, {})), "engine_busy");
  const auto urgent = requests.take(), ordinary = requests.take();
  EXPECT_EQ(urgent->id, 3);
  EXPECT_TRUE(urgent->urgent);
  EXPECT_EQ(ordinary->id, 1);
  EXPECT_EQ(code(requests.add(2, false, {})), "engine_busy");  // until it is answered, not until it is taken
  requests.answered(*ordinary);
  EXPECT_EQ(code(requests.add(2, false, {})), "");
  EXPECT_EQ(requests.take_one(true), nullptr);  // the one that there is, is taken
  requests.answered(*urgent);
  EXPECT_EQ(code(requests.add(4, true, {})), "");
  EXPECT_EQ(requests.take_one(true)->id, 4);
}

TEST(EngineRequests, SeveralOrdinaryOnes) {
  EngineRequests requests(3);
  for (const int id : {7, 5, 6}) EXPECT_EQ(code(requests.add(id, false, {})), "");
  EXPECT_EQ(code(requests.add(8, false, {})), "engine_busy");
  EXPECT_EQ(code(requests.add(8, true, {})), "");
  EXPECT_EQ(requests.take_one(false)->id, 7);
  EXPECT_EQ(requests.take()->id, 8);
  const auto second = requests.take();
  EXPECT_EQ(second->id, 5);
  requests.answered(*second);
  EXPECT_EQ(code(requests.add(7, false, {})), "engine_busy");  // its id is held
  EXPECT_EQ(code(requests.add(5, false, {})), "");
  EXPECT_EQ(requests.take()->id, 6);
  EXPECT_EQ(requests.take()->id, 5);
  EXPECT_EQ(requests.take_one(false), nullptr);
}

TEST(EngineRequests, ACancelFindsItsRequest) {
  EngineRequests requests;
  ASSERT_TRUE(requests.add(1, false, {}).ok());
  ASSERT_TRUE(requests.add(2, true, {}).ok());
  requests.cancel(3);
  requests.cancel(1);
  const auto urgent = requests.take(), ordinary = requests.take();
  EXPECT_FALSE(urgent->cancelled);
  EXPECT_TRUE(ordinary->cancelled);
  requests.answered(*ordinary);
  requests.cancel(1);
  requests.cancel(2);
  EXPECT_TRUE(urgent->cancelled);
}

TEST(EngineRequests, WhoWaitsIsWoken) {
  EngineRequests requests;
  auto waits = std::async(std::launch::async, [&] { return requests.take()->id; });
  ASSERT_TRUE(requests.add(5, true, {}).ok());
  EXPECT_EQ(waits.get(), 5);
}

}  // namespace
}  // namespace radfm::model
