// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/arrivals.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <iostream>
#include <thread>
#include <vector>

#include "tests/orthanc-plugin/fake_orthanc.h"
#include "tests/orthanc-plugin/header_file.h"

namespace radfm::plugin {
namespace {

const std::string file = header_file("P", "1.2.3", "1.2.4", "1.2.5");
const std::string id = orthanc_identifier(orthanc_key("P|1.2.3|1.2.4|1.2.5"));
const ArrivalMetadata from_modality{ct_class, "MODALITY", "ORTHANC"};

TEST(Arrivals, KnowsWhatArrived) {
  // Aim: all that the rules and the digest look at, and whose it is.
  Arrivals arrivals;
  ASSERT_TRUE(arrivals.remember(id, bytes_of(file), from_modality));
  const auto found = arrivals.find(id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->orthanc_study_id, orthanc_identifier(orthanc_key("P|1.2.3")));
  EXPECT_EQ(found->image.orthanc_series_id, orthanc_identifier(orthanc_key("P|1.2.3|1.2.4")));
  const IndexedInstance& instance = found->image.instance;
  EXPECT_EQ(instance.orthanc_id, id);
  EXPECT_EQ(instance.sop_instance_uid, "1.2.5");
  EXPECT_EQ(instance.sop_class_uid, ct_class);
  EXPECT_EQ(instance.remote_aet, "MODALITY");
  EXPECT_EQ(instance.called_aet, "ORTHANC");
}

TEST(Arrivals, WhatIsTakenIsForgotten) {
  // Aim: a settled study's images take no room; a name of another form is nobody's.
  Arrivals arrivals;
  ASSERT_TRUE(arrivals.remember(id, bytes_of(file), from_modality));
  EXPECT_TRUE(arrivals.take(id));
  EXPECT_FALSE(arrivals.take(id));
  EXPECT_FALSE(arrivals.find(id));
  EXPECT_EQ(arrivals.count(), 0U);
  EXPECT_FALSE(arrivals.find("../etc/passwd"));
}

TEST(Arrivals, BelievesNoFileThatOrthancNamesOtherwise) {
  // Aim: a head that was misread, or that Orthanc read otherwise, would be another image, study or patient.
  Arrivals arrivals;
  EXPECT_FALSE(arrivals.remember(id, bytes_of(header_file("Q", "1.2.3", "1.2.4", "1.2.5")), from_modality));
  EXPECT_FALSE(arrivals.remember(id, bytes_of(header_file("P", "1.2.9", "1.2.4", "1.2.5")), from_modality));
  EXPECT_FALSE(arrivals.remember(id, bytes_of(header_file("P", "1.2.3", "1.2.9", "1.2.5")), from_modality));
  EXPECT_FALSE(arrivals.remember(id, bytes_of(header_file("P", "1.2.3", "1.2.4", "1.2.9")), from_modality));
  EXPECT_FALSE(arrivals.remember("x", bytes_of(file), from_modality));
  EXPECT_EQ(arrivals.count(), 0U);
}

TEST(Arrivals, WhatIsJoinedIsTakenApartInOneWay) {
  // Aim: the same hash must not be two studies: a bar in a UID is no answer, one in the Patient ID is.
  Arrivals arrivals;
  const std::string joined = orthanc_identifier(orthanc_key("P|1|1.2.3|1.2.4|1.2.5"));
  EXPECT_FALSE(arrivals.remember(joined, bytes_of(header_file("P", "1|1.2.3", "1.2.4", "1.2.5")), from_modality));
  EXPECT_FALSE(arrivals.remember(joined, bytes_of(header_file("P", "1", "1.2.3|1.2.4", "1.2.5")), from_modality));
  ASSERT_TRUE(arrivals.remember(joined, bytes_of(header_file("P|1", "1.2.3", "1.2.4", "1.2.5")), from_modality));
  EXPECT_EQ(arrivals.find(joined)->orthanc_study_id, orthanc_identifier(orthanc_key("P|1|1.2.3")));
}

TEST(Arrivals, LeavesToOrthancWhatItCannotTell) {
  // Aim: without a SOP class (an Orthanc that tells no metadata), with an illegal UID, with texts longer than any can be.
  Arrivals arrivals;
  EXPECT_FALSE(arrivals.remember(id, bytes_of(file), {"", "MODALITY", "ORTHANC"}));
  const std::string strange = header_file("P", "1.2.3", "1.2.4", "../etc/cron.d/x");
  EXPECT_FALSE(arrivals.remember(orthanc_identifier(orthanc_key("P|1.2.3|1.2.4|../etc/cron.d/x")), bytes_of(strange), from_modality));
  const std::string longest(arrival_text_bytes_max, 'A');
  EXPECT_TRUE(arrivals.remember(id, bytes_of(file), {longest, longest, longest}));
  EXPECT_FALSE(arrivals.remember(id, bytes_of(file), {longest + "A", "", ""}));
  EXPECT_FALSE(arrivals.remember(id, bytes_of(file), {longest, longest + "A", ""}));
  EXPECT_FALSE(arrivals.remember(id, bytes_of(file), {longest, "", longest + "A"}));
}

TEST(Arrivals, StoredAnew) {
  // Aim: what came last counts, as in Orthanc.
  Arrivals arrivals;
  ASSERT_TRUE(arrivals.remember(id, bytes_of(file), from_modality));
  ASSERT_TRUE(arrivals.remember(id, bytes_of(file), {ct_class, "OTHER", "ORTHANC"}));
  EXPECT_EQ(arrivals.count(), 1U);
  EXPECT_EQ(arrivals.take(id)->image.instance.remote_aet, "OTHER");
}

TEST(Arrivals, TheOldestGoFirst) {
  // Aim: at the limit all are known, one past it the first is not; the room does not depend on what was taken.
  constexpr std::size_t limit = 100;
  Arrivals arrivals(limit);
  const auto arrive = [&](std::size_t number) {
    const std::string uid = "1.2.5." + std::to_string(number);
    ASSERT_TRUE(arrivals.remember(FakeOrthanc::id("1.2.3|1.2.4|" + uid), bytes_of(header_file("P", "1.2.3", "1.2.4", uid)), from_modality));
  };
  const auto known = [&](std::size_t number) { return arrivals.find(FakeOrthanc::id("1.2.3|1.2.4|1.2.5." + std::to_string(number))).has_value(); };
  for (std::size_t i = 0; i < limit; ++i) arrive(i);
  EXPECT_TRUE(known(0));
  arrive(limit);
  EXPECT_FALSE(known(0));
  EXPECT_TRUE(known(1));
  EXPECT_EQ(arrivals.count(), limit);
  EXPECT_TRUE(arrivals.take(FakeOrthanc::id("1.2.3|1.2.4|1.2.5." + std::to_string(limit))));
  for (std::size_t i = 0; i < limit; ++i) arrive(1'000 + i);
  EXPECT_EQ(arrivals.count(), limit);
  EXPECT_TRUE(known(1'000));
  EXPECT_FALSE(known(limit - 1));
}

TEST(Arrivals, TakeFewBytes) {
  // Aim: as many as are remembered at most take no more than Orthanc's process can spare; long UIDs, 50 images in a series.
  constexpr std::size_t bytes_max = 250;
  Arrivals arrivals;
  const std::size_t before = mallinfo2().uordblks;
  for (std::size_t i = 0; i < arrivals_max; ++i) {
    const std::string study = "1.2.826.0.1.3680043.8.498.12345678901234567890.1", series = study + "." + std::to_string(i / 50),
                      instance = series + "." + std::to_string(i % 50);
    const std::string whole = header_file("P", study, series, instance);
    ASSERT_TRUE(arrivals.remember(FakeOrthanc::id(study + "|" + series + "|" + instance), bytes_of(whole), from_modality));
  }
  const std::size_t each = (mallinfo2().uordblks - before) / arrivals_max;
  std::cout << arrivals_max << " images, " << each << " bytes each\n";
  EXPECT_LE(each, bytes_max);
}

TEST(Arrivals, FromManyThreads) {
  // Aim: while some store others take, and each image is taken exactly once.
  Arrivals arrivals;
  constexpr int images = 500, senders = 4;
  const auto name = [](int sender, int number) {
    return "1.2.3|" + std::to_string(sender + 1) + "|1.2.5." + std::to_string(number);
  };
  std::vector<std::thread> threads;
  for (int sender = 0; sender < senders; ++sender)
    threads.emplace_back([&, sender] {
      for (int i = 0; i < images; ++i) {
        const std::string whole = header_file("P", "1.2.3", std::to_string(sender + 1), "1.2.5." + std::to_string(i));
        EXPECT_TRUE(arrivals.remember(FakeOrthanc::id(name(sender, i)), bytes_of(whole), from_modality));
      }
    });
  int taken = 0;
  while (taken < images * senders)
    for (int sender = 0; sender < senders; ++sender)
      for (int i = 0; i < images; ++i)
        if (arrivals.take(FakeOrthanc::id(name(sender, i)))) ++taken;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, images * senders);
  EXPECT_EQ(arrivals.count(), 0U);
}

}  // namespace
}  // namespace radfm::plugin
