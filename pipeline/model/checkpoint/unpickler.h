// SPDX-License-Identifier: Apache-2.0
// The machine behind unpickle_state_dict: a stack, a memo and a table of operations (Python's pickletools.py
// describes each). Values are small records in flat tables: no recursion, whatever the pickle nests.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/model/checkpoint/state_dict.h"

namespace radfm::model {

class Unpickler {
 public:
  // Both must outlive it. One run for each object.
  Unpickler(const std::string& file_name, std::string_view pickle) : file_name_(file_name), pickle_(pickle) {}
  Result<StateDict> run();

 private:
  enum class Kind : std::uint8_t {
    none,
    boolean,
    integer,
    text,
    tuple,
    dict,
    callable,
    storage_type,
    storage,
    tensor
  };
  enum class Callable : std::uint8_t { ordered_dict, rebuild_tensor, rebuild_parameter, size };

  struct Value {
    Kind kind = Kind::none;
    Callable callable = Callable::ordered_dict;
    std::uint32_t begin = 0,
                  count = 0;  // text: in the pickle; tuple: in tuple_items_; else an index in `begin`
    std::int64_t number = 0;
    const ElementType* type = nullptr;  // of a storage type
  };
  struct Dict {
    bool ordered = false;
    std::vector<std::pair<Value, Value>> items;
  };
  struct Tensor {
    std::size_t storage = 0;
    std::int64_t offset = 0;
    std::vector<std::int64_t> sizes, strides;
  };

  Status step(unsigned char operation);
  Status push(const Value& value);
  Status push_integer(std::size_t bytes, bool with_sign);
  Status push_long();
  Status push_text(std::size_t length_bytes);
  Status push_text_line();
  Status skip_header(std::size_t bytes);
  Status open_mark();
  Status push_tuple(std::size_t count);
  Status push_marked_tuple();
  Status push_dict(bool ordered);
  Status set_item();
  Status set_marked_items();
  Status remember(std::uint64_t slot);
  Status remember_at(std::size_t slot_bytes);
  Status recall(std::size_t slot_bytes);
  Status push_global_lines();
  Status push_global_of_stack();
  Status push_global(std::string_view module, std::string_view name);
  Status refuse_instance();
  Status push_storage();
  Status call();
  Status rebuild_tensor(const Value& arguments);
  Status rebuild_parameter(const Value& arguments);
  Status set_state();
  Result<StateDict> finish();

  bool take(std::size_t bytes, std::string_view& taken);
  bool take_number(std::size_t bytes, std::uint64_t& number);
  bool take_line(std::string_view& line);
  bool pop(Value& value);
  // Entries above the last mark, which is closed. False: there is none.
  bool close_mark(std::size_t& first);
  bool spend(std::size_t objects);
  std::string_view text_of(const Value& value) const { return pickle_.substr(value.begin, value.count); }
  std::optional<std::vector<std::int64_t>> numbers_of(const Value& value) const;
  bool is_empty_dict(const Value& value) const;

  Error bad(const std::string& sentence) const;
  Error cut() const { return bad("it ends in the middle; copy the file again"); }
  Error unsafe(const std::string& what) const;

  const std::string& file_name_;
  std::string_view pickle_;
  std::size_t at_ = 0, operation_at_ = 0;
  bool stopped_ = false;
  std::vector<Value> stack_;
  std::vector<std::size_t> marks_;
  std::vector<std::optional<Value>> memo_;
  std::size_t memo_next_ = 0;  // for MEMOIZE: one behind the number of entries
  std::size_t objects_ = 0;
  std::vector<Value> tuple_items_;
  std::vector<Dict> dicts_;
  std::vector<Tensor> tensors_;
  std::vector<PickledStorage> storages_;
  std::map<std::string, std::size_t, std::less<>> storage_of_key_;
};

}  // namespace radfm::model
