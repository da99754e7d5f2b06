// SPDX-License-Identifier: Apache-2.0
// What a configuration may say, and what endangers passwords or patients' data all the same: it is told, not refused, since whether the
// network between two machines is protected, or who else has an account on this one, only the administrator knows.
#pragma once

#include <string>
#include <vector>

#include "core/configuration.h"

namespace radfm {

// Sentences with the key that they are about: passwords and images in plain text over a network; secrets, private keys and the queue that
// everybody on this machine may read. Looks at the files' permissions, reads the configuration's own file again, and never quotes a secret.
std::vector<ConfigurationMistake> configuration_advice(const Configuration& configuration);

// "localhost" or an address of this machine alone (127.0.0.0/8, ::1).
bool is_loopback(const std::string& host);

}  // namespace radfm
