// SPDX-License-Identifier: Apache-2.0
// `alerts`: whom the plugin tells of what needs a person.
#include <algorithm>

#include "core/configuration_sections.h"
#include "core/configuration_values.h"

namespace radfm {
namespace {

constexpr std::size_t webhook_url_bytes_max = 2'048;
constexpr std::size_t mail_address_bytes_max = 254;  // RFC 5321 4.5.3.1.3, without its brackets
constexpr std::size_t mail_recipients_max = 20;
constexpr std::int64_t silence_min_ms = 10'000, silence_max_ms = 86'400'000;

// An address of a service of others may have a query; user and password have no place in it, the host must be there.
bool is_webhook_url(const std::string& url) {
  const std::size_t scheme = url.starts_with("http://") ? 7 : url.starts_with("https://") ? 8 : 0;
  if (scheme == 0 || url.size() > webhook_url_bytes_max) return false;
  const std::string host = url.substr(scheme, url.find_first_of("/?", scheme) - scheme);
  if (host.empty() || host.front() == ':' || !consists_of(host, ".-_:[]")) return false;
  return consists_of(url.substr(scheme), ".-_:[]/~%?&=+,;@!$*()");
}

bool is_mail_server(const std::string& url) {
  const std::size_t scheme = url.starts_with("smtp://") ? 7 : url.starts_with("smtps://") ? 8 : 0;
  const std::string host = url.substr(std::min(scheme, url.size()));
  return scheme != 0 && !host.empty() && host.front() != ':' && host.size() <= 253 && consists_of(host, ".-_:[]");
}

// Enough to stand in a command and a header line of a mail; whether somebody reads it, the server knows.
bool is_mail_address(const std::string& text) {
  const std::size_t at = text.find('@');
  return at != std::string::npos && at > 0 && at + 1 < text.size() && text.size() <= mail_address_bytes_max &&
         consists_of(text.substr(0, at), ".-_+=~!#$%&'*/?^`{|}") && consists_of(text.substr(at + 1), ".-");
}

void read_webhook(JsonSection* section, const std::filesystem::path& base, Secrets secrets, AlertSettings* settings) {
  section->text("webhook_url", &settings->webhook_url);
  section->text("webhook_secret", &settings->webhook_secret);
  if (secrets == Secrets::read) {
    resolve_secret(section, "webhook_url", base, &settings->webhook_url);
    resolve_secret(section, "webhook_secret", base, &settings->webhook_secret);
  }
  const std::string& url = settings->webhook_url;  // of many services an address is a secret
  const bool stands_elsewhere = url.starts_with("file:") || url.starts_with("env:");
  if (!url.empty() && !stands_elsewhere && !is_webhook_url(url)) {
    section->expect("webhook_url", "http://HOST[:PORT]/PATH or https://..., without user and password");
  }
}

void read_mail(JsonSection* section, const std::filesystem::path& base, Secrets secrets, AlertSettings* settings) {
  section->text("mail_server", &settings->mail_server);
  if (!settings->mail_server.empty() && !is_mail_server(settings->mail_server)) {
    section->expect("mail_server", "smtp://HOST:PORT or smtps://HOST:PORT (user and password have their own keys)");
  }
  section->text("mail_from", &settings->mail_from);
  if (!settings->mail_from.empty() && !is_mail_address(settings->mail_from)) section->expect("mail_from", "a mail address: NAME@HOST");
  section->texts("mail_to", &settings->mail_to);
  if (settings->mail_to.size() > mail_recipients_max || !std::ranges::all_of(settings->mail_to, is_mail_address)) {
    section->expect("mail_to", "a list of at most " + std::to_string(mail_recipients_max) + " mail addresses");
  }
  section->text("mail_username", &settings->mail_username);
  section->text("mail_password", &settings->mail_password);
  const bool any = !settings->mail_server.empty() || !settings->mail_from.empty() || !settings->mail_to.empty();
  if (any && (settings->mail_server.empty() || settings->mail_from.empty() || settings->mail_to.empty())) {
    section->mistake("mail_server", "mail_server, mail_from and mail_to go together");
  }
  if (settings->mail_username.empty() != settings->mail_password.empty()) {
    section->mistake("mail_username", "mail_username and mail_password go together");
  }
  if (secrets == Secrets::leave) return;
  resolve_secret(section, "mail_username", base, &settings->mail_username);
  resolve_secret(section, "mail_password", base, &settings->mail_password);
}

}  // namespace

void read_alerts(JsonSection section, const std::filesystem::path& base, Secrets secrets, AlertSettings* settings) {
  read_webhook(&section, base, secrets, settings);
  read_mail(&section, base, secrets, settings);
  section.path("trusted_certificates_file", &settings->trusted_certificates_file, base);
  section.number("worker_silence_ms", &settings->worker_silence_ms, silence_min_ms, silence_max_ms);
  section.finish();
}

}  // namespace radfm
