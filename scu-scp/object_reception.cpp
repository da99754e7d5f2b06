// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/object_reception.h"

#include <iterator>

#include "core/uid.h"
#include "scu-scp/dimse_exchange.h"

namespace radfm::scu {
namespace {

std::uint16_t status_of(const Error& refusal) {
  for (const RefusalStatus& line : refusal_statuses) {
    if (refusal.code == line.code) return line.status;
  }
  return std::rbegin(refusal_statuses)->status;
}

Status answer(Association& association, const IncomingCommand& command, std::uint16_t status) {
  T_DIMSE_C_StoreRQ request = command.message.msg.CStoreRQ;
  T_DIMSE_C_StoreRSP response{};
  response.DimseStatus = status;
  response.DataSetType = DIMSE_DATASET_NULL;
  const OFCondition condition =
      DIMSE_sendStoreResponse(association.handle(), command.context, &request, &response, nullptr);
  if (condition.bad()) return association.failure(condition, "answering a C-STORE");
  return {};
}

}  // namespace

Result<StoredObject> receive_object(Association& association, const IncomingCommand& command,
                                    const std::string& source, const SinkChoice& choose) {
  const T_DIMSE_C_StoreRQ& request = command.message.msg.CStoreRQ;
  const auto trimmed = [](const char* uid) {
    const auto parsed = Uid::parse(uid);
    return parsed ? parsed->str() : std::string();
  };
  IncomingObject object({trimmed(request.AffectedSOPClassUID), trimmed(request.AffectedSOPInstanceUID),
                         association.transfer_syntax_of(command.context), "", ""},
                        source, choose);
  if (request.DataSetType != DIMSE_DATASET_NULL) {
    const Status received = receive_data_set(
        association, command.context, [&](std::span<const std::uint8_t> piece) { object.take(piece); },
        "receiving an object");
    if (!received) return received.error();
  }
  StoredObject stored;
  if (auto finished = object.finish(); !finished) stored.refusal = finished.error();
  stored.identity = object.identity();
  if (auto answered = answer(association, command, stored.refusal ? status_of(*stored.refusal) : 0);
      !answered)
    return answered.error();
  return stored;
}

}  // namespace radfm::scu
