// SPDX-License-Identifier: Apache-2.0
// SUV by body weight against values computed by hand: 70 kg, 370 MBq, a half life of 6,000 s, injected at 10:00:00.
#include "pipeline/imaging/suv.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <dcmtk/dcmdata/dcvrlo.h>
#include <dcmtk/dcmdata/dcvrds.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace radfm::imaging {
namespace {

void put(DcmItem& item, const DcmTagKey& tag, const char* value) {
  ASSERT_TRUE(item.putAndInsertString(tag, value).good());
}

DcmItem& agent(DcmDataset& set) {
  DcmItem* item = nullptr;
  EXPECT_TRUE(set.findOrCreateSequenceItem(DCM_RadiopharmaceuticalInformationSequence, item).good());
  return *item;
}

// Scan at 11:40:00, one half life after the injection.
void fill(DcmDataset& set) {
  put(set, DCM_Units, "BQML");
  put(set, DCM_CorrectedImage, "ATTN\\DECY\\SCAT");
  put(set, DCM_DecayCorrection, "START");
  put(set, DCM_PatientWeight, "70");
  put(set, DCM_SeriesDate, "20261124");
  put(set, DCM_SeriesTime, "114000");
  put(set, DCM_AcquisitionDate, "20261124");
  put(set, DCM_AcquisitionTime, "114000.00");
  put(set, DCM_ActualFrameDuration, "6000000");
  put(agent(set), DCM_RadionuclideTotalDose, "370000000");
  put(agent(set), DCM_RadionuclideHalfLife, "6000");
  put(agent(set), DCM_RadiopharmaceuticalStartTime, "100000");
}

double factor_of(DcmDataset& set) {
  const SuvFactor suv = read_suv(set, "");
  EXPECT_EQ(suv.why_not, "");
  return suv.factor.value_or(-1);
}

std::string why_not(const DcmTagKey& tag, const char* value, bool of_agent = false) {
  DcmDataset set;
  fill(set);
  put(of_agent ? agent(set) : set, tag, value);
  return read_suv(set, "").why_not;
}

constexpr double one_half_life = 70'000 / 1.85e8;  // g/ml for 1 Bq/ml

TEST(Suv, CorrectedToTheStartOfTheScan) {
  // The series' time; and of a series made later the same from the frame: average rate 2,827.40 s after its start.
  DcmDataset set;
  fill(set);
  EXPECT_NEAR(factor_of(set), one_half_life, 1e-10);
  put(set, DCM_SeriesTime, "170000");
  put(set, DCM_FrameReferenceTime, "2827399");
  EXPECT_NEAR(factor_of(set), one_half_life, 1e-9);
  set.findAndDeleteElement(DCM_FrameReferenceTime);
  EXPECT_NE(read_suv(set, "").why_not, "");
}

TEST(Suv, CorrectedToTheInjection) {
  // ADMIN: the whole dose, whatever the times say.
  DcmDataset set;
  fill(set);
  put(set, DCM_DecayCorrection, "ADMIN");
  EXPECT_NEAR(factor_of(set), 70'000 / 3.7e8, 1e-10);
  agent(set).findAndDeleteElement(DCM_RadiopharmaceuticalStartTime);
  EXPECT_NEAR(factor_of(set), 70'000 / 3.7e8, 1e-10);
}

TEST(Suv, NotCorrectedAtAll) {
  // NONE: the dose at the frame's average, 6,000 s + 2,827.40 s after the injection.
  DcmDataset set;
  fill(set);
  put(set, DCM_DecayCorrection, "NONE");
  put(set, DCM_CorrectedImage, "ATTN");
  EXPECT_NEAR(factor_of(set), 5.2454381e-4, 1e-9);
  put(set, DCM_CorrectedImage, "ATTN\\DECY");
  EXPECT_NE(read_suv(set, "").why_not, "");
}

TEST(Suv, InjectionsBeforeMidnightAreOfTheDayBefore) {
  // 23:50 and a scan at 0:30: 2,400 s.
  DcmDataset set;
  fill(set);
  put(agent(set), DCM_RadiopharmaceuticalStartTime, "235000");
  put(set, DCM_SeriesTime, "003000");
  EXPECT_NEAR(factor_of(set), 70'000 / 3.7e8 * std::exp2(0.4), 1e-10);
}

TEST(Suv, ZonesAreCompared) {
  // 09:00 UTC is 10:00 where the scanner stands; without the scanner's zone only a time that says the same helps.
  DcmDataset set;
  fill(set);
  put(agent(set), DCM_RadiopharmaceuticalStartDateTime, "20261124090000+0000");
  EXPECT_NE(read_suv(set, "").why_not, "");
  put(set, DCM_TimezoneOffsetFromUTC, "+0100");
  EXPECT_NEAR(factor_of(set), one_half_life, 1e-10);
  set.findAndDeleteElement(DCM_TimezoneOffsetFromUTC);
  put(agent(set), DCM_RadiopharmaceuticalStartDateTime, "20261124100000.000000+0100");
  EXPECT_NEAR(factor_of(set), one_half_life, 1e-10);
  put(agent(set), DCM_RadiopharmaceuticalStartDateTime, "20261124100000");
  EXPECT_NEAR(factor_of(set), one_half_life, 1e-10);
}

TEST(Suv, WhatIsMissingOrImpossibleIsNamed) {
  // Each of these gives no factor and its own sentence.
  EXPECT_NE(why_not(DCM_PatientWeight, "0").find("weight"), std::string::npos);
  EXPECT_NE(why_not(DCM_PatientWeight, "70000").find("weight"), std::string::npos);
  EXPECT_NE(why_not(DCM_CorrectedImage, "DECY").find("attenuation"), std::string::npos);
  EXPECT_NE(why_not(DCM_DecayCorrection, "").find("decay correction"), std::string::npos);
  EXPECT_NE(why_not(DCM_Units, "CNTS").find("counts"), std::string::npos);
  EXPECT_NE(why_not(DCM_Units, "PROPCNTS").find("becquerel"), std::string::npos);
  EXPECT_NE(why_not(DCM_RadionuclideTotalDose, "370", true).find("dose"), std::string::npos);
  EXPECT_NE(why_not(DCM_RadionuclideHalfLife, "0", true).find("half life"), std::string::npos);
  EXPECT_NE(why_not(DCM_RadionuclideHalfLife, "43201", true).find("day"), std::string::npos);
  EXPECT_NE(why_not(DCM_RadiopharmaceuticalStartTime, "", true).find("time of the injection"), std::string::npos);
  EXPECT_NE(why_not(DCM_RadiopharmaceuticalStartDateTime, "20261124120000", true).find("later"), std::string::npos);
  EXPECT_NE(why_not(DCM_RadiopharmaceuticalStartDateTime, "20261123100000", true).find("too long"), std::string::npos);
}

TEST(Suv, ImagesThatAreSuvAlready) {
  // GML by body weight, and the unit of a real world map; by lean body mass it is not.
  DcmDataset set;
  put(set, DCM_Units, "GML");
  EXPECT_EQ(read_suv(set, "").factor, 1);
  put(set, DCM_SUVType, "BW");
  EXPECT_EQ(read_suv(set, "").factor, 1);
  put(set, DCM_SUVType, "LBM");
  EXPECT_FALSE(read_suv(set, "").factor);
  EXPECT_EQ(read_suv(set, "{SUVbw}g/ml").factor, 1);
}

TEST(Suv, CountsWithThePrivateFactorOfTheirScanner) {
  // Philips' block, wherever it lies: a factor to SUV, or one to Bq/ml.
  DcmDataset set;
  fill(set);
  put(set, DCM_Units, "CNTS");
  const auto put_private = [&](DcmElement* value) { ASSERT_TRUE(set.insert(value, true).good()); };
  auto* creator = new DcmLongString(DcmTag(DcmTagKey(0x7053, 0x11), EVR_LO));
  creator->putString("Philips PET Private Group");
  put_private(creator);
  auto* activity = new DcmDecimalString(DcmTag(DcmTagKey(0x7053, 0x1109), EVR_DS));
  activity->putString("2.5");
  put_private(activity);
  EXPECT_NEAR(factor_of(set), 2.5 * one_half_life, 1e-9);
  auto* suv = new DcmDecimalString(DcmTag(DcmTagKey(0x7053, 0x1100), EVR_DS));
  suv->putString("0.0007");
  put_private(suv);
  EXPECT_EQ(factor_of(set), 0.0007);
}

}  // namespace
}  // namespace radfm::imaging
