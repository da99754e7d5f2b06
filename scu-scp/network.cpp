// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/network.h"

#include <csignal>
#include <cstdlib>

namespace radfm::scu {

void use_dicom_network() {
  ::setenv("TCP_NODELAY", "1", 1);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace radfm::scu
