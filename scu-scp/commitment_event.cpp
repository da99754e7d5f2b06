// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/commitment_event.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>

#include <cstdio>

#include "scu-scp/dimse_exchange.h"

namespace radfm::scu {
namespace {

const std::string doing = "receiving a storage commitment's result";
constexpr std::uint16_t success = 0x0000, processing_failure = 0x0110, no_such_class = 0x0118;  // PS3.7 C

}  // namespace

Status take_commitment_event(Association& association, const IncomingCommand& command,
                             const std::string& caller, ExpectedCommitments& commitments) {
  const T_DIMSE_N_EventReportRQ& request = command.message.msg.NEventReportRQ;
  std::vector<std::uint8_t> event;
  if (request.DataSetType != DIMSE_DATASET_NULL) {
    auto received = receive_identifier(association, command.context, doing);
    if (!received) return received.error();
    event = std::move(*received);
  }
  const auto encoding = encoding_of(association.transfer_syntax_of(command.context));
  std::uint16_t status = no_such_class;
  if (std::string(request.AffectedSOPClassUID) == UID_StorageCommitmentPushModelSOPClass) {
    status = encoding && commitments.take(caller, event, *encoding) ? success : processing_failure;
  }
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_N_EVENT_REPORT_RSP;
  T_DIMSE_N_EventReportRSP& response = message.msg.NEventReportRSP;
  response.MessageIDBeingRespondedTo = request.MessageID;
  response.DimseStatus = status;
  response.DataSetType = DIMSE_DATASET_NULL;
  response.EventTypeID = request.EventTypeID;
  std::snprintf(response.AffectedSOPClassUID, sizeof response.AffectedSOPClassUID, "%s",
                request.AffectedSOPClassUID);
  std::snprintf(response.AffectedSOPInstanceUID, sizeof response.AffectedSOPInstanceUID, "%s",
                request.AffectedSOPInstanceUID);
  response.opts =
      O_NEVENTREPORT_AFFECTEDSOPCLASSUID | O_NEVENTREPORT_AFFECTEDSOPINSTANCEUID | O_NEVENTREPORT_EVENTTYPEID;
  return send_command(association, command.context, message, nullptr, doing);
}

}  // namespace radfm::scu
