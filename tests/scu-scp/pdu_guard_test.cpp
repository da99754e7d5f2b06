// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/pdu_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/scu-scp/pdu_bytes.h"

namespace radfm::scu {
namespace {

using namespace test;
using ::testing::HasSubstr;

constexpr std::uint64_t plenty = 1u << 30;

bool feed(PduGuard& guard, const PduBytes& bytes) {
  const std::span<const std::uint8_t> all(bytes);
  const auto body = guard.body_bytes(all.first(pdu_head_bytes));
  return body && guard.take_body(all.subspan(pdu_head_bytes));
}

// The fault that these PDUs have for a server of ours, after a right request.
std::string fault_of(std::initializer_list<PduBytes> pdus) {
  PduGuard guard(PduGuard::Side::acceptor, plenty);
  EXPECT_TRUE(feed(guard, associate_request())) << guard.fault();
  for (const PduBytes& bytes : pdus) {
    if (!feed(guard, bytes)) break;
  }
  return guard.fault();
}
std::string fault_of_request(const PduBytes& body) {
  PduGuard guard(PduGuard::Side::acceptor, plenty);
  feed(guard, pdu(0x01, body));
  return guard.fault();
}
PduBytes data(const PduBytes& fragments) {
  return pdu(0x04, fragments);
}

TEST(PduGuard, ARightConversationPasses) {
  // Aim: a command in two fragments, its data set in three of which the last is empty, an echo, the release.
  const PduBytes store = command(0x0001, true), half(store.begin(), store.begin() + 12),
                 rest(store.begin() + 12, store.end());
  EXPECT_EQ(
      fault_of({data(fragment(1, 1, half)), data(joined({fragment(1, 3, rest), fragment(1, 0, {1, 2})})),
                data(fragment(1, 0, {3, 4})), data(fragment(1, 2, {})),
                data(fragment(1, 3, command(0x0030, false))), pdu(0x05, PduBytes(4, 0))}),
      "");
}

TEST(PduGuard, TypesAndTheirOrder) {
  // Aim: each side's first PDU, no second beginning, no unknown types, an abort at any time.
  for (const std::uint8_t type : {0x02, 0x03, 0x04, 0x05, 0x06}) {
    PduGuard guard(PduGuard::Side::acceptor, plenty);
    EXPECT_FALSE(guard.body_bytes(PduBytes{type, 0, 0, 0, 0, 4})) << int{type};
  }
  for (const std::uint8_t type : {0x01, 0x04, 0x05, 0x06}) {
    PduGuard guard(PduGuard::Side::requestor, plenty);
    EXPECT_FALSE(guard.body_bytes(PduBytes{type, 0, 0, 0, 0, 4})) << int{type};
  }
  PduGuard rejected(PduGuard::Side::requestor, plenty);
  EXPECT_TRUE(feed(rejected, pdu(0x03, PduBytes(4, 1))));
  EXPECT_THAT(fault_of({associate_request()}), HasSubstr("twice"));
  EXPECT_THAT(fault_of({pdu(0x03, PduBytes(4, 0))}), HasSubstr("twice"));
  EXPECT_THAT(fault_of({pdu(0x08, PduBytes(4, 0))}), HasSubstr("unknown type"));
  EXPECT_EQ(fault_of({pdu(0x07, PduBytes(4, 0))}), "");
}

TEST(PduGuard, LengthsAtTheirLimits) {
  // Aim: each length at its limit and one past it, before a byte of the body is read.
  const auto accepts = [](std::uint8_t type, std::uint32_t length, bool associated) {
    PduGuard guard(PduGuard::Side::acceptor, plenty);
    if (associated) feed(guard, associate_request());
    PduBytes head = {type, 0};
    put_big(head, length, 4);
    return guard.body_bytes(head).has_value();
  };
  EXPECT_TRUE(accepts(0x01, associate_pdu_bytes_max, false));
  EXPECT_FALSE(accepts(0x01, associate_pdu_bytes_max + 1, false));
  EXPECT_TRUE(accepts(0x04, data_pdu_bytes_max, true));
  EXPECT_FALSE(accepts(0x04, data_pdu_bytes_max + 1, true));
  EXPECT_TRUE(accepts(0x05, 4, true));
  EXPECT_FALSE(accepts(0x05, 3, true));
  EXPECT_FALSE(accepts(0x07, 5, true));
}

TEST(PduGuard, TheBytesOfAnAssociationAreCounted) {
  // Aim: exactly the bound passes, one byte less does not, and it is said which it was.
  const PduBytes request = associate_request(), echo = data(fragment(1, 3, command(0x0030, false)));
  PduGuard exact(PduGuard::Side::acceptor, request.size() + echo.size());
  EXPECT_TRUE(feed(exact, request) && feed(exact, echo));
  PduGuard less(PduGuard::Side::acceptor, request.size() + echo.size() - 1);
  EXPECT_TRUE(feed(less, request));
  EXPECT_FALSE(feed(less, echo));
  EXPECT_TRUE(less.over_limit());
  EXPECT_FALSE(feed(less, pdu(0x07, PduBytes(4, 0))));
}

TEST(PduGuard, Fragments) {
  // Aim: fragments that lie about their length, their context or their turn.
  const PduBytes echo = command(0x0030, false), store = command(0x0001, true);
  EXPECT_THAT(fault_of({data({})}), HasSubstr("empty"));
  EXPECT_THAT(fault_of({data({0, 0, 0, 9, 1, 3, 0, 0})}), HasSubstr("longer"));
  EXPECT_THAT(fault_of({data({0, 0, 0, 1, 1, 3})}), HasSubstr("longer"));
  EXPECT_THAT(fault_of({data({0, 0, 0, 2, 1})}), HasSubstr("too short"));
  EXPECT_THAT(fault_of({data(fragment(2, 3, echo))}), HasSubstr("no presentation context"));
  EXPECT_THAT(fault_of({data(fragment(1, 4, echo))}), HasSubstr("control"));
  EXPECT_THAT(fault_of({data(fragment(1, 1, {}))}), HasSubstr("empty fragment"));
  EXPECT_THAT(fault_of({data(fragment(1, 1, {0}))}), HasSubstr("odd"));
  EXPECT_THAT(fault_of({data(fragment(1, 2, {1, 2}))}), HasSubstr("no command announced"));
  EXPECT_THAT(fault_of({data(fragment(1, 3, echo)), data(fragment(1, 2, {1, 2}))}),
              HasSubstr("no command announced"));
  EXPECT_THAT(fault_of({data(fragment(1, 3, store)), data(fragment(1, 3, echo))}), HasSubstr("midst"));
  EXPECT_THAT(fault_of({data(fragment(1, 3, store)), data(fragment(3, 2, {1, 2}))}), HasSubstr("changes"));
}

TEST(PduGuard, Commands) {
  // Aim: nested, foreign, oversized and unknown commands; the length limit, at it and one past it.
  const auto fault = [](const PduBytes& bytes) { return fault_of({data(fragment(1, 3, bytes))}); };
  const PduBytes echo = command(0x0030, false);
  EXPECT_THAT(fault(joined({echo, {8, 0, 0x20, 0, 2, 0, 0, 0, 'a', 'b'}})), HasSubstr("another group"));
  EXPECT_THAT(fault(joined({echo, {0, 0, 0x99, 0x99, 0xFF, 0xFF, 0xFF, 0xFF}})), HasSubstr("too long"));
  EXPECT_THAT(fault(joined({echo, command_element(0x0900, {0, 0, 0, 0})})), HasSubstr("too long"));
  EXPECT_THAT(fault(joined({command_element(0x0002, PduBytes(66, '1')), echo})), HasSubstr("too long"));
  EXPECT_EQ(fault(joined({command_element(0x0002, PduBytes(64, '1')), echo})), "");
  EXPECT_THAT(fault(joined({echo, {0, 0, 0, 9}})), HasSubstr("ends inside"));
  EXPECT_THAT(fault({}), HasSubstr("ends inside"));
  EXPECT_THAT(fault(command(0x0020, true)), HasSubstr("never takes"));
  EXPECT_THAT(fault(command_element(0x0100, number(0x0030))), HasSubstr("lacks"));
  // DCMTK looks up what follows a '=' as the name of a UID, in our answer too.
  for (const std::uint16_t uid : {0x0002, 0x0003, 0x1000, 0x1001}) {
    EXPECT_THAT(fault(joined({echo, command_element(uid, text_bytes("=CT "))})), HasSubstr("no UID has"));
    EXPECT_THAT(fault(joined({echo, command_element(uid, text_bytes(" =CT"))})), HasSubstr("no UID has"));
    EXPECT_EQ(fault(joined({echo, command_element(uid, PduBytes{'1', '.', '2', 0})})), "");
    EXPECT_EQ(fault(joined({echo, command_element(uid, text_bytes(" 1.2.3"))})), "");
    EXPECT_EQ(fault(joined({echo, command_element(uid, text_bytes("1.2.ab-C_9"))})), "") << "of a de-identifier that writes hashes";
  }
  const std::size_t room = command_bytes_max - echo.size() - 8;
  EXPECT_EQ(fault(joined({echo, command_element(0x0902, PduBytes(room, ' '))})), "");
  EXPECT_THAT(fault(joined({echo, command_element(0x0902, PduBytes(room + 2, ' '))})), HasSubstr("too long"));
}

TEST(PduGuard, RequestsForAnAssociation) {
  // Aim: what must stand once, what may not stand twice, and items that lie about their length.
  const PduBytes fixed = fixed_part(), name = application_context(), context = proposed_context(1),
                 user = user_information();
  EXPECT_EQ(
      fault_of_request(joined({fixed, name, context, proposed_context(3), user, item(0x77, {1, 2, 3})})), "");
  EXPECT_THAT(fault_of_request(PduBytes(67, 0)), HasSubstr("too short"));
  EXPECT_THAT(fault_of_request(joined({PduBytes(68, 0), name, context, user})), HasSubstr("version"));
  EXPECT_THAT(fault_of_request(joined({fixed, context, user})), HasSubstr("one application context"));
  EXPECT_THAT(fault_of_request(joined({fixed, name, name, context, user})),
              HasSubstr("one application context"));
  EXPECT_THAT(fault_of_request(joined({fixed, name, context})), HasSubstr("one user information"));
  EXPECT_THAT(fault_of_request(joined({fixed, name, context, user, user})),
              HasSubstr("one user information"));
  EXPECT_THAT(fault_of_request(joined({fixed, name, user})), HasSubstr("no presentation context"));
  EXPECT_THAT(fault_of_request(joined({fixed, name, context, context, user})), HasSubstr("stands twice"));
  EXPECT_THAT(fault_of_request(joined({fixed, name, proposed_context(2), user})), HasSubstr("even number"));
  EXPECT_THAT(fault_of_request(joined({fixed, name, context, user, {0x10, 0, 0, 9, 'x'}})),
              HasSubstr("longer than"));
  EXPECT_THAT(fault_of_request(joined({fixed, name, item(0x20, {1, 0, 0, 0}), user})),
              HasSubstr("one abstract"));
  EXPECT_THAT(fault_of_request(joined({fixed, name, item(0x20, {1, 0, 0}), user})), HasSubstr("too short"));
  EXPECT_THAT(
      fault_of_request(joined({fixed, name, item(0x20, joined({{1, 0, 0, 0}, {0x30, 0, 0, 9, '1'}})), user})),
      HasSubstr("longer than"));
  EXPECT_THAT(fault_of_request(joined({fixed, item(0x10, text_bytes("../../x")), context, user})),
              HasSubstr("no UID"));
}

TEST(PduGuard, UserInformation) {
  // Aim: each sub-item right and wrong; one identity, and only in a request.
  const auto fault = [](const PduBytes& more) {
    return fault_of_request(
        joined({fixed_part(), application_context(), proposed_context(1), user_information(more)}));
  };
  const PduBytes uid = text_bytes("1.2.3"), role = joined({{0, 5}, uid, {0, 1}});
  const PduBytes identity = joined({{1, 0, 0, 4}, text_bytes("user"), {0, 0}});
  EXPECT_EQ(fault(joined({item(0x54, role), item(0x55, text_bytes("V1")), item(0x53, {0, 1, 0, 1}),
                          item(0x56, joined({{0, 5}, uid, {1, 1}})), item(0x58, identity), item(0x5A, {1})})),
            "");
  EXPECT_THAT(fault(item(0x51, {0, 0, 64})), HasSubstr("maximum length"));
  EXPECT_THAT(fault(item(0x52, text_bytes("one"))), HasSubstr("no UID"));
  EXPECT_THAT(fault(item(0x53, {1})), HasSubstr("window"));
  EXPECT_THAT(fault(item(0x54, joined({{0, 9}, uid, {0, 1}}))), HasSubstr("role"));
  EXPECT_THAT(fault(item(0x54, joined({{0, 5}, uid, {0}}))), HasSubstr("role"));
  EXPECT_THAT(fault(item(0x55, PduBytes(65, 'v'))), HasSubstr("version"));
  EXPECT_THAT(fault(item(0x56, {0, 9, '1'})), HasSubstr("extended"));
  EXPECT_THAT(fault(joined({item(0x58, identity), item(0x58, identity)})), HasSubstr("where none may"));
  EXPECT_THAT(fault(item(0x59, {0, 0})), HasSubstr("where none may"));
  EXPECT_THAT(fault(item(0x58, {1, 0, 0, 9, 'u'})), HasSubstr("identity is broken"));
}

TEST(PduGuard, AnswersToOurRequest) {
  // Aim: an accepted context has one transfer syntax; in a refused one nothing counts; the numbers are those
  // of results.
  const auto fault = [](const PduBytes& context) {
    PduGuard guard(PduGuard::Side::requestor, plenty);
    feed(guard, pdu(0x02, joined({fixed_part(), application_context(), context, user_information()})));
    return guard.fault();
  };
  const PduBytes syntax = item(0x40, text_bytes("1.2.840.10008.1.2"));
  EXPECT_EQ(fault(item(0x21, joined({{1, 0, 0, 0}, syntax}))), "");
  EXPECT_EQ(fault(item(0x21, joined({{1, 0, 3, 0}, item(0x40, {})}))), "");
  EXPECT_THAT(fault(item(0x21, {1, 0, 0, 0})), HasSubstr("one transfer syntax"));
  EXPECT_THAT(fault(item(0x21, joined({{1, 0, 0, 0}, syntax, syntax}))), HasSubstr("one transfer syntax"));
  EXPECT_THAT(fault(item(0x21, joined({{1, 0, 5, 0}, syntax}))), HasSubstr("unknown result"));
  EXPECT_THAT(fault(proposed_context(1)), HasSubstr("proposed context"));
}

TEST(PduGuard, ManyThousandMutationsEndInOrder) {
  // Aim: whatever is done to right bytes, the guard answers, and never lets pass what is over a limit.
  const unsigned seed = 20'251'128;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const PduBytes right =
      joined({associate_request(),
              data(joined({fragment(1, 3, command(0x0001, true)), fragment(1, 2, PduBytes(64, 8))})),
              data(fragment(1, 3, command(0x0030, false))), pdu(0x05, PduBytes(4, 0))});
  std::size_t refused = 0;
  for (int round = 0; round < 50'000; ++round) {
    PduBytes bytes = right;
    for (unsigned i = 0; i <= random() % 3; ++i)
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    PduGuard guard(PduGuard::Side::acceptor, bytes.size());
    std::span<const std::uint8_t> rest(bytes);
    while (rest.size() >= pdu_head_bytes) {
      const auto body = guard.body_bytes(rest.first(pdu_head_bytes));
      if (!body || *body > rest.size() - pdu_head_bytes) break;
      if (!guard.take_body(rest.subspan(pdu_head_bytes, *body))) break;
      rest = rest.subspan(pdu_head_bytes + *body);
    }
    refused += guard.fault().empty() ? 0 : 1;
  }
  EXPECT_GT(refused, 10'000u);
  EXPECT_LT(refused, 50'000u);
}

}  // namespace
}  // namespace radfm::scu
