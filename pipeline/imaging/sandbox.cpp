// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/sandbox.h"

#include "pipeline/process/process_rights.h"

namespace radfm::imaging {

Status enter_sandbox() {
  if (process::give_up_rights(process::rights_filter({}))) return {};
  return permanent_error("no_sandbox",
                         "the reader cannot give up its rights: this kernel or container has no seccomp "
                         "filters; foreign files are not opened without them");
}

}  // namespace radfm::imaging
