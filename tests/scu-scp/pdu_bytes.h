// SPDX-License-Identifier: Apache-2.0
// PDUs written by hand (PS3.8 9.3), right ones, for tests that make them wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace radfm::test {

using PduBytes = std::vector<std::uint8_t>;

inline void put_big(PduBytes& bytes, std::size_t value, int count) {
  for (int i = count - 1; i >= 0; --i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
inline void put_little(PduBytes& bytes, std::size_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
inline PduBytes text_bytes(std::string_view text) {
  return {text.begin(), text.end()};
}
inline PduBytes joined(std::initializer_list<PduBytes> parts) {
  PduBytes all;
  for (const PduBytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// An item of an A-ASSOCIATE PDU.
inline PduBytes item(std::uint8_t type, const PduBytes& value) {
  PduBytes bytes = {type, 0};
  put_big(bytes, value.size(), 2);
  return joined({bytes, value});
}
inline PduBytes pdu(std::uint8_t type, const PduBytes& body) {
  PduBytes bytes = {type, 0};
  put_big(bytes, body.size(), 4);
  return joined({bytes, body});
}
inline PduBytes fixed_part() {
  return joined({{0, 1, 0, 0}, text_bytes("RADFM           ARCHIVE         "), PduBytes(32, 0)});
}
inline PduBytes application_context() {
  return item(0x10, text_bytes("1.2.840.10008.3.1.1.1"));
}
inline PduBytes proposed_context(std::uint8_t id) {
  return item(0x20, joined({{id, 0, 0, 0},
                            item(0x30, text_bytes("1.2.840.10008.5.1.4.1.1.1")),
                            item(0x40, text_bytes("1.2.840.10008.1.2"))}));
}
inline PduBytes user_information(const PduBytes& more = {}) {
  return item(0x50, joined({item(0x51, {0, 0, 64, 0}), item(0x52, text_bytes("1.2.3")), more}));
}
inline PduBytes associate_request() {
  return pdu(0x01, joined({fixed_part(), application_context(), proposed_context(1), user_information()}));
}

// An element of a command (implicit VR little endian).
inline PduBytes command_element(std::uint16_t element, const PduBytes& value) {
  PduBytes bytes;
  put_little(bytes, 0, 2);
  put_little(bytes, element, 2);
  put_little(bytes, value.size(), 4);
  return joined({bytes, value});
}
inline PduBytes number(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8)};
}
inline PduBytes command(std::uint16_t field, bool data_set) {
  return joined({command_element(0x0100, number(field)), command_element(0x0110, number(7)),
                 command_element(0x0800, number(data_set ? 1 : 0x0101))});
}
// A presentation data value; control: 1 command, 2 last.
inline PduBytes fragment(std::uint8_t context, std::uint8_t control, const PduBytes& bytes) {
  PduBytes head;
  put_big(head, bytes.size() + 2, 4);
  return joined({head, {context, control}, bytes});
}

}  // namespace radfm::test
