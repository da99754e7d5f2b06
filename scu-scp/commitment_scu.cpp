// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/commitment_scu.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcuid.h>

#include <algorithm>
#include <chrono>

#include "core/uid.h"
#include "scu-scp/commitment_event.h"
#include "scu-scp/dimse_exchange.h"
#include "scu-scp/presentation_tables.h"

namespace radfm::scu {
namespace {

const std::string doing = "asking for storage commitment";
constexpr std::int64_t look_ms =
    100;  // between two looks at the association, while the result may come elsewhere too

Status check(const std::string& transaction_uid, const std::vector<ObjectReference>& objects) {
  const bool named = Uid::parse(transaction_uid) &&
                     std::all_of(objects.begin(), objects.end(), [](const ObjectReference& object) {
                       return Uid::parse(object.sop_class_uid) && Uid::parse(object.sop_instance_uid);
                     });
  if (named && !objects.empty() && objects.size() <= commitment_objects_max) return {};
  return permanent_error("query_not_usable", "storage commitment is asked for 1 to " +
                                                 std::to_string(commitment_objects_max) +
                                                 " objects, by their UIDs, in a transaction that has one");
}

// PS3.4 J.3.2.1.1: transaction, and references to the objects.
void fill(DcmDataset& data_set, const std::string& transaction_uid,
          const std::vector<ObjectReference>& objects) {
  data_set.putAndInsertString(DCM_TransactionUID, transaction_uid.c_str());
  for (const ObjectReference& object : objects) {
    DcmItem* item = nullptr;
    if (data_set.findOrCreateSequenceItem(DCM_ReferencedSOPSequence, item, -2).bad()) return;  // -2: one more
    item->putAndInsertString(DCM_ReferencedSOPClassUID, object.sop_class_uid.c_str());
    item->putAndInsertString(DCM_ReferencedSOPInstanceUID, object.sop_instance_uid.c_str());
  }
}

Status judge(Association& association, const IncomingCommand& command, std::uint16_t message_id) {
  const T_DIMSE_N_ActionRSP& response = command.message.msg.NActionRSP;
  if (command.message.CommandField != DIMSE_N_ACTION_RSP ||
      response.MessageIDBeingRespondedTo != message_id) {
    return transient_error("peer_broke_protocol", association.name() + " while " + doing +
                                                      ": the answer belongs to no question of ours");
  }
  if (response.DataSetType != DIMSE_DATASET_NULL) {
    if (auto reply = receive_identifier(association, command.context, doing); !reply) return reply.error();
  }
  if (response.DimseStatus == 0) return {};
  return permanent_error("peer_refused_query", association.name() + " answers N-ACTION with status " +
                                                   status_hex(response.DimseStatus) +
                                                   ": it does not take this request; see its log");
}

Status act(Association& association, std::uint8_t context, DcmDataset& data_set, const std::string& archive,
           ExpectedCommitments& commitments) {
  T_DIMSE_Message message{};
  message.CommandField = DIMSE_N_ACTION_RQ;
  T_DIMSE_N_ActionRQ& request = message.msg.NActionRQ;
  request.MessageID = association.handle()->nextMsgID++;
  request.ActionTypeID = 1;  // PS3.4 J.3.2: request storage commitment
  request.DataSetType = DIMSE_DATASET_PRESENT;
  std::snprintf(request.RequestedSOPClassUID, sizeof request.RequestedSOPClassUID, "%s",
                UID_StorageCommitmentPushModelSOPClass);
  std::snprintf(request.RequestedSOPInstanceUID, sizeof request.RequestedSOPInstanceUID, "%s",
                UID_StorageCommitmentPushModelSOPInstance);
  if (auto sent = send_command(association, context, message, &data_set, doing); !sent) return sent;
  for (;;) {
    const auto command = receive_command(association, doing);
    if (!command) return command.error();
    // A fast archive brings the result before it has answered the request.
    if (command.value().message.CommandField != DIMSE_N_EVENT_REPORT_RQ)
      return judge(association, command.value(), request.MessageID);
    if (auto taken = take_commitment_event(association, command.value(), archive, commitments); !taken)
      return taken;
  }
}

// Until the result is there, `stay_ms` are over, or the peer leaves: it may still bring the result another
// way.
Status stay(Association& association, const ExpectedCommitments::Transaction& transaction,
            const std::string& archive, ExpectedCommitments& commitments, std::int64_t stay_ms, int wake_fd) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(stay_ms);
  while (!transaction.result() && std::chrono::steady_clock::now() < end) {
    if (!ASC_dataWaiting(association.handle(), 0)) {
      const auto waited = transaction.wait(look_ms, wake_fd);
      if (!waited && waited.error().code == "woken") return waited.error();
      continue;
    }
    const auto request = receive_request(association, doing);
    if (!request)
      return request.error().error_class == ErrorClass::cancelled ? Status(request.error()) : Status();
    if (!request.value()) {
      ASC_acknowledgeRelease(association.handle());
      return {};
    }
    if (request.value()->message.CommandField != DIMSE_N_EVENT_REPORT_RQ) return {};
    if (auto taken = take_commitment_event(association, *request.value(), archive, commitments); !taken)
      return {};
  }
  association.release();
  return {};
}

}  // namespace

Result<std::unique_ptr<ExpectedCommitments::Transaction>> CommitmentScu::request(
    const std::string& transaction_uid, const std::vector<ObjectReference>& objects, std::int64_t stay_ms,
    int wake_fd) const {
  if (auto checked = check(transaction_uid, objects); !checked) return checked.error();
  auto association = Association::request(peer_, proposed_contexts(Activity::request_commitment), wake_fd);
  if (!association) return association.error();
  const std::uint8_t context =
      (*association)
          ->context_for(UID_StorageCommitmentPushModelSOPClass, UID_LittleEndianExplicitTransferSyntax);
  if (context == 0)
    return permanent_error(
        "peer_lacks_service",
        (*association)->name() + " offers no storage commitment: allow it there, or do not ask it");
  DcmDataset data_set;
  fill(data_set, transaction_uid, objects);
  auto transaction = commitments_.expect(transaction_uid, peer_.ae_title, objects);
  if (auto acted = act(**association, context, data_set, peer_.ae_title, commitments_); !acted)
    return acted.error();
  if (auto stayed = stay(**association, *transaction, peer_.ae_title, commitments_, stay_ms, wake_fd);
      !stayed)
    return stayed.error();
  return transaction;
}

}  // namespace radfm::scu
