// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/find_answers.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>

#include "scu-scp/dimse_exchange.h"

namespace radfm::scu {
namespace {

bool is_pending(std::uint16_t status) {
  return status == 0xFF00 || status == 0xFF01;
}

// PS3.4 C.4.1.1.4
Status judge(std::uint16_t status, const Association& association, const std::string& doing) {
  if (status == 0x0000 || status == 0xFE00) return {};
  const std::string answer =
      association.name() + " answers C-FIND with status " + status_hex(status) + " while " + doing;
  if ((status & 0xFF00) == 0xA700)
    return transient_error("peer_busy", answer + ": it is out of resources; it is asked again later");
  return permanent_error("peer_refused_query", answer + ": it does not take this query; see its log");
}

}  // namespace

Result<bool> FindExchange::run(Association& association, DcmDataset& keys) const {
  const std::uint8_t context = association.context_for(sop_class_uid, "1.2.840.10008.1.2.1");
  if (context == 0)
    return permanent_error(
        "peer_lacks_service",
        association.name() +
            " accepts no C-FIND of this query model: allow it there, or choose the other model");
  const std::uint16_t message_id = association.handle()->nextMsgID++;
  T_DIMSE_Message request{};
  request.CommandField = DIMSE_C_FIND_RQ;
  request.msg.CFindRQ.MessageID = message_id;
  std::snprintf(request.msg.CFindRQ.AffectedSOPClassUID, sizeof request.msg.CFindRQ.AffectedSOPClassUID, "%s",
                sop_class_uid.c_str());
  request.msg.CFindRQ.Priority = DIMSE_PRIORITY_MEDIUM;
  request.msg.CFindRQ.DataSetType = DIMSE_DATASET_PRESENT;
  if (auto sent = send_command(association, context, request, &keys, doing); !sent) return sent.error();
  const auto encoding = encoding_of(association.transfer_syntax_of(context));
  std::size_t answers = 0;
  for (;;) {
    auto command = receive_command(association, doing);
    // What came before the bound counts, however the peer takes the C-CANCEL.
    if (!command) return answers > matches_max ? Result<bool>(true) : command.error();
    const T_DIMSE_C_FindRSP& response = command->message.msg.CFindRSP;
    if (command->message.CommandField != DIMSE_C_FIND_RSP ||
        response.MessageIDBeingRespondedTo != message_id || command->context != context || !encoding) {
      return transient_error("peer_broke_protocol", association.name() + " while " + doing +
                                                        ": the answer belongs to no question of ours");
    }
    std::vector<std::uint8_t> identifier;
    if (response.DataSetType != DIMSE_DATASET_NULL) {
      auto received = receive_identifier(association, context, doing);
      if (!received) return answers > matches_max ? Result<bool>(true) : received.error();
      identifier = std::move(*received);
    }
    if (!is_pending(response.DimseStatus)) {
      if (answers > matches_max) return true;
      if (auto judged = judge(response.DimseStatus, association, doing); !judged) return judged.error();
      return false;
    }
    if (++answers <= matches_max) take(identifier, *encoding);
    if (answers > matches_max + answers_past_bound_max) return true;
    if (answers == matches_max + 1 &&
        DIMSE_sendCancelRequest(association.handle(), context, message_id).bad())
      return true;
  }
}

}  // namespace radfm::scu
