// SPDX-License-Identifier: Apache-2.0
#include "core/job.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace radfm {
namespace {

constexpr JobState all_states[] = {JobState::queued, JobState::leased, JobState::delivering,
                                   JobState::done,   JobState::dead,   JobState::cancelled};

TEST(JobState, AllowsExactlyTheWrittenTransitions) {
  // Aim: the table of core/job.h, written a second time as a list; all other pairs are illegal.
  using enum JobState;
  const std::set<std::pair<JobState, JobState>> legal{
      {queued, leased},     {queued, cancelled},   {queued, done},
      {leased, delivering}, {leased, queued},      {leased, dead},          {leased, cancelled}, {leased, done},
      {delivering, done},   {delivering, queued},  {delivering, dead},      {delivering, cancelled},
      {dead, queued},       {cancelled, queued},
      {done, delivering},   {dead, delivering},    {cancelled, delivering}};  // withdrawn: the note is sent
  for (const auto from : all_states) {
    for (const auto to : all_states) {
      EXPECT_EQ(is_legal(from, to), legal.contains({from, to})) << to_string(from) << " -> " << to_string(to);
    }
  }
}

TEST(JobState, NamesReadBack) {
  // Aim: the queue's file stores words; none is lost or shared.
  for (const auto state : all_states) EXPECT_EQ(parse_job_state(to_string(state)), state);
  for (const auto lane : {Lane::stat, Lane::routine, Lane::background}) EXPECT_EQ(parse_lane(to_string(lane)), lane);
  EXPECT_FALSE(parse_job_state("Done"));
  EXPECT_FALSE(parse_lane(""));
  EXPECT_EQ(to_string(JobStage::none), "none");
  EXPECT_EQ(to_string(JobStage::waiting_for_model), "waiting_for_model");
  EXPECT_EQ(to_string(JobStage::reading_prompt), "reading_prompt");
  EXPECT_EQ(to_string(JobStage::delivering), "delivering");
}

TEST(ResultUids, FollowFromTheIdentityForEver) {
  // Aim: the values of another implementation (Python's uuid5 over "job/1.2.3/abc/0/sr"): a re-send must find its object.
  const ResultUids uids = result_uids({"1.2.3", "abc", 0});
  EXPECT_EQ(uids.sr_sop_instance_uid, "2.25.73775030091907832888476552590804584180");
  EXPECT_EQ(uids.series_instance_uid, "2.25.53090540807836032913046250216942211137");
}

TEST(ResultUids, DifferForEachPartOfTheIdentityAndEachRole) {
  // Aim: no two objects of this node share a UID.
  const std::set<std::string> uids{result_uid({"1.2.3", "abc", 0}, "sr"),  result_uid({"1.2.4", "abc", 0}, "sr"),
                                   result_uid({"1.2.3", "abd", 0}, "sr"),  result_uid({"1.2.3", "abc", 1}, "sr"),
                                   result_uid({"1.2.3", "abc", 0}, "pdf"), result_uid({"1.2.3", "abc", 0}, "device")};
  EXPECT_EQ(uids.size(), 6U);
}

TEST(DeliveredMarks, AreAddedOnceAndReadBack) {
  // Aim: a repeated delivery replaces its mark; another run adds one.
  std::string json = add_delivered_mark("", {"abc", 0, 1, "2.25.1"});
  EXPECT_EQ(json, R"({"jobs":[{"digest":"abc","revision":1,"run":0,"sop":"2.25.1"}]})");
  json = add_delivered_mark(json, {"abc", 0, 1, "2.25.1"});
  json = add_delivered_mark(json, {"abc", 1, 2, "2.25.2"});
  const auto marks = parse_delivered_marks(json);
  ASSERT_EQ(marks.size(), 2U);
  EXPECT_EQ(marks[1].run, 1);
  EXPECT_EQ(marks[1].revision, 2);
  EXPECT_EQ(marks[1].sop_instance_uid, "2.25.2");
}

TEST(DeliveredMarks, WhatCannotBeReadIsLeftOut) {
  // Aim: metadata can be written by anybody; it must not stop a delivery.
  EXPECT_TRUE(parse_delivered_marks("rubbish").empty());
  EXPECT_TRUE(parse_delivered_marks("[]").empty());
  EXPECT_TRUE(parse_delivered_marks(R"({"jobs": 5})").empty());
  const auto marks = parse_delivered_marks(
      R"({"jobs": [5, {}, {"digest": 1, "run": 0, "revision": 1, "sop": "a"}, {"digest": "d", "run": 0, "revision": 1, "sop": "s"}]})");
  ASSERT_EQ(marks.size(), 1U);
  EXPECT_EQ(marks[0].digest, "d");
  EXPECT_EQ(parse_delivered_marks(add_delivered_mark("{broken", {"e", 0, 1, "s"})).size(), 1U);
}

}  // namespace
}  // namespace radfm
