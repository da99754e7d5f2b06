// SPDX-License-Identifier: Apache-2.0
// Entries of the configuration as the DICOM network knows them.
#pragma once

#include <optional>

#include "core/configuration.h"
#include "scu-scp/peer.h"
#include "scu-scp/storage_scp.h"

namespace radfm::worker {

scu::Peer dicom_peer(const Configuration& configuration, const PacsNode& node);

// Our own storage SCP; nothing when dicom.port is 0. Its callers are the archives that are asked by C-MOVE or for storage commitment. With dicom.tls it
// speaks TLS where all of them do; plain TCP where none does; worker_mistakes() refuses a mixture.
bool calls_us(const PacsNode& node);
std::optional<scu::ScpSettings> own_scp(const Configuration& configuration);

}  // namespace radfm::worker
