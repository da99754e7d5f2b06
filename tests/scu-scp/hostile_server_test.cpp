// SPDX-License-Identifier: Apache-2.0
// Servers that answer our C-FIND with anything but DICOM, or with DICOM that goes wrong, byte by byte.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <thread>

#include "scu-scp/dimse_exchange.h"
#include "scu-scp/find_scu.h"
#include "scu-scp/network.h"
#include "tests/scu-scp/pdu_bytes.h"
#include "tests/scu-scp/test_peers.h"

namespace radfm::scu {
namespace {

using namespace test;

PduBytes accept() {
  return pdu(0x02, joined({fixed_part(), application_context(),
                           item(0x21, joined({{1, 0, 0, 0}, item(0x40, text_bytes("1.2.840.10008.1.2"))})),
                           user_information()}));
}
PduBytes response(std::uint16_t field, std::uint16_t message_id, std::uint16_t status, bool data_set) {
  return pdu(
      0x04,
      fragment(
          1, 3,
          joined({command_element(0x0002, text_bytes(std::string_view("1.2.840.10008.5.1.4.1.2.2.1", 28))),
                  command_element(0x0100, number(field)), command_element(0x0120, number(message_id)),
                  command_element(0x0800, number(data_set ? 1 : 0x0101)),
                  command_element(0x0900, number(status))})));
}

class HostileServer : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { use_dicom_network(); }

  // What our search makes of a server that sends these bytes after the first that it gets, and then closes.
  static std::string search(const PduBytes& answer, const std::function<void(int)>& more = {}) {
    SilentListener listener;
    std::thread server([&] {
      listener.wait_for_connection();
      char first = 0;
      if (::recv(listener.accepted(), &first, 1, 0) != 1) return;
      ::send(listener.accepted(), answer.data(), answer.size(), MSG_NOSIGNAL);
      if (more) more(listener.accepted());
      ::shutdown(listener.accepted(), SHUT_WR);
      // What we send on is read to its end, or a reset could overtake the answer.
      char buffer[4096];
      while (::recv(listener.accepted(), buffer, sizeof buffer, 0) > 0) {
      }
    });
    Peer peer;
    peer.ae_title = "ARCHIVE";
    peer.host = "127.0.0.1";
    peer.port = listener.port();
    peer.timeout_ms = 20'000;
    StudyQuery query;
    query.patient_id = "P-1";
    const auto found = FindScu(peer, QueryModel::study_root).studies(query, 10);
    server.join();
    return found ? "found " + std::to_string(found.value().matches.size()) : found.error().code;
  }
};

TEST_F(HostileServer, OneThatIsRightIsHeard) {
  // Aim: the bytes that the other tests make wrong.
  EXPECT_EQ(search(joined({accept(), response(0x8020, 1, 0, false)})), "found 0");
  const PduBytes study = {0x20, 0, 0x0D, 0, 6, 0, 0, 0, '1', '.', '2', '.', '3', 0};
  EXPECT_EQ(search(joined({accept(), response(0x8020, 1, 0xFF00, true), pdu(0x04, fragment(1, 2, study)),
                           response(0x8020, 1, 0, false)})),
            "found 1");
}

TEST_F(HostileServer, WhatIsNoDicomIsTold) {
  // Aim: HTTP, a huge length, a data PDU at once, broken parameters, and nothing at all.
  EXPECT_EQ(search(text_bytes("HTTP/1.1 400 Bad Request\r\n\r\n")), "peer_broke_protocol");
  EXPECT_EQ(search({0x02, 0, 0x7F, 0xFF, 0xFF, 0xFF}), "peer_broke_protocol");
  EXPECT_EQ(search(response(0x8020, 1, 0, false)), "peer_broke_protocol");
  EXPECT_EQ(search(pdu(0x02, joined({fixed_part(), application_context(), user_information()}))),
            "peer_broke_protocol");
  EXPECT_EQ(search({}), "peer_refused_association");
}

TEST_F(HostileServer, AnswersToOtherQuestionsAreNoAnswers) {
  // Aim: another message ID, another command, a nested command, a data set that was not announced, half a
  // message.
  EXPECT_EQ(search(joined({accept(), response(0x8020, 2, 0, false)})), "peer_broke_protocol");
  EXPECT_EQ(search(joined({accept(), response(0x8021, 1, 0, false)})), "peer_broke_protocol");
  EXPECT_EQ(search(joined({accept(), pdu(0x04, fragment(1, 3, {0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF}))})),
            "peer_broke_protocol");
  EXPECT_EQ(search(joined({accept(), pdu(0x04, fragment(1, 2, {1, 2}))})), "peer_broke_protocol");
  EXPECT_EQ(search(joined({accept(), response(0x8020, 1, 0xFF00, true)})), "peer_refused_association");
}

TEST_F(HostileServer, AnAnswerHasALimit) {
  // Aim: an identifier of the greatest length is read (and unusable), a longer one ends the search.
  const auto answer = [](std::size_t bytes) {
    PduBytes all = joined({accept(), response(0x8020, 1, 0xFF00, true)});
    for (std::size_t sent = 0; sent < bytes;) {
      const std::size_t count = std::min<std::size_t>(bytes - sent, 32'768);
      sent += count;
      const PduBytes piece = pdu(0x04, fragment(1, sent == bytes ? 2 : 0, PduBytes(count, 'x')));
      all.insert(all.end(), piece.begin(), piece.end());
    }
    return joined({all, response(0x8020, 1, 0, false)});
  };
  EXPECT_EQ(search(answer(identifier_bytes_max)), "found 0");
  EXPECT_EQ(search(answer(identifier_bytes_max + 2)), "peer_sent_too_much");
}

TEST_F(HostileServer, AFloodOfBytesIsBounded) {
  // Aim: pending answers without end, from a server that does not listen: the matches up to the bound, then
  // an end.
  const PduBytes pending = response(0x8020, 1, 0xFF00, false);
  PduBytes many;
  while (many.size() < 1'000'000) many.insert(many.end(), pending.begin(), pending.end());
  const auto flood = [&](int socket) {
    for (std::uint64_t sent = 0; sent < 2 * answer_bytes_max; sent += many.size()) {
      if (::send(socket, many.data(), many.size(), MSG_NOSIGNAL) < 0) return;
    }
  };
  EXPECT_EQ(search(accept(), flood), "found 0");
}

}  // namespace
}  // namespace radfm::scu
