// SPDX-License-Identifier: Apache-2.0
#include "core/configuration_values.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "core/configuration.h"

namespace radfm {
namespace {

constexpr std::size_t secret_bytes_max = 4'096;
constexpr std::size_t host_bytes_max = 253;  // RFC 1035 2.3.4

}  // namespace

bool consists_of(const std::string& text, std::string_view also) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           also.find(c) != std::string_view::npos;
  });
}

bool is_host(const std::string& text) {
  return !text.empty() && text.size() <= host_bytes_max && consists_of(text, ".-_:");
}

void read_tls_files(JsonSection* section, const std::filesystem::path& base, DicomTlsSettings* files) {
  JsonSection tls = section->section("tls");
  tls.path("private_key_file", &files->private_key_file, base);
  tls.path("certificate_file", &files->certificate_file, base);
  tls.path("trusted_certificates_file", &files->trusted_certificates_file, base);
  tls.finish();
}

void resolve_secret(JsonSection* section, const std::string& key, const std::filesystem::path& base,
                    std::string* value) {
  if (value->starts_with("env:")) {
    const std::string name = value->substr(4);
    const char* content = std::getenv(name.c_str());
    if (!content) return section->mistake(key, "the environment variable " + name + " is not set");
    *value = content;
  } else if (value->starts_with("file:")) {
    const auto path = (base / value->substr(5)).lexically_normal();
    std::ifstream file(path, std::ios::binary);
    std::string content(secret_bytes_max + 1, '\0');
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    if (!file.is_open() || file.bad()) return section->mistake(key, "cannot read the file " + path.string());
    if (content.size() > secret_bytes_max) {
      return section->mistake(key, "the file " + path.string() + " is longer than " +
                                       std::to_string(secret_bytes_max) + " bytes");
    }
    while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) content.pop_back();
    *value = std::move(content);
  }
}

void read_companions(JsonSection* section, std::set<std::string>* companions) {
  std::vector<std::string> named;
  section->texts("companions", &named);
  for (const std::string& companion : named) {
    if (companion == pdf_companion || companion == page_companion) {
      companions->insert(companion);
    } else {
      section->expect("companions", "a list of pdf and secondary_capture; empty: the SR alone");
    }
  }
}

std::optional<std::string> checked_url(std::string url) {
  const std::size_t scheme = url.starts_with("http://") ? 7 : url.starts_with("https://") ? 8 : 0;
  if (scheme == 0) return std::nullopt;
  while (url.ends_with('/') && url.size() > scheme) url.pop_back();
  const std::string host = url.substr(scheme, url.find('/', scheme) - scheme);
  if (host.empty() || host.front() == ':' || !consists_of(host, ".-_:[]")) return std::nullopt;
  if (!consists_of(url.substr(scheme), ".-_:[]/~%")) return std::nullopt;
  return url;
}

}  // namespace radfm
