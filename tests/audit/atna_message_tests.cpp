// SPDX-License-Identifier: Apache-2.0
// Aim: each kind of entry becomes a message that the standard's schema accepts, with the codes of PS3.15 A.5.3, and without a word
// that a person or a peer wrote freely.
#include "audit/atna_message.h"

#include <gmock/gmock.h>

#include "audit/atna_events.h"
#include "audit/syslog_message.h"
#include "core/base64.h"
#include "tests/support/outside_program.h"

namespace radfm::audit {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const AuditSource source{"node.hospital", "RADFM"};

db::AuditEntry entry(const std::string& kind, const std::string& detail, const std::string& actor, db::JobId job = 12) {
  db::AuditEntry made;
  made.event = {34, job, 1'795'000'000'123, kind, detail, actor};
  made.hash = std::string(64, 'a');
  if (job != 0) {
    made.study_instance_uid = "1.2.3";
    made.sr_sop_instance_uid = "2.25.9";
  }
  return made;
}

std::string code(const std::string& element, const std::string& value, const std::string& meaning) {
  return "<" + element + " csd-code=\"" + value + "\" codeSystemName=\"DCM\" originalText=\"" + meaning + "\"/>";
}

// One of each kind, as the node writes them.
std::vector<db::AuditEntry> one_of_each() {
  return {entry("worker_started", "0.1", "worker", 0),
          entry("plugin_stopped", "0.1", "plugin", 0),
          entry("chain_started", "5 earlier events, SHA-256 ab", "radfm-node", 0),
          entry("configuration_changed", "sha256:ab", "worker", 0),
          entry("rules_reloaded", "3 rules, read at 2026-11-24T05:40:00Z", "administrator:anna", 0),
          entry("rules_refused", "the configuration has mistakes", "administrator:anna", 0),
          entry("notes_lost", "3 entries", "plugin", 0),
          entry("refused", "POST /radfm/api/v1/jobs/5/withdraw: role_needed", "administrator:reader", 0),
          entry("association_refused", "caller_not_known: X at 10.0.0.1", "worker", 0),
          entry("audit_listed", "", "administrator:root", 0),
          entry("audit_verified", "intact", "administrator:root", 0),
          entry("audit_exported", "atna", "administrator:root", 0),
          entry("viewed", "report 2.25.9", "administrator:anna"),
          entry("viewed", "study 1.2.3", "administrator", 0),
          entry("listed", "jobs with their patients, by find, state", "administrator:anna", 0),
          entry("enqueued", "rule chest", "plugin"),
          entry("skipped", "skipped: old", "plugin"),
          entry("claimed", "", "worker"),
          entry("result_stored", "revision 1", "worker"),
          entry("send_begun", "sr to PACS", "worker"),
          entry("sent", "sr to PACS", "worker"),
          entry("send_failed", "sr to PACS: refused", "worker"),
          entry("send_given_up", "pdf to PACS: no", "worker"),
          entry("rejection_stored", "2.25.10", "worker"),
          entry("done", "delivered", "worker"),
          entry("failed", "x", "worker"),
          entry("dead", "x", "worker"),
          entry("reclaimed", "x", "worker"),
          entry("released", "x", "worker"),
          entry("retried", "", "administrator:anna"),
          entry("rerun", "as job 13", "administrator:anna"),
          entry("cancelled", "", "administrator:anna"),
          entry("superseded", "", "plugin"),
          entry("rushed", "", "administrator:anna"),
          entry("held_text_released", "", "administrator:anna"),
          entry("withdrawn", "quality: why", "administrator:anna"),
          entry("purged", "", "worker"),
          entry("paused", "", "administrator:anna", 0),
          entry("resumed", "", "administrator:anna", 0),
          entry("restored", "the queue is as it was", "administrator:root", 0)};
}

TEST(AtnaMessage, EachKindKeepsTheStandardsSchema) {
  // Aim: PS3.15 A.5.1.1 by an independent validator (libxml2, RELAX NG).
  const std::string validator = test::find_outside_program("xmllint");
  if (validator.empty()) GTEST_SKIP() << "xmllint is not installed";
  const test::TemporaryFolder folder;
  std::vector<std::string> command{validator, "--noout", "--relaxng", "tests/audit/audit_message.rng"};
  std::vector<db::AuditEntry> entries = one_of_each();
  entries.push_back(entry("viewed", "x", std::string("administrator:\"><&\x01\xff", 20)));  // a hostile name
  entries.push_back(entry("sent", "sr to <" + std::string(5'000, 'x'), "worker"));
  db::AuditEntry gone = entry("done", "", "worker");
  gone.study_instance_uid.clear();
  entries.push_back(gone);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    command.push_back((folder.path() / (std::to_string(i) + ".xml")).string());
    test::write_file(command.back(), atna_message(entries[i], source));
  }
  const test::ProgramRun run = test::run_outside_program(command);
  EXPECT_EQ(run.exit_code, 0) << run.output;
}

TEST(AtnaMessage, TheSchemaRefusesWhatIsWrong) {
  // Aim: the validation above can fail.
  const std::string validator = test::find_outside_program("xmllint");
  if (validator.empty()) GTEST_SKIP() << "xmllint is not installed";
  const std::string good = atna_message(entry("sent", "sr to PACS", "worker"), source);
  for (const auto& [what, by] : std::vector<std::pair<std::string, std::string>>{
           {"EventOutcomeIndicator=\"0\"", "EventOutcomeIndicator=\"1\""}, {" UserIsRequestor=\"true\"", ""}, {"csd-code", "code"},
           {"ParticipantObjectName>job 12</ParticipantObjectName", "Other>job 12</Other"}, {"2026-", "26-"}}) {
    std::string bad = good;
    const std::size_t at = bad.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    bad.replace(at, what.size(), by);
    const test::TemporaryFolder folder;
    test::write_file(folder.path() / "bad.xml", bad);
    const test::ProgramRun run =
        test::run_outside_program({validator, "--noout", "--relaxng", "tests/audit/audit_message.rng", (folder.path() / "bad.xml").string()});
    EXPECT_NE(run.exit_code, 0) << what;
  }
}

TEST(AtnaMessage, StartAndStopAreApplicationActivity) {
  // A.5.3.1: E, the type, one participant of role Application.
  const std::string message = atna_message(entry("worker_started", "0.1", "worker", 0), source);
  EXPECT_THAT(message, HasSubstr(code("EventID", "110100", "Application Activity")));
  EXPECT_THAT(message, HasSubstr(code("EventTypeCode", "110120", "Application Start")));
  EXPECT_THAT(message, HasSubstr("EventActionCode=\"E\" EventDateTime=\"2026-11-18T11:06:40.123Z\" EventOutcomeIndicator=\"0\""));
  EXPECT_THAT(message, HasSubstr("UserID=\"radfm-worker@node.hospital\" AlternativeUserID=\"AETITLES=RADFM\""));
  EXPECT_THAT(message, HasSubstr(code("RoleIDCode", "110150", "Application")));
  EXPECT_THAT(atna_message(entry("plugin_stopped", "", "plugin", 0), source), HasSubstr(code("EventTypeCode", "110121", "Application Stop")));
}

TEST(AtnaMessage, ALookNamesPersonStudyAndDraft) {
  // A.5.3.6: R; the person asked for it, the process did it; the study, and the draft in it.
  const std::string message = atna_message(entry("viewed", "report 2.25.9", "administrator:anna"), source);
  EXPECT_THAT(message, HasSubstr(code("EventID", "110103", "DICOM Instances Accessed")));
  EXPECT_THAT(message, HasSubstr("EventActionCode=\"R\""));
  EXPECT_THAT(message, HasSubstr("<ActiveParticipant UserID=\"anna@node.hospital\" UserIsRequestor=\"true\"/>"));
  EXPECT_THAT(message, HasSubstr("UserID=\"radfm-node@node.hospital\" AlternativeUserID=\"AETITLES=RADFM\" UserIsRequestor=\"false\""));
  EXPECT_THAT(message, HasSubstr("ParticipantObjectID=\"1.2.3\" ParticipantObjectTypeCode=\"2\" ParticipantObjectTypeCodeRole=\"3\""));
  EXPECT_THAT(message, HasSubstr("<SOPClass NumberOfInstances=\"1\"><Instance UID=\"2.25.9\"/></SOPClass>"));
  EXPECT_THAT(atna_message(entry("viewed", "study 1.2.99", "administrator", 0), source), HasSubstr("ParticipantObjectID=\"1.2.99\""));
}

TEST(AtnaMessage, ASendNamesBothEnds) {
  // A.5.3.7: R ("does not know whether the instances previously were held"); source and destination by their roles.
  const std::string message = atna_message(entry("send_failed", "sr to PACS: its own words", "worker"), source);
  EXPECT_THAT(message, HasSubstr(code("EventID", "110104", "DICOM Instances Transferred")));
  EXPECT_THAT(message, HasSubstr("EventActionCode=\"R\""));
  EXPECT_THAT(message, HasSubstr("EventOutcomeIndicator=\"4\""));
  EXPECT_THAT(message, HasSubstr(code("RoleIDCode", "110153", "Source Role ID")));
  EXPECT_THAT(message, HasSubstr("UserID=\"PACS\" UserIsRequestor=\"false\">" + code("RoleIDCode", "110152", "Destination Role ID")));
  EXPECT_THAT(message, Not(HasSubstr("its own words")));
}

TEST(AtnaMessage, AWithdrawalIsALogicalDeletionWithoutItsReason) {
  const std::string message = atna_message(entry("withdrawn", "quality: Mr. Smith is another man", "administrator:anna"), source);
  EXPECT_THAT(message, HasSubstr("EventActionCode=\"D\""));
  EXPECT_THAT(message, HasSubstr("ParticipantObjectDataLifeCycle=\"14\""));
  EXPECT_THAT(message, Not(HasSubstr("Smith")));
  EXPECT_THAT(message, Not(HasSubstr(base64("quality: Mr. Smith is another man"))));
}

TEST(AtnaMessage, ARefusalIsASecurityAlert) {
  // A.5.3.11: E, a minor failure (mitigation was effective), the type, a description.
  const std::string message = atna_message(entry("refused", "POST /radfm/*: role_needed", "administrator:reader", 0), source);
  EXPECT_THAT(message, HasSubstr(code("EventID", "110113", "Security Alert")));
  EXPECT_THAT(message, HasSubstr(code("EventTypeCode", "110132", "Use of Restricted Function")));
  EXPECT_THAT(message, HasSubstr("EventOutcomeIndicator=\"4\""));
  EXPECT_THAT(message, HasSubstr("type=\"Alert Description\" value=\"" + base64("refused: POST /radfm/*: role_needed") + "\""));
}

TEST(AtnaMessage, ReadingTheTrailIsAuditLogUsed) {
  // A.5.3.2: R, the log as a security resource, called Security Audit Log.
  const std::string message = atna_message(entry("audit_listed", "", "administrator:root", 0), source);
  EXPECT_THAT(message, HasSubstr(code("EventID", "110101", "Audit Log Used")));
  EXPECT_THAT(message, HasSubstr("ParticipantObjectTypeCodeRole=\"13\""));
  EXPECT_THAT(message, HasSubstr("<ParticipantObjectName>Security Audit Log</ParticipantObjectName>"));
}

TEST(AtnaMessage, CarriesNumberAndHash) {
  // Aim: by these the repository proves the trail.
  const std::string message = atna_message(entry("rushed", "", "administrator:anna"), source);
  EXPECT_THAT(message, HasSubstr("type=\"entry\" value=\"" + base64("34") + "\""));
  EXPECT_THAT(message, HasSubstr("type=\"chain\" value=\"" + base64(std::string(64, 'a')) + "\""));
  EXPECT_THAT(message, HasSubstr(code("EventID", "110111", "Procedure Record")));
}

TEST(AtnaMessage, StaysFarBelowWhatEveryRepositoryTakes) {
  // Aim: the longest values that there can be.
  const std::string message = atna_message(entry("send_failed", "sr to " + std::string(2'000, '<'), "administrator:" + std::string(5'000, '"')), source);
  EXPECT_LT(syslog_message({0, "h", "p", 1}, message).size(), syslog_message_bytes_max);
}

TEST(SyslogMessage, IsRfc5424InAnRfc5425Frame) {
  // PS3.15 A.6: PRI 85, MSGID DICOM+RFC3881, the XML after a byte order mark; the frame counts bytes.
  const std::string message = syslog_message({1'795'000'000'123, "node", "radfm-node", 42}, "<x>\xC3\xBC</x>");
  EXPECT_EQ(message, "<85>1 2026-11-18T11:06:40.123Z node radfm-node 42 DICOM+RFC3881 - \xEF\xBB\xBF<x>\xC3\xBC</x>");
  EXPECT_EQ(syslog_frame(message), std::to_string(message.size()) + " " + message);
  EXPECT_THAT(syslog_message({0, "a b\n", "", 1}, ""), HasSubstr(" a-b- - 1 DICOM"));
}

}  // namespace
}  // namespace radfm::audit
