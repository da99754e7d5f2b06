// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint/unpickler.h"

#include <algorithm>
#include <set>

#include "pipeline/model/checkpoint/refusal.h"

namespace radfm::model {

Result<StateDict> unpickle_state_dict(const std::string& file_name, std::string_view pickle) {
  return Unpickler(file_name, pickle).run();
}

Result<StateDict> Unpickler::run() {
  if (pickle_.size() > pickle_bytes_max)
    return refusal(file_name_, "bad_pickle",
                   "its data.pkl is larger than " + std::to_string(pickle_bytes_max) + " bytes");
  while (!stopped_) {
    operation_at_ = at_;
    std::string_view operation;
    if (!take(1, operation)) return cut();
    if (auto done = step(static_cast<unsigned char>(operation.front())); !done) return done.error();
  }
  return finish();
}

// Names of operations are those of pickletools.py.
// clang-format off: one line for each
Status Unpickler::step(unsigned char operation) {
  switch (operation) {
    case 0x80:
      return skip_header(1);  // PROTO
    case 0x95:
      return skip_header(8);  // FRAME
    case '.':
      stopped_ = true;
      return {};  // STOP
    case '(':
      return open_mark();  // MARK
    case 'N':
      return push({});  // NONE
    case 0x88:
      return push({Kind::boolean, {}, 0, 0, 1, nullptr});  // NEWTRUE
    case 0x89:
      return push({Kind::boolean, {}, 0, 0, 0, nullptr});  // NEWFALSE
    case 'J':
      return push_integer(4, true);  // BININT
    case 'K':
      return push_integer(1, false);  // BININT1
    case 'M':
      return push_integer(2, false);  // BININT2
    case 0x8a:
      return push_long();  // LONG1
    case 0x8c:
      return push_text(1);  // SHORT_BINUNICODE
    case 'X':
      return push_text(4);  // BINUNICODE
    case 0x8d:
      return push_text(8);  // BINUNICODE8
    case 'S':
      return push_text_line();  // STRING
    case ')':
      return push_tuple(0);  // EMPTY_TUPLE
    case 0x85:
      return push_tuple(1);  // TUPLE1
    case 0x86:
      return push_tuple(2);  // TUPLE2
    case 0x87:
      return push_tuple(3);  // TUPLE3
    case 't':
      return push_marked_tuple();  // TUPLE
    case '}':
      return push_dict(false);  // EMPTY_DICT
    case 's':
      return set_item();  // SETITEM
    case 'u':
      return set_marked_items();  // SETITEMS
    case 'q':
      return remember_at(1);  // BINPUT
    case 'r':
      return remember_at(4);  // LONG_BINPUT
    case 0x94:
      return remember(memo_next_);  // MEMOIZE
    case 'h':
      return recall(1);  // BINGET
    case 'j':
      return recall(4);  // LONG_BINGET
    case 'c':
      return push_global_lines();  // GLOBAL
    case 0x93:
      return push_global_of_stack();  // STACK_GLOBAL
    case 'Q':
      return push_storage();  // BINPERSID
    case 'R':
      return call();  // REDUCE
    case 'b':
      return set_state();  // BUILD
    case 'i':
      return refuse_instance();  // INST
    case 'o':
      return unsafe("makes an object with OBJ");
    case 0x81:
      return unsafe("makes an object with NEWOBJ");
    case 0x92:
      return unsafe("makes an object with NEWOBJ_EX");
    case 0x82:
    case 0x83:
    case 0x84:
      return unsafe("names an object of an extension registry (EXT)");
    case 'P':
      return unsafe("names an outside object (PERSID)");
    default:
      return bad("operation " + std::to_string(operation) + " is no part of a state dict");
  }
}
// clang-format on

Status Unpickler::push(const Value& value) {
  if (stack_.size() >= pickle_stack_max)
    return bad("its stack grows over " + std::to_string(pickle_stack_max) + " entries");
  stack_.push_back(value);
  return {};
}

Status Unpickler::push_integer(std::size_t bytes, bool with_sign) {
  std::uint64_t number = 0;
  if (!take_number(bytes, number)) return cut();
  Value value{Kind::integer, {}, 0, 0, static_cast<std::int64_t>(number), nullptr};
  if (with_sign) value.number = static_cast<std::int32_t>(static_cast<std::uint32_t>(number));
  return push(value);
}

// LONG1: a length, then that many bytes in two's complement.
Status Unpickler::push_long() {
  std::uint64_t bytes = 0, number = 0;
  if (!take_number(1, bytes)) return cut();
  if (bytes > 8) return bad("it holds a number of more than 64 bits");
  if (!take_number(static_cast<std::size_t>(bytes), number)) return cut();
  if (bytes > 0 && bytes < 8 && number >> (8 * bytes - 1) & 1) number |= ~std::uint64_t{0} << (8 * bytes);
  return push({Kind::integer, {}, 0, 0, static_cast<std::int64_t>(number), nullptr});
}

Status Unpickler::push_text(std::size_t length_bytes) {
  std::uint64_t length = 0;
  if (!take_number(length_bytes, length)) return cut();
  if (length > pickle_text_bytes_max) return bad("it holds a text of " + std::to_string(length) + " bytes");
  const auto begin = static_cast<std::uint32_t>(at_);
  std::string_view text;
  if (!take(static_cast<std::size_t>(length), text)) return cut();
  return push({Kind::text, {}, begin, static_cast<std::uint32_t>(length), 0, nullptr});
}

// STRING: a quoted line. Its escapes are left as they are: no name of a tensor is written so.
Status Unpickler::push_text_line() {
  const auto begin = static_cast<std::uint32_t>(at_);
  std::string_view line;
  if (!take_line(line)) return cut();
  return push({Kind::text, {}, begin, static_cast<std::uint32_t>(line.size()), 0, nullptr});
}

// PROTO's version and FRAME's length say nothing that must be known.
Status Unpickler::skip_header(std::size_t bytes) {
  std::uint64_t number = 0;
  if (!take_number(bytes, number)) return cut();
  if (bytes == 1 && (number < 2 || number > 5))
    return bad("protocol " + std::to_string(number) + " is not known");
  return {};
}

Status Unpickler::open_mark() {
  if (marks_.size() >= pickle_depth_max)
    return bad("it is nested deeper than " + std::to_string(pickle_depth_max));
  marks_.push_back(stack_.size());
  return {};
}

Status Unpickler::push_tuple(std::size_t count) {
  if (stack_.size() - (marks_.empty() ? 0 : marks_.back()) < count)
    return bad("its stack is empty where values are needed");
  if (!spend(count + 1)) return bad("it makes more than " + std::to_string(pickle_objects_max) + " objects");
  const Value tuple{
      Kind::tuple, {},     static_cast<std::uint32_t>(tuple_items_.size()), static_cast<std::uint32_t>(count),
      0,           nullptr};
  tuple_items_.insert(tuple_items_.end(), stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
  stack_.resize(stack_.size() - count);
  return push(tuple);
}

Status Unpickler::push_marked_tuple() {
  std::size_t first = 0;
  if (!close_mark(first)) return bad("it closes a mark that is not open");
  return push_tuple(stack_.size() - first);
}

Status Unpickler::push_dict(bool ordered) {
  if (!spend(2)) return bad("it makes more than " + std::to_string(pickle_objects_max) + " objects");
  dicts_.push_back({ordered, {}});
  return push({Kind::dict, {}, static_cast<std::uint32_t>(dicts_.size() - 1), 0, 0, nullptr});
}

Status Unpickler::set_item() {
  if (stack_.size() - (marks_.empty() ? 0 : marks_.back()) < 3)
    return bad("its stack is empty where values are needed");
  marks_.push_back(stack_.size() - 2);
  return set_marked_items();
}

Status Unpickler::set_marked_items() {
  std::size_t first = 0;
  if (!close_mark(first)) return bad("it closes a mark that is not open");
  const std::size_t floor = marks_.empty() ? 0 : marks_.back();
  if (first <= floor || (stack_.size() - first) % 2 != 0)
    return bad("its stack is empty where values are needed");
  const Value& target = stack_[first - 1];
  if (target.kind != Kind::dict) return bad("it puts an entry into something that is no dictionary");
  if (!spend(stack_.size() - first))
    return bad("it makes more than " + std::to_string(pickle_objects_max) + " objects");
  auto& items = dicts_[target.begin].items;
  for (std::size_t i = first; i < stack_.size(); i += 2) items.emplace_back(stack_[i], stack_[i + 1]);
  stack_.resize(first);
  return {};
}

Status Unpickler::remember(std::uint64_t slot) {
  if (stack_.empty()) return bad("its stack is empty where values are needed");
  if (slot >= pickle_memo_max)
    return bad("its memo grows over " + std::to_string(pickle_memo_max) + " entries");
  if (slot >= memo_.size()) memo_.resize(static_cast<std::size_t>(slot) + 1);
  auto& place = memo_[static_cast<std::size_t>(slot)];
  if (!place) ++memo_next_;
  place = stack_.back();
  return {};
}

Status Unpickler::remember_at(std::size_t slot_bytes) {
  std::uint64_t slot = 0;
  if (!take_number(slot_bytes, slot)) return cut();
  return remember(slot);
}

Status Unpickler::recall(std::size_t slot_bytes) {
  std::uint64_t slot = 0;
  if (!take_number(slot_bytes, slot)) return cut();
  if (slot >= memo_.size() || !memo_[static_cast<std::size_t>(slot)])
    return bad("it recalls what it never kept");
  return push(*memo_[static_cast<std::size_t>(slot)]);
}

Result<StateDict> Unpickler::finish() {
  if (stack_.size() != 1 || !marks_.empty()) return bad("it leaves a disordered stack");
  if (at_ != pickle_.size()) return bad("there are bytes behind its end");
  if (stack_.front().kind != Kind::dict)
    return refusal(file_name_, "bad_pickle",
                   "the saved object is no dictionary of tensors; save model.state_dict() alone");
  StateDict result;
  std::set<std::string_view> names;
  for (const auto& [key, value] : dicts_[stack_.front().begin].items) {
    if (key.kind != Kind::text)
      return refusal(file_name_, "bad_pickle", "a name in its dictionary is no text");
    const std::string_view name = text_of(key);
    if (value.kind != Kind::tensor)
      return refusal(file_name_, "bad_pickle",
                     "the entry " + printable(name) + " is no tensor; save model.state_dict() alone");
    if (!names.insert(name).second)
      return refusal(file_name_, "duplicate_tensor", "tensor " + printable(name) + " stands in it twice");
    const Tensor& tensor = tensors_[value.begin];
    result.tensors.push_back(
        {std::string(name), tensor.storage, tensor.offset, tensor.sizes, tensor.strides});
  }
  result.storages = std::move(storages_);
  return result;
}

bool Unpickler::take(std::size_t bytes, std::string_view& taken) {
  if (bytes > pickle_.size() - at_) return false;
  taken = pickle_.substr(at_, bytes);
  at_ += bytes;
  return true;
}

bool Unpickler::take_number(std::size_t bytes, std::uint64_t& number) {
  std::string_view taken;
  if (!take(bytes, taken)) return false;
  number = 0;
  for (std::size_t i = bytes; i-- > 0;) number = number << 8 | static_cast<unsigned char>(taken[i]);
  return true;
}

bool Unpickler::take_line(std::string_view& line) {
  const std::size_t end =
      pickle_.substr(0, std::min(pickle_.size(), at_ + pickle_text_bytes_max)).find('\n', at_);
  if (end == std::string_view::npos) return false;
  line = pickle_.substr(at_, end - at_);
  at_ = end + 1;
  return true;
}

bool Unpickler::pop(Value& value) {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) return false;
  value = stack_.back();
  stack_.pop_back();
  return true;
}

bool Unpickler::close_mark(std::size_t& first) {
  if (marks_.empty()) return false;
  first = marks_.back();
  marks_.pop_back();
  return true;
}

bool Unpickler::spend(std::size_t objects) {
  objects_ += objects;
  return objects_ <= pickle_objects_max;
}

Error Unpickler::bad(const std::string& sentence) const {
  return refusal(file_name_, "bad_pickle",
                 "its data.pkl at byte " + std::to_string(operation_at_) + ": " + sentence);
}

Error Unpickler::unsafe(const std::string& what) const {
  return refusal(
      file_name_, "unsafe_pickle",
      "its data.pkl " + what + " at byte " + std::to_string(operation_at_) +
          ", which no table of weights needs; it is not executed. Do not use this file; fetch the checkpoint "
          "from its publisher again, and save model.state_dict() alone if it is your own");
}

}  // namespace radfm::model
