// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"
#include "scu-scp/peer.h"

namespace radfm::scu {

// C-ECHO (PS3.7 9.1.5): is somebody there who speaks DICOM and knows our AE title? Objects are cheap and keep no
// connection; one thread each. Errors: peer.h.
class EchoScu {
 public:
  explicit EchoScu(Peer peer) : peer_(std::move(peer)) {}
  Status echo(int wake_fd = -1) const;

 private:
  Peer peer_;
};

}  // namespace radfm::scu
