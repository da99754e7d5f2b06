// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/get_scu.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcuid.h>

#include "scu-scp/dimse_exchange.h"
#include "scu-scp/object_reception.h"
#include "scu-scp/presentation_tables.h"
#include "scu-scp/retrieve_exchange.h"

namespace radfm::scu {
namespace {

const std::string doing = "retrieving a study";

Activity activity(QueryModel model) {
  return model == QueryModel::study_root ? Activity::get_study_root : Activity::get_patient_root;
}

// One C-GET, for a study or for one series of it.
class Exchange {
 public:
  Exchange(Association& association, const Peer& peer, const RetrievalRequest& request, ObjectSink& sink,
           RetrievalResult& result)
      : association_(association), peer_(peer), result_(result) {
    // The sink outlives the exchange; nobody else keeps it.
    std::shared_ptr<ObjectSink> unowned(std::shared_ptr<void>(), &sink);
    choose_ = [&request, unowned](const ObjectIdentity& identity) -> Result<std::shared_ptr<ObjectSink>> {
      if (wants(request, identity)) return unowned;
      return permanent_error("object_not_asked_for", "an object of another study or series than asked for");
    };
  }

  Status run(const char* sop_class_uid, DcmDataset& identifier) {
    context_ = association_.context_for(sop_class_uid, UID_LittleEndianExplicitTransferSyntax);
    if (context_ == 0)
      return permanent_error(
          "peer_lacks_service",
          association_.name() +
              " accepts no C-GET of this query model: allow it there, or retrieve another way");
    message_id_ = association_.handle()->nextMsgID++;
    T_DIMSE_Message request{};
    request.CommandField = DIMSE_C_GET_RQ;
    request.msg.CGetRQ.MessageID = message_id_;
    std::snprintf(request.msg.CGetRQ.AffectedSOPClassUID, sizeof request.msg.CGetRQ.AffectedSOPClassUID, "%s",
                  sop_class_uid);
    request.msg.CGetRQ.Priority = DIMSE_PRIORITY_MEDIUM;
    request.msg.CGetRQ.DataSetType = DIMSE_DATASET_PRESENT;
    if (auto sent = send_command(association_, context_, request, &identifier, doing); !sent) return sent;
    for (bool done = false; !done;) {
      if (auto taken = take_one(done); !taken) return result_.stopped ? Status() : taken;
    }
    return {};
  }

 private:
  Status take_one(bool& done) {
    const auto command = receive_command(association_, doing);
    if (!command) return command.error();
    switch (command->message.CommandField) {
      case DIMSE_C_STORE_RQ:
        return take_object(*command);
      case DIMSE_C_GET_RSP:
        return take_response(*command, done);
      default:
        return transient_error("peer_broke_protocol", association_.name() + " while " + doing +
                                                          ": a message that belongs to no C-GET");
    }
  }

  Status take_object(const IncomingCommand& command) {
    const auto stored = receive_object(association_, command, peer_.ae_title, choose_);
    if (!stored) return stored.error();
    const std::optional<Error> refusal = stored.value().refusal;
    if (!refusal) {
      ++result_.kept;
      return {};
    }
    ++result_.refused[refusal->code];
    const bool ours = refusal->code == "retrieval_too_large" || refusal->code == "file_not_written" ||
                      refusal->code == "retrieval_ended";
    if (!ours || result_.stopped) return {};
    result_.stopped = refusal;
    const OFCondition cancelled = DIMSE_sendCancelRequest(association_.handle(), context_, message_id_);
    if (cancelled.bad()) return association_.failure(cancelled, "telling it to stop");
    return {};
  }

  Status take_response(const IncomingCommand& command, bool& done) {
    const T_DIMSE_C_GetRSP& response = command.message.msg.CGetRSP;
    if (response.MessageIDBeingRespondedTo != message_id_ || command.context != context_) {
      return transient_error("peer_broke_protocol", association_.name() + " while " + doing +
                                                        ": the answer belongs to no question of ours");
    }
    if (response.DataSetType != DIMSE_DATASET_NULL) {  // the list of failed instances
      if (auto list = receive_identifier(association_, context_, doing); !list) return list.error();
    }
    if (response.DimseStatus == 0xFF00 || response.DimseStatus == 0xFF01) return {};
    done = true;
    const bool counted = (response.opts & O_GET_NUMBEROFFAILEDSUBOPERATIONS) != 0;
    const std::size_t failed = counted ? response.NumberOfFailedSubOperations : 0;
    result_.failed += failed;
    return judge_retrieval(response.DimseStatus, failed, association_.name() + " while " + doing);
  }

  Association& association_;
  const Peer& peer_;
  RetrievalResult& result_;
  SinkChoice choose_;
  std::uint8_t context_ = 0;
  std::uint16_t message_id_ = 0;
};

}  // namespace

Result<RetrievalResult> GetScu::get(const RetrievalRequest& request, ObjectSink& sink,
                                    std::uint64_t received_bytes_max, int wake_fd) const {
  if (auto checked = check(request); !checked) return checked.error();
  auto association =
      Association::request(peer_, proposed_contexts(activity(model_)), wake_fd, received_bytes_max);
  if (!association) return association.error();
  RetrievalResult result;
  std::vector<std::string> parts = request.series_uids;
  if (parts.empty()) parts.emplace_back();
  for (const std::string& series_uid : parts) {
    DcmDataset identifier;
    fill_identifier(identifier, request, series_uid, model_);
    Exchange exchange(**association, peer_, request, sink, result);
    if (auto ran = exchange.run(service_class_uid(activity(model_)), identifier); !ran) return ran.error();
    if (result.stopped) break;
  }
  // An archive counts what we refused among its failures; one reason each is enough.
  std::size_t refused = 0;
  for (const auto& [code, count] : result.refused) refused += count;
  result.failed -= std::min(result.failed, refused);
  if (!result.stopped) (*association)->release();
  return result;
}

}  // namespace radfm::scu
