// SPDX-License-Identifier: Apache-2.0
// `access` and `audit`: who may do what, and where the record of it goes.
#include "core/configuration_sections.h"
#include "core/configuration_values.h"

namespace radfm {
namespace {

constexpr std::size_t user_name_bytes_max = 128;

// An empty list lets nobody in, which is not the same as none.
void read_users(JsonSection* section, const std::string& key, std::optional<std::set<std::string>>* users) {
  std::vector<std::string> names;
  section->texts(key, &names);
  if (!section->has(key)) return;
  for (const std::string& name : names) {
    if (name.size() > user_name_bytes_max || name.find(':') != std::string::npos) {
      section->expect(key, "names of Orthanc's users (RegisteredUsers), each of at most " + std::to_string(user_name_bytes_max) + " bytes and without a colon");
      return;
    }
  }
  users->emplace(names.begin(), names.end());
}

}  // namespace

void read_access(JsonSection section, AccessSettings* settings) {
  read_users(&section, "read", &settings->read);
  read_users(&section, "operate", &settings->operate);
  read_users(&section, "administer", &settings->administer);
  section.finish();
}

void read_audit(JsonSection section, const std::filesystem::path& base, AuditSettings* settings) {
  std::string host;
  section.text("syslog_host", &host);
  if (host.empty() || is_host(host)) {
    settings->syslog_host = host;
  } else {
    section.expect("syslog_host", "a host name or an address");
  }
  section.number("syslog_port", &settings->syslog_port, 1, 65'535);
  read_tls_files(&section, base, &settings->tls);
  if (!settings->syslog_host.empty() && settings->tls.trusted_certificates_file.empty()) {
    section.mistake("tls", "trusted_certificates_file says by which certificates the repository at syslog_host is known");
  }
  if (settings->tls.private_key_file.empty() != settings->tls.certificate_file.empty()) {
    section.mistake("tls", "certificate_file and private_key_file go together");
  }
  section.finish();
}

}  // namespace radfm
