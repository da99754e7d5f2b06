// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/prior_relevance.h"

#include <gtest/gtest.h>

#include "tests/pipeline/draft/hand_made_study.h"

namespace radfm::draft {
namespace {

using imaging::StudyReading;
using test::set;

StudyReading radiograph(const std::string& uid, const std::string& body_part,
                        const std::string& description) {
  StudyReading study = test::study(uid, uid == "1.2.9" ? "20240311" : "20230311");
  set(study, tag::study_description, description);
  test::add_radiograph(study, "1");
  study.instances[0].body_part = study.volumes[0].body_part = body_part;
  study.instances[0].series_description = study.volumes[0].series_description = "";
  return study;
}

std::string rule_name(const StudyReading& current, const StudyReading& prior,
                      const PriorSettings& settings = {}) {
  const auto rule = rule_of(topic_of(current.volumes.at(0), current, settings), "20240311", prior, settings);
  return rule ? settings.rules[*rule].name : "none";
}

TEST(PriorRelevance, TheDefaultRulesInOrder) {
  // Same group and region; another modality of the region; same group where one names no region; nothing
  // else.
  const StudyReading current = radiograph("1.2.9", "CHEST", "");
  EXPECT_EQ(rule_name(current, radiograph("1.2.1", "THORAX", "")), "same modality and region");
  StudyReading ct = test::study("1.2.2", "20230311");
  test::add_ct(ct, "1", 2, 2);
  EXPECT_EQ(rule_name(current, ct), "same region");
  EXPECT_EQ(rule_name(current, radiograph("1.2.3", "", "")), "same modality, region not named");
  EXPECT_EQ(rule_name(current, radiograph("1.2.4", "KNEE", "")), "none");
  StudyReading head_ct = test::study("1.2.5", "20230311");
  set(head_ct, tag::study_description, "CT Head");
  test::add_ct(head_ct, "1", 2, 2);
  for (auto& instance : head_ct.instances) instance.body_part = "HEAD", instance.series_description = "";
  EXPECT_EQ(rule_name(current, head_ct), "none");
}

TEST(PriorRelevance, TheRegionIsLookedForWhereItMayStand) {
  // Body part, coded region, series and study description, the procedure's name and codes; a wrong body part
  // alone excludes nothing that the description names.
  const StudyReading current = radiograph("1.2.9", "", "Chest PA");
  EXPECT_EQ(rule_name(current, radiograph("1.2.1", "ABDOMEN", "")), "none");
  StudyReading wrong = radiograph("1.2.1", "ABDOMEN", "");
  wrong.instances[0].series_description = "Thorax PA";
  EXPECT_EQ(rule_name(current, wrong), "same modality and region");
  StudyReading coded = radiograph("1.2.1", "", "");
  coded.instances[0].anatomic_region = "Thoracic structure";
  EXPECT_EQ(rule_name(current, coded), "same modality and region");
  StudyReading procedure = radiograph("1.2.1", "", "");
  set(procedure, tag::requested_procedure_description, "XR CHEST 2 VIEWS");
  EXPECT_EQ(rule_name(current, procedure), "same modality and region");
  StudyReading code = radiograph("1.2.1", "", "");
  AttributeSet item;
  item[tag::code_meaning] = {"LO", "Chest radiography", {}};
  code.header[tag::procedure_code_sequence] = {"SQ", "", {item}};
  EXPECT_EQ(rule_name(current, code), "same modality and region");
}

TEST(PriorRelevance, SeveralModalitiesAndReportsAlone) {
  // PET/CT is of both groups; a study of a report alone has no modality, and its description says the region.
  StudyReading current = test::study("1.2.9", "20240311");
  test::add_ct(current, "1", 2, 2);
  StudyReading pet_ct = test::study("1.2.1", "20230311");
  test::add_ct(pet_ct, "1", 2, 2);
  pet_ct.instances[0].modality = "PT";
  EXPECT_EQ(rule_name(current, pet_ct), "same modality and region");
  StudyReading report = test::study("1.2.2", "20230311");
  report.instances.push_back({"1.2.2.1", test::sr_class, "1.2.2.0", "SR", "", "Report"});
  EXPECT_EQ(rule_name(current, report), "same region");
}

TEST(PriorRelevance, FromTheIndexAlone) {
  // What Orthanc's index says is enough to leave a study unfetched; series without images say nothing.
  const StudyReading current = radiograph("1.2.9", "CHEST", "");
  const PriorSettings settings;
  StudyIndex index;
  index.study_description = "Abdomen";
  index.series.resize(2);
  index.series[0].modality = "CR";
  index.series[0].body_part = "CHEST";
  index.series[0].instances.resize(1);
  index.series[0].instances[0].sop_class_uid = test::cr_class;
  index.series[1].modality = "SR";
  index.series[1].instances.resize(1);
  index.series[1].instances[0].sop_class_uid = test::sr_class;
  const ImageTopic topic = topic_of(index, settings);
  EXPECT_EQ(topic.modality_groups, std::set<std::string>{"radiograph"});
  EXPECT_EQ(topic.regions, (std::set<std::string>{"abdomen", "chest"}));
  const ImageTopic shown = topic_of(current.volumes[0], current, settings);
  EXPECT_EQ(rule_of(shown, "20240311", topic, "20230311", settings), 0u);
  index.series.clear();
  EXPECT_EQ(rule_of(shown, "20240311", topic_of(index, settings), "20230311", settings), std::nullopt);
}

TEST(PriorRelevance, ComparableVolumes) {
  // A DX stands beside a CR, the same view first; other kinds and regions do not; images are as the rule
  // says.
  const PriorSettings settings;
  const PriorRule& rule = settings.rules[0];
  const StudyReading current = radiograph("1.2.9", "CHEST", "");
  const ImageTopic topic = topic_of(current.volumes[0], current, settings);
  StudyReading digital = test::study("1.2.1", "20230311");
  test::add_radiograph(digital, "1", "LAT", "DX");
  test::add_radiograph(digital, "2", "PA", "DX");
  EXPECT_TRUE(has_comparable_images(rule, topic, digital, settings));
  EXPECT_EQ(comparable_volume(rule, topic, current.volumes[0], digital, settings), 1u);
  StudyReading ct = test::study("1.2.2", "20230311");
  test::add_ct(ct, "1", 2, 2);
  EXPECT_FALSE(has_comparable_images(rule, topic, ct, settings));
  EXPECT_EQ(comparable_volume(rule, topic, current.volumes[0], ct, settings), std::nullopt);
  EXPECT_FALSE(has_comparable_images(settings.rules[1], topic, ct, settings));  // reports only
  PriorRule other{"ct too", PriorRule::Modality::other, PriorRule::Region::same, true, true, std::nullopt};
  EXPECT_TRUE(has_comparable_images(other, topic, ct, settings));
  EXPECT_EQ(comparable_volume(other, topic, current.volumes[0], ct, settings), 0u);
  const StudyReading knee = radiograph("1.2.3", "KNEE", "");
  EXPECT_FALSE(has_comparable_images(rule, topic, knee, settings));
  EXPECT_EQ(comparable_volume(rule, topic, current.volumes[0], knee, settings), std::nullopt);
}

TEST(PriorRelevance, WithinYearsToTheDay) {
  EXPECT_TRUE(is_within_years("20190311", "20240311", 5));
  EXPECT_FALSE(is_within_years("20190310", "20240311", 5));
  EXPECT_FALSE(is_within_years("", "20240311", 5));
  EXPECT_FALSE(is_within_years("20190311", "20241301", 5));
}

}  // namespace
}  // namespace radfm::draft
