// SPDX-License-Identifier: Apache-2.0
// DIMSE messages (PS3.7 9 and 10) over one association. Commands go through DCMTK, which sees only what the
// guard let pass; foreign data sets come as bytes with a bound and are never parsed by DCMTK.
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dimse.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "scu-scp/association.h"
#include "scu-scp/data_elements.h"

namespace radfm::scu {

inline constexpr std::size_t identifier_bytes_max =
    256u << 10;  // one match, one list of failed instances, one event

struct IncomingCommand {
  T_DIMSE_Message message{};
  std::uint8_t context = 0;
};

// `doing`: for messages, "asking for studies". Errors: peer.h.
Status send_command(Association& association, std::uint8_t context, T_DIMSE_Message& message,
                    DcmDataset* data_set, const std::string& doing);
Result<IncomingCommand> receive_command(Association& association, const std::string& doing);
// The same where the peer asks and we serve; nothing: it asks for the release.
Result<std::optional<IncomingCommand>> receive_request(Association& association, const std::string& doing);

// Each piece of the data set that follows a command; all of it is read, whatever becomes of the pieces.
using DataSetSink = std::function<void(std::span<const std::uint8_t> piece)>;
Status receive_data_set(Association& association, std::uint8_t context, const DataSetSink& sink,
                        const std::string& doing);
// The whole of it. permanent "peer_sent_too_much" over identifier_bytes_max.
Result<std::vector<std::uint8_t>> receive_identifier(Association& association, std::uint8_t context,
                                                     const std::string& doing);

// "A700"
std::string status_hex(std::uint16_t status);

}  // namespace radfm::scu
