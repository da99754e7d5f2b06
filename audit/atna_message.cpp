// SPDX-License-Identifier: Apache-2.0
#include "audit/atna_message.h"

#include <unistd.h>

#include <array>
#include <cstdio>

#include "audit/atna_events.h"
#include "audit/xml_writer.h"
#include "core/base64.h"
#include "core/dicom_time.h"

namespace radfm::audit {
namespace {

constexpr std::string_view person_prefix = "administrator:";  // db/queue_types.h: how the queue names people
constexpr std::string_view trail_uri = "radfm:audit-trail";

constexpr Code source_role{"110153", "Source Role ID"};
constexpr Code destination_role{"110152", "Destination Role ID"};
constexpr Code application_role{"110150", "Application"};

std::string_view cut(std::string_view text) {
  if (text.size() <= atna_text_bytes_max) return text;
  std::size_t end = atna_text_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;  // not inside a character
  return text.substr(0, end);
}

void write_code(XmlWriter& xml, std::string_view element, const Code& code, std::string_view scheme = "DCM") {
  if (code.value.empty()) return;
  xml.begin(element).attribute("csd-code", code.value).attribute("codeSystemName", scheme).attribute("originalText", code.meaning).end();
}

// ValuePair of A.5.1: the value is base64 whatever it is, so that no reader takes it for a part of the message.
void write_detail(XmlWriter& xml, std::string_view type, std::string_view value) {
  xml.begin("ParticipantObjectDetail").attribute("type", type).attribute("value", base64(cut(value))).end();
}

struct Participant {
  std::string user_id, alternative_user_id;
  bool requestor = false;
  Code role;
};

void write(XmlWriter& xml, const Participant& participant) {
  xml.begin("ActiveParticipant").attribute("UserID", cut(participant.user_id));
  if (!participant.alternative_user_id.empty()) xml.attribute("AlternativeUserID", cut(participant.alternative_user_id));
  xml.attribute("UserIsRequestor", participant.requestor ? "true" : "false");
  write_code(xml, "RoleIDCode", participant.role);
  xml.end();
}

// "sr to PACS: code" -> "PACS": how the queue words a send.
std::string destination_of(const std::string& detail) {
  const std::size_t at = detail.find(" to ");
  if (at == std::string::npos) return "unknown";
  const std::size_t begin = at + 4, end = detail.find(':', begin);
  return detail.substr(begin, end == std::string::npos ? end : end - begin);
}

bool is_transfer(const AtnaEvent& event) { return event.event.value == transferred.value || event.event.value == begin_transfer.value; }

// The person, if one did it (A.5.2.1: loginName@domain), and the process; of a send also who receives.
void write_participants(XmlWriter& xml, const AtnaEvent& event, const db::AuditEntry& entry, const AuditSource& source) {
  const std::string& actor = entry.event.actor;
  const bool person = actor.starts_with("administrator");
  const std::string alternative = source.ae_title.empty() ? "" : "AETITLES=" + source.ae_title;  // A.5.2.2
  Participant process{(person || actor.empty() ? "radfm-node" : "radfm-" + actor) + "@" + source.host, alternative, !person, {}};
  if (actor.starts_with("radfm-")) process.user_id = actor + "@" + source.host;
  if (person) {
    const std::string name = actor.starts_with(person_prefix) ? actor.substr(person_prefix.size()) : actor;
    write(xml, {name + "@" + source.host, "", true, {}});
  }
  if (event.subject == AtnaEvent::Subject::none) process.role = application_role;
  if (is_transfer(event)) process.role = source_role;
  write(xml, process);
  if (is_transfer(event)) write(xml, {destination_of(entry.event.detail), "", false, destination_role});
}

void begin_object(XmlWriter& xml, std::string_view id, std::string_view role, const Code& id_type, std::string_view id_scheme,
                  std::string_view name, std::string_view life_cycle = {}) {
  xml.begin("ParticipantObjectIdentification")
      .attribute("ParticipantObjectID", cut(id))
      .attribute("ParticipantObjectTypeCode", "2")  // system object
      .attribute("ParticipantObjectTypeCodeRole", role);
  if (!life_cycle.empty()) xml.attribute("ParticipantObjectDataLifeCycle", life_cycle);
  write_code(xml, "ParticipantObjectIDTypeCode", id_type, id_scheme);
  xml.begin("ParticipantObjectName").text(cut(name)).end();
}

constexpr Code uri{"12", "URI"};
constexpr Code study_uid{"110180", "Study Instance UID"};
constexpr std::string_view rfc_3881 = "RFC-3881";

// "study 1.2.3" of an entry of no job.
std::string study_of(const db::AuditEntry& entry) {
  constexpr std::string_view prefix = "study ";
  if (!entry.study_instance_uid.empty()) return entry.study_instance_uid;
  if (entry.event.detail.starts_with(prefix)) return entry.event.detail.substr(prefix.size());
  return {};
}

void write_study(XmlWriter& xml, const AtnaEvent& event, const db::AuditEntry& entry) {
  const std::string job = "job " + std::to_string(entry.event.job);
  const std::string study = study_of(entry);
  if (study.empty()) {  // the job is gone from the queue
    begin_object(xml, "radfm:" + job, "20", uri, rfc_3881, job, event.life_cycle);
    xml.end();
    return;
  }
  begin_object(xml, study, "3", study_uid, "DCM", entry.event.job == 0 ? "study" : job, event.life_cycle);
  const bool of_the_draft = event.event.value != "110111" && entry.event.kind != "claimed";
  if (of_the_draft && !entry.sr_sop_instance_uid.empty()) {
    xml.begin("ParticipantObjectDescription").begin("SOPClass").attribute("NumberOfInstances", "1");
    xml.begin("Instance").attribute("UID", entry.sr_sop_instance_uid).end();
    xml.end().end();
  }
  xml.end();
}

void write_query(XmlWriter& xml, const db::AuditEntry& entry) {
  xml.begin("ParticipantObjectIdentification")
      .attribute("ParticipantObjectID", "radfm:jobs")
      .attribute("ParticipantObjectTypeCode", "2")
      .attribute("ParticipantObjectTypeCodeRole", "24");  // query
  write_code(xml, "ParticipantObjectIDTypeCode", uri, rfc_3881);
  xml.begin("ParticipantObjectQuery").text(base64(cut(entry.event.detail))).end();
  xml.end();
}

// What the entry says is our own words of these kinds.
void write_alert(XmlWriter& xml, const db::AuditEntry& entry) {
  begin_object(xml, "radfm:" + entry.event.kind, "13", uri, rfc_3881, entry.event.kind);
  write_detail(xml, "Alert Description", entry.event.kind + (entry.event.detail.empty() ? "" : ": " + entry.event.detail));
  xml.end();
}

void write_trail(XmlWriter& xml, const db::AuditEntry& entry) {
  begin_object(xml, trail_uri, "13", uri, rfc_3881, "Security Audit Log");
  write_detail(xml, "entry", std::to_string(entry.event.id));
  write_detail(xml, "kind", entry.event.kind);
  if (!entry.hash.empty()) write_detail(xml, "chain", entry.hash);
  xml.end();
}

}  // namespace

std::string own_host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

std::string time_of_entry(std::int64_t wall_ms) {
  std::string text = format_iso_utc(wall_ms);
  std::array<char, 8> milliseconds{};
  std::snprintf(milliseconds.data(), milliseconds.size(), ".%03d", static_cast<int>(((wall_ms % 1'000) + 1'000) % 1'000));
  return text.insert(text.size() - 1, milliseconds.data());
}

std::string atna_message(const db::AuditEntry& entry, const AuditSource& source) {
  const AtnaEvent& event = atna_event(entry.event.kind, entry.event.job != 0);
  XmlWriter xml;
  xml.begin("AuditMessage").begin("EventIdentification");
  xml.attribute("EventActionCode", event.action)
      .attribute("EventDateTime", time_of_entry(entry.event.wall_ms))
      .attribute("EventOutcomeIndicator", event.outcome);
  write_code(xml, "EventID", event.event);
  write_code(xml, "EventTypeCode", event.type);
  xml.end();
  write_participants(xml, event, entry, source);
  xml.begin("AuditSourceIdentification").attribute("AuditSourceID", source.host);
  xml.begin("AuditSourceTypeCode").attribute("csd-code", "4").end().end();  // application server process
  if (event.subject == AtnaEvent::Subject::study) write_study(xml, event, entry);
  if (event.subject == AtnaEvent::Subject::query) write_query(xml, entry);
  if (event.subject == AtnaEvent::Subject::alert) write_alert(xml, entry);
  write_trail(xml, entry);
  xml.end();
  return xml.finish();
}

}  // namespace radfm::audit
