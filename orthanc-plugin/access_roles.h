// SPDX-License-Identifier: GPL-3.0-or-later
// Who may do what at the REST interface and on the page. Pure functions, safe from any thread.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/configuration.h"

namespace radfm::plugin {

// Each includes those before it. `anybody`: whomever Orthanc itself lets in; nothing of a patient is behind it.
enum class Role { anybody, read, operate, administer };
inline constexpr Role named_roles[] = {Role::read, Role::operate, Role::administer};
const char* to_string(Role role);

// `user`: who proved to be one of Orthanc's users (registered_users.h); nothing: somebody without a name. A user of a list has its role and
// those before it. A role without a list is had by all who have the role before it, and `read` without a list by everybody, so that
// lists narrow and nothing else widens. A list lets nobody in who has no name, whatever he claims.
bool has_role(const AccessSettings& access, const std::optional<std::string>& user, Role role);

// What an administrator should hear about the lists: users who are none, and an Orthanc that asks nobody for a password. `passwords_asked`:
// Orthanc's own authentication is on.
std::vector<std::string> advice_on_roles(const AccessSettings& access, const std::set<std::string>& orthanc_users, bool passwords_asked);

}  // namespace radfm::plugin
