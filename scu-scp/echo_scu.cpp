// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/echo_scu.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dimse.h>

#include "scu-scp/association.h"
#include "scu-scp/presentation_tables.h"

namespace radfm::scu {

Status EchoScu::echo(int wake_fd) const {
  auto association = Association::request(peer_, proposed_contexts(Activity::echo), wake_fd);
  if (!association) return association.error();
  T_ASC_Association* handle = (*association)->handle();
  DIC_US status = STATUS_Success;
  DcmDataset* detail = nullptr;
  const OFCondition condition =
      DIMSE_echoUser(handle, handle->nextMsgID++, DIMSE_NONBLOCKING,
                     static_cast<int>((*association)->left_ms() / 1000 + 1), &status, &detail);
  delete detail;
  if (condition.bad()) return (*association)->failure(condition, "waiting for the answer to C-ECHO");
  (*association)->release();
  if (status != STATUS_Success) {
    return transient_error("peer_refused_association", "the peer answers C-ECHO with a failure; see its log");
  }
  return {};
}

}  // namespace radfm::scu
