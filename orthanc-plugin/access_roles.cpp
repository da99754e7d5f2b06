// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/access_roles.h"

#include <algorithm>

namespace radfm::plugin {
namespace {

using UserList = std::optional<std::set<std::string>>;

const UserList& list_of(const AccessSettings& access, Role role) {
  return role == Role::read ? access.read : role == Role::operate ? access.operate : access.administer;
}

Role role_before(Role role) {
  return role == Role::administer ? Role::operate : role == Role::operate ? Role::read : Role::anybody;
}

}  // namespace

const char* to_string(Role role) {
  switch (role) {
    case Role::anybody:
      return "anybody";
    case Role::read:
      return "read";
    case Role::operate:
      return "operate";
    case Role::administer:
      return "administer";
  }
  return "";
}

bool has_role(const AccessSettings& access, const std::optional<std::string>& user, Role role) {
  if (role == Role::anybody) return true;
  const auto is_listed = [&](Role of) { return user && list_of(access, of) && list_of(access, of)->contains(*user); };
  const bool includes_it = std::any_of(std::begin(named_roles), std::end(named_roles), [&](Role of) { return of > role && is_listed(of); });
  if (includes_it) return true;
  return list_of(access, role) ? is_listed(role) : has_role(access, user, role_before(role));
}

std::vector<std::string> advice_on_roles(const AccessSettings& access, const std::set<std::string>& orthanc_users, bool passwords_asked) {
  std::vector<std::string> advice;
  bool any_list = false;
  for (const Role role : named_roles) {
    const UserList& list = list_of(access, role);
    if (!list) continue;
    any_list = true;
    for (const std::string& name : *list) {
      if (!orthanc_users.contains(name))
        advice.push_back("access." + std::string(to_string(role)) + " names " + name + ", who is none of Orthanc's RegisteredUsers and is let in nowhere");
    }
  }
  if (any_list && !passwords_asked)
    advice.insert(advice.begin(),
                  "access lists users, but Orthanc asks nobody for a password: it lets all in, and browsers send no name, so nobody on this page has "
                  "a role of a list; set AuthenticationEnabled to true");
  return advice;
}

}  // namespace radfm::plugin
