// SPDX-License-Identifier: Apache-2.0
#include "radfmctl/command.h"

namespace radfm::ctl {

// The program that draws and judges phantoms knows what they are.
int eval_command(const Words& words) { return become("radfm-phantom-eval", words); }

}  // namespace radfm::ctl
