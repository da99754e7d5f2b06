// SPDX-License-Identifier: Apache-2.0
#include "core/configuration_advice.h"

#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/json_text.h"

namespace radfm {
namespace {

using Advice = std::vector<ConfigurationMistake>;
namespace fs = std::filesystem;

// The users of one group share what plugin and worker share; others have nothing to look for there.
bool others_may_read(const fs::path& file) {
  struct stat found {};
  return !file.empty() && ::stat(file.c_str(), &found) == 0 && (found.st_mode & S_IROTH) != 0;
}

void advise_on_file(const Configuration& configuration, const std::string& key, const fs::path& file, const std::string& what, Advice* advice) {
  if (!others_may_read(file)) return;
  advice->push_back({configuration.file.string(), key, "everybody on this machine may read " + what + " in " + file.string() + ": chmod o-rwx"});
}

// "http://host:8042/path" -> "host", without the brackets of an IPv6 address; empty for https.
std::string plain_http_host(const std::string& url) {
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme)) return {};
  const std::string rest = url.substr(scheme.size());
  if (rest.starts_with('[')) return rest.substr(1, rest.find(']') - 1);
  return rest.substr(0, rest.find_first_of(":/"));
}

void advise_on_plain_http(const Configuration& configuration, const std::string& key, const std::string& url, Advice* advice) {
  const std::string host = plain_http_host(url);
  if (host.empty() || is_loopback(host)) return;
  advice->push_back({configuration.file.string(), key,
                     "images, reports and the password go to " + host + " in plain text: use https, or make sure that nobody else is on that network"});
}

// The secrets as they stand in the file: "file:PATH" names one, anything but "env:NAME" is one.
void advise_on_secret(const Configuration& configuration, const nlohmann::json& section, const std::string& key, const std::string& secret, Advice* advice) {
  const auto found = section.is_object() ? section.find(secret) : section.end();
  if (!section.is_object() || found == section.end() || !found->is_string()) return;
  const std::string text = found->get<std::string>();
  if (text.starts_with("file:")) {
    const fs::path file = (configuration.file.parent_path() / text.substr(5)).lexically_normal();
    advise_on_file(configuration, key + "." + secret, file, "the " + secret, advice);
  } else if (!text.empty() && !text.starts_with("env:")) {
    advise_on_file(configuration, key + "." + secret, configuration.file, "the " + secret, advice);
  }
}

nlohmann::json document_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(configuration_file_bytes_max, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  std::vector<JsonMistake> ignored;  // whoever has a Configuration was told of them
  return parse_commented_json(text, &ignored);
}

}  // namespace

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

std::vector<ConfigurationMistake> configuration_advice(const Configuration& configuration) {
  Advice advice;
  advise_on_plain_http(configuration, "orthanc.url", configuration.orthanc.url, &advice);
  for (std::size_t i = 0; i < configuration.pacs.size(); ++i)
    advise_on_plain_http(configuration, "pacs[" + std::to_string(i) + "].url", configuration.pacs[i].url, &advice);

  const nlohmann::json document = document_of(configuration.file);
  if (document.is_object()) {
    advise_on_secret(configuration, document.value("orthanc", nlohmann::json()), "orthanc", "password", &advice);
    const nlohmann::json pacs = document.value("pacs", nlohmann::json());
    for (std::size_t i = 0; pacs.is_array() && i < pacs.size(); ++i)
      advise_on_secret(configuration, pacs[i], "pacs[" + std::to_string(i) + "]", "password", &advice);
    const nlohmann::json alerts = document.value("alerts", nlohmann::json());
    for (const char* secret : {"webhook_secret", "mail_password"}) advise_on_secret(configuration, alerts, "alerts", secret, &advice);
  }
  advise_on_file(configuration, "dicom.tls.private_key_file", configuration.dicom.tls.private_key_file, "the private key", &advice);
  advise_on_file(configuration, "audit.tls.private_key_file", configuration.audit.tls.private_key_file, "the private key", &advice);
  advise_on_file(configuration, "database.path", configuration.database.path, "the texts and pictures of the queue", &advice);
  return advice;
}

}  // namespace radfm
