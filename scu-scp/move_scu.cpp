// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/move_scu.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcuid.h>

#include <algorithm>

#include "scu-scp/dimse_exchange.h"
#include "scu-scp/presentation_tables.h"
#include "scu-scp/retrieve_exchange.h"

namespace radfm::scu {
namespace {

const std::string doing = "moving a study to us";

Activity activity(QueryModel model) {
  return model == QueryModel::study_root ? Activity::move_study_root : Activity::move_patient_root;
}

// One C-MOVE, for a study or for one series of it.
class Exchange {
 public:
  Exchange(Association& association, const ExpectedMoves::Move& move)
      : association_(association), move_(move) {}

  Status run(const char* sop_class_uid, const std::string& destination, DcmDataset& identifier) {
    context_ = association_.context_for(sop_class_uid, UID_LittleEndianExplicitTransferSyntax);
    if (context_ == 0) {
      return permanent_error(
          "peer_lacks_service",
          association_.name() +
              " accepts no C-MOVE of this query model: allow it there, or retrieve another way");
    }
    T_DIMSE_Message message{};
    message.CommandField = DIMSE_C_MOVE_RQ;
    T_DIMSE_C_MoveRQ& request = message.msg.CMoveRQ;
    request.MessageID = move_.message_id();
    std::snprintf(request.AffectedSOPClassUID, sizeof request.AffectedSOPClassUID, "%s", sop_class_uid);
    std::snprintf(request.MoveDestination, sizeof request.MoveDestination, "%s", destination.c_str());
    request.Priority = DIMSE_PRIORITY_MEDIUM;
    request.DataSetType = DIMSE_DATASET_PRESENT;
    if (auto sent = send_command(association_, context_, message, &identifier, doing); !sent) return sent;
    for (bool done = false; !done;) {
      if (auto taken = take_response(done); !taken) return cancelled_ ? Status() : taken;
    }
    return {};
  }
  std::size_t sent() const { return sent_; }  // the archive says so
  std::size_t failed() const { return failed_; }

 private:
  Status take_response(bool& done) {
    const auto command = receive_command(association_, doing);
    if (!command) return command.error();
    const T_DIMSE_C_MoveRSP& response = command.value().message.msg.CMoveRSP;
    if (command.value().message.CommandField != DIMSE_C_MOVE_RSP ||
        response.MessageIDBeingRespondedTo != move_.message_id() || command.value().context != context_) {
      return transient_error("peer_broke_protocol", association_.name() + " while " + doing +
                                                        ": the answer belongs to no question of ours");
    }
    if (response.DataSetType != DIMSE_DATASET_NULL) {  // the list of failed instances
      if (auto list = receive_identifier(association_, context_, doing); !list) return list.error();
    }
    if (response.DimseStatus == 0xFF00 || response.DimseStatus == 0xFF01) return go_on();
    done = true;
    if (response.opts & O_MOVE_NUMBEROFFAILEDSUBOPERATIONS) failed_ = response.NumberOfFailedSubOperations;
    if (response.opts & O_MOVE_NUMBEROFCOMPLETEDSUBOPERATIONS)
      sent_ = response.NumberOfCompletedSubOperations;
    if (response.opts & O_MOVE_NUMBEROFWARNINGSUBOPERATIONS) sent_ += response.NumberOfWarningSubOperations;
    return judge_retrieval(response.DimseStatus, failed_, association_.name() + " while " + doing);
  }

  Status go_on() {
    if (cancelled_ || !move_.result().stopped) return {};
    cancelled_ = true;
    const OFCondition condition =
        DIMSE_sendCancelRequest(association_.handle(), context_, move_.message_id());
    if (condition.bad()) return association_.failure(condition, "telling it to stop");
    return {};
  }

  Association& association_;
  const ExpectedMoves::Move& move_;
  std::uint8_t context_ = 0;
  bool cancelled_ = false;
  std::size_t sent_ = 0, failed_ = 0;
};

void add(RetrievalResult& all, const RetrievalResult& part, const Exchange& exchange) {
  std::size_t refused = 0;
  for (const auto& [code, count] : part.refused) {
    all.refused[code] += count;
    refused += count;
  }
  all.kept += part.kept;
  // What we refused is among the archive's failures, and is told with its reason.
  all.failed += exchange.failed() - std::min(exchange.failed(), refused);
  all.failed += exchange.sent() - std::min(exchange.sent(), part.kept);
  if (!all.stopped) all.stopped = part.stopped;
}

}  // namespace

Result<RetrievalResult> MoveScu::move(const RetrievalRequest& request, std::shared_ptr<ObjectSink> sink,
                                      int wake_fd) const {
  if (auto checked = check(request); !checked) return checked.error();
  auto association = Association::request(peer_, proposed_contexts(activity(model_)), wake_fd);
  if (!association) return association.error();
  RetrievalResult result;
  std::vector<std::string> parts = request.series_uids;
  if (parts.empty()) parts.emplace_back();
  for (const std::string& series_uid : parts) {
    RetrievalRequest part = request;
    if (!series_uid.empty()) part.series_uids = {series_uid};
    DcmDataset identifier;
    fill_identifier(identifier, request, series_uid, model_);
    const auto move = moves_.expect(peer_.own_ae_title, peer_.ae_title, part, sink);
    Exchange exchange(**association, *move);
    if (auto ran = exchange.run(service_class_uid(activity(model_)), peer_.own_ae_title, identifier); !ran)
      return ran.error();
    add(result, move->result(), exchange);
    if (result.stopped) return result;
  }
  (*association)->release();
  return result;
}

}  // namespace radfm::scu
