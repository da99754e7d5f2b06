// SPDX-License-Identifier: Apache-2.0
#include "core/study_index.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "core/digest.h"

namespace radfm {
namespace {

// What Orthanc 1.10.1 answered about three slices of a public test study that came by C-STORE from CT01 to RADIOLOGY.
std::string recorded(const std::string& name) {
  std::ifstream file("tests/data/orthanc-1.10.1/" + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

constexpr std::string_view study = R"({"ID": "s", "MainDicomTags": {"StudyInstanceUID": "1.2"}})";
constexpr std::string_view series = R"([{"ID": "a", "MainDicomTags": {"SeriesInstanceUID": "1.3"}}])";

std::string instance(const std::string& id, const std::string& uid, const std::string& sop_class = "1.2.840.10008.5.1.4.1.1.2",
                     const std::string& parent = "a") {
  return R"({"ID": ")" + id + R"(", "ParentSeries": ")" + parent + R"(", "MainDicomTags": {"SOPInstanceUID": ")" + uid +
         R"("}, "Metadata": {"SopClassUid": ")" + sop_class + R"("}})";
}

TEST(StudyIndex, ReadsWhatOrthancSends) {
  // Aim: every field that plugin and rules use, from real answers.
  const auto read = parse_study_index(recorded("study.json"), recorded("series.json"), recorded("bulk-content.json"));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->orthanc_id, "164c5b0f-18a87868-3b490dc9-ad6a2b38-62859e81");
  EXPECT_EQ(read->orthanc_patient_id, "ff0cd5cd-5aa765eb-8e477adb-dc3e083e-5b26e1e5");
  EXPECT_EQ(read->study_instance_uid, "1.3.6.1.4.1.5962.1.1.0.0.0.1196530851.28319.0.1");
  EXPECT_EQ(read->study_date, "19950903");
  EXPECT_EQ(read->study_time, "173032");
  EXPECT_EQ(read->study_description, "CT, HEAD/BRAIN WO CONTRAST");
  EXPECT_EQ(read->last_update, "20261124T060026");
  EXPECT_FALSE(read->is_stable);
  ASSERT_EQ(read->series.size(), 1U);
  const auto& head = read->series[0];
  EXPECT_EQ(head.modality, "CT");
  EXPECT_EQ(head.body_part, "HEAD");
  EXPECT_EQ(head.description, "Routine Brain");
  EXPECT_EQ(head.manufacturer, "GE MEDICAL SYSTEMS");
  EXPECT_EQ(head.series_number, "2");
  ASSERT_EQ(head.instances.size(), 3U);
  EXPECT_EQ(head.instances[0].sop_instance_uid, "1.3.6.1.4.1.5962.1.1.0.0.0.1196530851.28319.0.93");
  EXPECT_EQ(head.instances[0].sop_class_uid, "1.2.840.10008.5.1.4.1.1.2");
  EXPECT_EQ(head.instances[0].transfer_syntax_uid, "1.2.840.10008.1.2.1");
  EXPECT_EQ(head.instances[0].remote_aet, "CT01");
  EXPECT_EQ(head.instances[0].called_aet, "RADIOLOGY");
  EXPECT_EQ(head.instances[0].received, "20261124T060026");
  // Python: hashlib.sha256("\n".join(sorted(uids)).encode()).hexdigest()
  EXPECT_EQ(image_digest(image_instances(*read)), "dbf7372e2792be2d8e5d5f41726d5dc06fc8ed0cd017c04851cd890d1d4b1e68");
}

TEST(StudyIndex, TheOrderOfAnswersChangesNothing) {
  // Aim: Orthanc promises no order; the digest and the index must be the same for the same study.
  const auto one = parse_study_index(study, series, "[" + instance("x", "1.2.3") + "," + instance("y", "1.2.4") + "]");
  const auto two = parse_study_index(study, series, "[" + instance("y", "1.2.4") + "," + instance("x", "1.2.3") + "]");
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_EQ(one->series[0].instances[0].orthanc_id, "x");
  EXPECT_EQ(two->series[0].instances[0].orthanc_id, "x");
  EXPECT_EQ(image_instances(*one), image_instances(*two));
}

TEST(StudyIndex, OnlyImagesMakeTheDigest) {
  // Aim: our own report, a capture and a doubled UID do not change it.
  const auto images = parse_study_index(study, series, "[" + instance("x", "1.2.3") + "]");
  const auto more = parse_study_index(
      study, series,
      "[" + instance("x", "1.2.3") + "," + instance("r", "1.2.9", "1.2.840.10008.5.1.4.1.1.88.11") + "," +
          instance("c", "1.2.8", "1.2.840.10008.5.1.4.1.1.7") + "," + instance("z", "1.2.3") + "]");
  ASSERT_TRUE(images.ok() && more.ok());
  EXPECT_EQ(image_digest(image_instances(*images)), image_digest(image_instances(*more)));
  EXPECT_EQ(image_digest({}), sha256_hex(""));
  EXPECT_NE(image_digest({"1.2", "3"}), image_digest({"1.23"}));
}

TEST(StudyIndex, AnIllegalInstanceUidIsSetAsideAndNamed) {
  // Aim: Orthanc stores "../../etc/cron.d/x" as a SOP Instance UID; it never gets into the queue.
  const auto read = parse_study_index(study, series, "[" + instance("bad", "../../etc/cron.d/x") + "," + instance("x", "1.2.3") + "]");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(image_instances(*read), std::vector<std::string>{"1.2.3"});
  EXPECT_EQ(read->unusable_instances, std::vector<std::string>{"bad"});
}

TEST(StudyIndex, AnIllegalStudyUidIsRefused) {
  // Aim: no job can be named by it, and asking again does not help.
  const auto read = parse_study_index(R"({"ID": "s", "MainDicomTags": {"StudyInstanceUID": "1..2"}})", series, "[]");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, "study_uid_invalid");
  EXPECT_EQ(read.error().error_class, ErrorClass::permanent);
}

TEST(StudyIndex, AnInstanceOfAnUnknownSeriesMeansThatTheStudyGrows) {
  // Aim: the three answers are not one moment; the next try sees all.
  const auto read = parse_study_index(study, series, "[" + instance("x", "1.2.3", "1.2", "late") + "]");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, "study_changing");
  EXPECT_EQ(read.error().error_class, ErrorClass::transient);
}

TEST(StudyIndex, KnownInstancesJoinThoseThatWereAskedFor) {
  // Aim: wherever an instance is known from, the index is the same; one of a series that Orthanc did not list means that the study grows.
  const auto asked = parse_study_index(study, series, "[" + instance("x", "1.2.3") + "," + instance("y", "1.2.4") + "]");
  ASSERT_TRUE(asked.ok());
  const InstanceOfSeries known{asked->series[0].orthanc_id, asked->series[0].instances[1]};
  const auto joined = parse_study_index(study, series, std::vector<std::string>{"[" + instance("x", "1.2.3") + "]"}, {known});
  ASSERT_TRUE(joined.ok());
  EXPECT_EQ(joined->series[0].instances[0].orthanc_id, "x");
  EXPECT_EQ(joined->series[0].instances[1].orthanc_id, "y");
  EXPECT_EQ(image_instances(*joined), image_instances(*asked));
  const auto late = parse_study_index(study, series, std::vector<std::string>{}, {{"late", known.instance}});
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, "study_changing");
}

TEST(StudyIndex, UnreadableAnswersAreTransient) {
  // Aim: half an answer, an error page and wrong types are no study, and none of them stops the program.
  const std::string one = "[" + instance("x", "1.2.3") + "]";
  for (const std::string bad : {"", "{", "[]", "null", "{\"ID\": 5}", "<html>", "\"\xFF\""}) {
    EXPECT_EQ(parse_study_index(bad, series, one).error().code, "orthanc_answer_unreadable") << bad;
  }
  for (const std::string bad : {"", "{}", "[", "[5]", "[{}]"}) {
    EXPECT_EQ(parse_study_index(study, bad, one).error().code, "orthanc_answer_unreadable") << bad;
    EXPECT_EQ(parse_study_index(study, series, bad).error().code, "orthanc_answer_unreadable") << bad;
  }
  EXPECT_TRUE(parse_study_index(R"({"ID": "s", "MainDicomTags": {"StudyInstanceUID": "1.2", "StudyDate": 5}})",
                                R"([{"ID": "a", "MainDicomTags": []}])", "[]")
                  .ok());
}

std::string many_instances(std::size_t count) {
  std::string bulk = "[";
  for (std::size_t i = 0; i < count; ++i) bulk += (i ? "," : "") + instance(std::to_string(i), "1." + std::to_string(i));
  return bulk + "]";
}

TEST(StudyIndex, EndsAtItsLimit) {
  // Aim: study_instances_max instances are read, one more is refused by name.
  EXPECT_TRUE(parse_study_index(study, series, many_instances(study_instances_max)).ok());
  const auto refused = parse_study_index(study, series, many_instances(study_instances_max + 1));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "study_too_large");
}

TEST(LastUpdate, IsReadAsUtc) {
  // Aim: Orthanc's own form and nothing else.
  EXPECT_EQ(parse_last_update_ms("20261124T054801"), 1'795'499'281'000);
  for (const char* text : {"", "20261124", "20261124 054801", "20261324T054801", "20261124T054801Z"}) {
    EXPECT_FALSE(parse_last_update_ms(text)) << text;
  }
}

}  // namespace
}  // namespace radfm
