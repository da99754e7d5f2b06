// SPDX-License-Identifier: GPL-3.0-or-later
// Orthanc's users, and which of them sends a request. The plugin interface hands over no user, only headers, and Orthanc may let a request
// in for other reasons than its password: no authentication, a token of another plugin, a bearer token. Then an Authorization header is
// whatever the sender wrote. So a name counts only together with its password, which is compared here once more.
//
// Filled before the first request, then only read: safe from any thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orthanc-plugin/rest_request.h"

namespace radfm::plugin {

class RegisteredUsers {
 public:
  RegisteredUsers() = default;  // nobody is known
  // Name to password, as in Orthanc's RegisteredUsers. A name with a colon is left out: of "a:b:c" nobody can tell where the name ends.
  explicit RegisteredUsers(const std::map<std::string, std::string>& passwords);

  // The user whose name and password are in "Authorization: Basic ..." (RFC 7617); nothing for all else.
  std::optional<std::string> user_of(const RestRequest& request) const;
  std::set<std::string> names() const;

 private:
  struct Known {
    std::string name, credentials;  // "name:password"
  };
  std::vector<Known> known_;
};

// How the queue and its history name who acted: "administrator:NAME"; without a name, or with one that cannot be shown, "administrator".
std::string actor_named(const std::optional<std::string>& user);

}  // namespace radfm::plugin
