// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/dimse_exchange.h"

#include <dcmtk/dcmdata/dcostrma.h>

#include <cstdio>

namespace radfm::scu {
namespace {

// Gives what DCMTK would write to a file to a function.
class PieceConsumer final : public DcmConsumer {
 public:
  explicit PieceConsumer(const DataSetSink& sink) : sink_(sink) {}
  OFBool good() const override { return OFTrue; }
  OFCondition status() const override { return EC_Normal; }
  OFBool isFlushed() const override { return OFTrue; }
  offile_off_t avail() const override { return data_pdu_room; }
  offile_off_t write(const void* bytes, offile_off_t count) override {
    sink_({static_cast<const std::uint8_t*>(bytes), static_cast<std::size_t>(count)});
    return count;
  }
  void flush() override {}

 private:
  static constexpr offile_off_t data_pdu_room = 1 << 20;  // more than any fragment
  const DataSetSink& sink_;
};

class PieceStream final : public DcmOutputStream {
 public:
  explicit PieceStream(DcmConsumer& consumer) : DcmOutputStream(&consumer) {}
};

OFCondition receive(Association& association, IncomingCommand& command) {
  T_ASC_PresentationContextID context = 0;
  const OFCondition condition = DIMSE_receiveCommand(
      association.handle(), DIMSE_NONBLOCKING, wait_s(association), &context, &command.message, nullptr);
  command.context = context;
  return condition;
}

}  // namespace

Status send_command(Association& association, std::uint8_t context, T_DIMSE_Message& message,
                    DcmDataset* data_set, const std::string& doing) {
  const OFCondition condition = DIMSE_sendMessageUsingMemoryData(association.handle(), context, &message,
                                                                 nullptr, data_set, nullptr, nullptr);
  if (condition.bad()) return association.failure(condition, doing);
  return {};
}

Result<IncomingCommand> receive_command(Association& association, const std::string& doing) {
  IncomingCommand command;
  const OFCondition condition = receive(association, command);
  if (condition.bad()) return association.failure(condition, doing);
  return command;
}

Result<std::optional<IncomingCommand>> receive_request(Association& association, const std::string& doing) {
  IncomingCommand command;
  const OFCondition condition = receive(association, command);
  if (condition == DUL_PEERREQUESTEDRELEASE) return std::optional<IncomingCommand>();
  if (condition.bad()) return association.failure(condition, doing);
  return std::optional<IncomingCommand>(command);
}

Status receive_data_set(Association& association, std::uint8_t context, const DataSetSink& sink,
                        const std::string& doing) {
  PieceConsumer consumer(sink);
  PieceStream stream(consumer);
  T_ASC_PresentationContextID used = 0;
  const OFCondition condition = DIMSE_receiveDataSetInFile(
      association.handle(), DIMSE_NONBLOCKING, wait_s(association), &used, &stream, nullptr, nullptr);
  if (condition.bad()) return association.failure(condition, doing);
  if (used != context) {
    return transient_error("peer_broke_protocol",
                           association.name() + " while " + doing +
                               ": a data set came in another presentation context than its command");
  }
  return {};
}

Result<std::vector<std::uint8_t>> receive_identifier(Association& association, std::uint8_t context,
                                                     const std::string& doing) {
  std::vector<std::uint8_t> bytes;
  bool too_long = false;
  const Status received = receive_data_set(
      association, context,
      [&](std::span<const std::uint8_t> piece) {
        too_long = too_long || piece.size() > identifier_bytes_max - bytes.size();
        if (!too_long) bytes.insert(bytes.end(), piece.begin(), piece.end());
      },
      doing);
  if (!received) return received.error();
  if (too_long) {
    return permanent_error("peer_sent_too_much", association.name() + " while " + doing +
                                                     ": an answer of more than " +
                                                     std::to_string(identifier_bytes_max) + " bytes");
  }
  return bytes;
}

std::string status_hex(std::uint16_t status) {
  char hex[8];
  std::snprintf(hex, sizeof hex, "%04X", static_cast<unsigned>(status));
  return hex;
}

}  // namespace radfm::scu
