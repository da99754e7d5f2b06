// SPDX-License-Identifier: Apache-2.0
// Values that several sections of the configuration have.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/configuration.h"
#include "core/json_section.h"

namespace radfm {

// Letters, digits and what stands in `also`, nothing else.
bool consists_of(const std::string& text, std::string_view also);

// "file:PATH" and "env:NAME" name where a secret stands; anything else is the value itself. A mistake at `key` when it cannot be had.
void resolve_secret(JsonSection* section, const std::string& key, const std::filesystem::path& base, std::string* value);

// The key "companions": ["pdf", "secondary_capture"].
void read_companions(JsonSection* section, std::set<std::string>* companions);

// A host name or an address.
bool is_host(const std::string& text);

// The key "tls": {"private_key_file", "certificate_file", "trusted_certificates_file"}.
void read_tls_files(JsonSection* section, const std::filesystem::path& base, DicomTlsSettings* files);

// "http://host[:port][/path]"; the last slash is cut so that paths can be appended.
std::optional<std::string> checked_url(std::string url);

}  // namespace radfm
