// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/associate_pdu.h"

#include <algorithm>
#include <set>

namespace radfm::scu {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Fault = std::optional<std::string>;

constexpr std::size_t fixed_bytes = 68;            // version, two titles, what is reserved
constexpr std::size_t contexts_max = 128;          // PS3.8 9.3.2.2: odd numbers up to 255
constexpr std::size_t transfer_syntaxes_max = 50;  // of one context; DCMTK has room for no more
constexpr std::size_t name_bytes_max = 64;         // PS3.5 9.1; version names have 16

// Items of one level, one after the other (PS3.8 9.3.1: type, reserved, length of 16 bits).
class Items {
 public:
  explicit Items(Bytes bytes) : bytes_(bytes) {}
  // False at the end, and when the next item is longer than the rest (then `broken`).
  bool next() {
    if (bytes_.empty()) return false;
    if (bytes_.size() < 4) return !(broken = true);
    type = bytes_[0];
    const std::size_t length = static_cast<std::size_t>(bytes_[2]) << 8 | bytes_[3];
    if (length > bytes_.size() - 4) return !(broken = true);
    value = bytes_.subspan(4, length);
    bytes_ = bytes_.subspan(4 + length);
    return true;
  }
  std::uint8_t type = 0;
  Bytes value;
  bool broken = false;

 private:
  Bytes bytes_;
};

Fault broken_item(const Items& items, const char* where) {
  if (!items.broken) return std::nullopt;
  return std::string("an item of the ") + where + " is longer than what holds it";
}

bool is_uid(Bytes value) {
  while (!value.empty() && (value.back() == 0 || value.back() == ' ')) value = value.first(value.size() - 1);
  return !value.empty() && value.size() <= name_bytes_max &&
         std::all_of(value.begin(), value.end(),
                     [](std::uint8_t c) { return (c >= '0' && c <= '9') || c == '.'; });
}

// A 16-bit length and that many bytes; cuts them off `rest`.
bool take_counted(Bytes& rest) {
  if (rest.size() < 2) return false;
  const std::size_t length = static_cast<std::size_t>(rest[0]) << 8 | rest[1];
  if (length > rest.size() - 2) return false;
  rest = rest.subspan(2 + length);
  return true;
}

class Check {
 public:
  explicit Check(AssociatePdu kind) : request_(kind == AssociatePdu::request) {}

  Fault run(Bytes body) {
    if (body.size() < fixed_bytes) return "it is too short";
    if ((body[1] & 1) == 0) return "it is of another version of the protocol";
    Items items(body.subspan(fixed_bytes));
    while (items.next()) {
      if (Fault fault = check_item(items)) return fault;
    }
    if (Fault fault = broken_item(items, "association")) return fault;
    if (names_ != 1 || users_ != 1)
      return "it does not hold one application context and one user information";
    if (ids_.empty()) return "it holds no presentation context";
    return std::nullopt;
  }

 private:
  Fault check_item(const Items& items) {
    switch (items.type) {
      case 0x10:
        ++names_;
        return is_uid(items.value) ? Fault() : "its application context is no UID";
      case 0x20:
        return request_ ? check_context(items.value) : "an answer holds a proposed context";
      case 0x21:
        return request_ ? "a request holds an answered context" : check_context(items.value);
      case 0x50:
        ++users_;
        return check_user(items.value);
      default:
        return std::nullopt;  // PS3.8 9.3.1: unknown items are passed over
    }
  }

  Fault check_context(Bytes value) {
    if (value.size() < 4) return "a presentation context is too short";
    if (value[0] % 2 == 0) return "a presentation context has an even number";
    if (!ids_.insert(value[0]).second) return "a presentation context stands twice";
    if (ids_.size() > contexts_max) return "it holds too many presentation contexts";
    if (!request_ && value[2] > 4) return "a presentation context has an unknown result";
    std::size_t abstract = 0, transfer = 0;
    Items items(value.subspan(4));
    while (items.next()) {
      if (items.type != 0x30 && items.type != 0x40) continue;
      // PS3.8 9.3.3.2: in the answer to a refused context the syntax says nothing.
      if ((request_ || value[2] == 0) && !is_uid(items.value)) return "a syntax is no UID";
      if (items.value.size() > name_bytes_max) return "a syntax is too long";
      ++(items.type == 0x30 ? abstract : transfer);
    }
    if (Fault fault = broken_item(items, "presentation context")) return fault;
    if (request_ && (abstract != 1 || transfer == 0))
      return "a proposed context needs one abstract and a transfer syntax";
    if (!request_ && value[2] == 0 && (abstract > 1 || transfer != 1))
      return "an accepted context needs one transfer syntax";
    if (transfer > transfer_syntaxes_max) return "a context holds too many transfer syntaxes";
    return std::nullopt;
  }

  Fault check_user(Bytes value) {
    Items items(value);
    while (items.next()) {
      if (Fault fault = check_user_item(items.type, items.value)) return fault;
    }
    return broken_item(items, "user information");
  }

  Fault check_user_item(std::uint8_t type, Bytes value) {
    switch (type) {
      case 0x51:
        return value.size() == 4 ? Fault() : "the maximum length has not four bytes";
      case 0x52:
        return is_uid(value) ? Fault() : "the implementation's class is no UID";
      case 0x53:
        return value.size() == 4 ? Fault() : "the operations window has not four bytes";
      case 0x54: {  // PS3.7 D.3.3.4: a UID and two roles
        Bytes rest = value;
        return take_counted(rest) && rest.size() == 2 && is_uid(value.subspan(2, value.size() - 4))
                   ? Fault()
                   : "a role selection is broken";
      }
      case 0x55:
        return value.size() <= name_bytes_max ? Fault() : "the implementation's version is too long";
      case 0x56: {  // PS3.7 D.3.3.5: a UID and information of the class
        Bytes rest = value;
        return take_counted(rest) && is_uid(value.subspan(2, value.size() - rest.size() - 2))
                   ? Fault()
                   : "an extended negotiation is broken";
      }
      case 0x58:
      case 0x59:
        return check_identity(type, value);
      default:
        return std::nullopt;
    }
  }

  Fault check_identity(std::uint8_t type, Bytes value) {  // PS3.7 D.3.3.7
    if (request_ != (type == 0x58) || ++identities_ > 1) return "a user identity stands where none may";
    if (request_) {
      if (value.size() < 2) return "the user identity is broken";
      value = value.subspan(2);
      if (!take_counted(value)) return "the user identity is broken";
    }
    return take_counted(value) && value.empty() ? Fault() : "the user identity is broken";
  }

  const bool request_;
  std::set<std::uint8_t> ids_;
  int names_ = 0, users_ = 0, identities_ = 0;
};

}  // namespace

Fault associate_pdu_fault(AssociatePdu kind, Bytes body) {
  return Check(kind).run(body);
}

}  // namespace radfm::scu
