// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/file_meta.h"

#include <string_view>

#include "core/digest.h"

namespace radfm::scu {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t preamble_bytes = 128;

void put_number(Bytes& bytes, std::size_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

// An element of group 0002 (explicit VR little endian) with a length of 16 bits.
void put_text(Bytes& bytes, std::uint16_t element, std::string_view vr, std::string text, char padding) {
  if (text.size() % 2 != 0) text += padding;
  put_number(bytes, 0x0002, 2);
  put_number(bytes, element, 2);
  bytes.insert(bytes.end(), vr.begin(), vr.end());
  put_number(bytes, text.size(), 2);
  bytes.insert(bytes.end(), text.begin(), text.end());
}

}  // namespace

Bytes file_head(const ObjectIdentity& identity, const std::string& source_ae_title) {
  Bytes group;
  put_number(group, 0x0002, 2);
  put_number(group, 0x0001, 2);
  for (const std::uint8_t byte : {'O', 'B', '\0', '\0', '\2', '\0', '\0', '\0', '\0', '\1'})
    group.push_back(byte);  // version 1
  put_text(group, 0x0002, "UI", identity.sop_class_uid, '\0');
  put_text(group, 0x0003, "UI", identity.sop_instance_uid, '\0');
  put_text(group, 0x0010, "UI", identity.transfer_syntax_uid, '\0');
  put_text(group, 0x0012, "UI", uid_from_name("implementation class"), '\0');
  if (!source_ae_title.empty()) put_text(group, 0x0016, "AE", source_ae_title, ' ');
  Bytes head(preamble_bytes, 0);
  for (const char c : std::string_view("DICM")) head.push_back(static_cast<std::uint8_t>(c));
  put_number(head, 0x0002, 2);
  put_number(head, 0x0000, 2);
  for (const std::uint8_t byte : {'U', 'L', '\4', '\0'}) head.push_back(byte);
  put_number(head, group.size(), 4);
  head.insert(head.end(), group.begin(), group.end());
  return head;
}

}  // namespace radfm::scu
