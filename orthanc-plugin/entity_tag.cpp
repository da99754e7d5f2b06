// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/entity_tag.h"

#include <algorithm>
#include <charconv>

#include "core/digest.h"

namespace radfm::plugin {
namespace {

constexpr std::size_t digest_digits = 16;  // of 64: told apart are answers to one question, one after the other
constexpr std::string_view weak_mark = "W/";

std::string digest_of(std::string_view body) {
  return sha256_hex(body).substr(0, digest_digits);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view without_weak_mark(std::string_view tag) {
  return tag.starts_with(weak_mark) ? tag.substr(weak_mark.size()) : tag;
}

bool is_digest(std::string_view text) {
  return text.size() == digest_digits && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::optional<db::JobVersion> version_of(std::string_view quoted) {
  if (quoted.size() < 2 || !quoted.starts_with('"') || !quoted.ends_with('"')) return std::nullopt;
  const std::string_view text = quoted.substr(1, quoted.size() - 2);
  if (text.size() < 2 || text[0] != 'v' || text[1] == '-') return std::nullopt;
  db::JobVersion version = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), version);
  if (error != std::errc()) return std::nullopt;
  const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  if (!rest.empty() && !(rest.starts_with('-') && is_digest(rest.substr(1)))) return std::nullopt;
  return version;
}

}  // namespace

std::string entity_tag(std::string_view body) {
  return '"' + digest_of(body) + '"';
}

std::string weak_entity_tag(std::string_view body) {
  return std::string(weak_mark) + entity_tag(body);
}

std::string job_entity_tag(db::JobVersion version, std::string_view body) {
  return "\"v" + std::to_string(version) + "-" + digest_of(body) + '"';
}

bool is_named(std::string_view if_none_match, std::string_view tag) {
  if (trimmed(if_none_match) == "*") return true;
  const std::string_view wanted = without_weak_mark(tag);
  while (!if_none_match.empty()) {
    const std::size_t comma = if_none_match.find(',');  // no tag of ours has one in it
    if (without_weak_mark(trimmed(if_none_match.substr(0, comma))) == wanted) return true;
    if_none_match = comma == std::string_view::npos ? std::string_view() : if_none_match.substr(comma + 1);
  }
  return false;
}

Result<std::optional<db::JobVersion>> seen_version(std::string_view if_match) {
  const std::string_view tag = trimmed(if_match);
  if (tag.empty() || tag == "*") return std::optional<db::JobVersion>();
  if (const auto version = version_of(without_weak_mark(tag))) return std::optional(*version);
  return permanent_error("bad_request", "If-Match: expected the ETag of the job as it was shown, or \"v\" and its version in quotation marks");
}

}  // namespace radfm::plugin
