// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/network.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/oflog/oflog.h>

#include <csignal>
#include <cstdlib>

namespace radfm::scu {

void use_dicom_network() {
  ::setenv("TCP_NODELAY", "1", 1);
  std::signal(SIGPIPE, SIG_IGN);
  dcmDisableGethostbyaddr.set(OFTrue);
  OFLog::configure(OFLogger::FATAL_LOG_LEVEL);
  T_ASC_Network* first = nullptr;
  if (ASC_initializeNetwork(NET_REQUESTOR, 0, 1, &first).good()) ASC_dropNetwork(&first);
}

}  // namespace radfm::scu
