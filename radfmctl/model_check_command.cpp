// SPDX-License-Identifier: Apache-2.0
#include "radfmctl/command.h"

namespace radfm::ctl {

// The work is radfm-model-check's, which is linked with torch as this program is not.
int model_check_command(const Words& words) { return become("radfm-model-check", words); }

}  // namespace radfm::ctl
