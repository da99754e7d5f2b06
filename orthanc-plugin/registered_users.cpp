// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/registered_users.h"

#include <algorithm>
#include <string_view>

namespace radfm::plugin {
namespace {

constexpr std::size_t shown_name_bytes_max = 64;
constexpr std::string_view basic_scheme = "Basic ";  // Orthanc takes no other spelling

// RFC 4648 4. Stops at the first byte that is none of the alphabet.
std::string decode_base64(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string_view::npos) break;
    bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xFFFFU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.push_back(static_cast<char>(bits >> held & 0xFFU));
  }
  return bytes;
}

// How long it takes says nothing of where they differ.
bool are_equal(std::string_view one, std::string_view other) {
  if (one.size() != other.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < one.size(); ++i) difference |= static_cast<unsigned char>(one[i] ^ other[i]);
  return difference == 0;
}

}  // namespace

RegisteredUsers::RegisteredUsers(const std::map<std::string, std::string>& passwords) {
  for (const auto& [name, password] : passwords) {
    if (!name.empty() && name.find(':') == std::string::npos) known_.push_back({name, name + ":" + password});
  }
}

std::optional<std::string> RegisteredUsers::user_of(const RestRequest& request) const {
  const std::string authorization = header(request, "authorization");
  if (!authorization.starts_with(basic_scheme)) return std::nullopt;
  const std::string credentials = decode_base64(std::string_view(authorization).substr(basic_scheme.size()));
  std::optional<std::string> found;
  for (const Known& known : known_) {
    if (are_equal(known.credentials, credentials)) found = known.name;
  }
  return found;
}

std::set<std::string> RegisteredUsers::names() const {
  std::set<std::string> names;
  for (const Known& known : known_) names.insert(known.name);
  return names;
}

std::string actor_named(const std::optional<std::string>& user) {
  const bool fit_to_show = user && !user->empty() && user->size() <= shown_name_bytes_max &&
                           std::all_of(user->begin(), user->end(), [](char c) { return c > ' ' && c <= '~'; });
  return fit_to_show ? "administrator:" + *user : "administrator";
}

}  // namespace radfm::plugin
