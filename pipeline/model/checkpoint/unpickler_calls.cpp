// SPDX-License-Identifier: Apache-2.0
// The names that a state dict's pickle may use, and what calling them does here.
#include <algorithm>
#include <utility>

#include "pipeline/model/checkpoint/refusal.h"
#include "pipeline/model/checkpoint/unpickler.h"

namespace radfm::model {
namespace {

// Classes of torch: each is the element type of a storage.
constexpr std::pair<std::string_view, std::string_view> storage_types[] = {
    {"FloatStorage", "F32"}, {"HalfStorage", "F16"}, {"BFloat16Storage", "BF16"}, {"DoubleStorage", "F64"},
    {"LongStorage", "I64"},  {"IntStorage", "I32"},  {"ShortStorage", "I16"},     {"CharStorage", "I8"},
    {"ByteStorage", "U8"},   {"BoolStorage", "BOOL"}};

}  // namespace

Status Unpickler::push_global_lines() {
  std::string_view module, name;
  if (!take_line(module) || !take_line(name)) return cut();
  return push_global(module, name);
}

Status Unpickler::push_global_of_stack() {
  Value name, module;
  if (!pop(name) || !pop(module) || name.kind != Kind::text || module.kind != Kind::text)
    return bad("it names an object with something that is no text");
  return push_global(text_of(module), text_of(name));
}

Status Unpickler::push_global(std::string_view module, std::string_view name) {
  constexpr std::pair<std::pair<std::string_view, std::string_view>, Callable> callables[] = {
      {{"collections", "OrderedDict"}, Callable::ordered_dict},
      {{"torch._utils", "_rebuild_tensor_v2"}, Callable::rebuild_tensor},
      {{"torch._utils", "_rebuild_parameter"}, Callable::rebuild_parameter},
      {{"torch", "Size"}, Callable::size}};
  for (const auto& [known, callable] : callables)
    if (known.first == module && known.second == name)
      return push({Kind::callable, callable, 0, 0, 0, nullptr});
  if (module == "torch")
    for (const auto& [class_name, type] : storage_types)
      if (class_name == name) return push({Kind::storage_type, {}, 0, 0, 0, element_type(type)});
  return unsafe("names " + printable(std::string(module) + "." + std::string(name)));
}

// INST names its class in the operation itself.
Status Unpickler::refuse_instance() {
  std::string_view module, name;
  if (!take_line(module) || !take_line(name)) return cut();
  return unsafe("makes an object of " + printable(std::string(module) + "." + std::string(name)));
}

// The persistent id of a storage: ('storage', class, key, location, number of elements).
Status Unpickler::push_storage() {
  Value id;
  if (!pop(id) || id.kind != Kind::tuple || id.count != 5) return bad("a storage is named in an unknown way");
  const Value* part = tuple_items_.data() + id.begin;
  if (part[0].kind != Kind::text || text_of(part[0]) != "storage" || part[1].kind != Kind::storage_type ||
      part[2].kind != Kind::text || part[3].kind != Kind::text || part[4].kind != Kind::integer)
    return bad("a storage is named in an unknown way");
  const std::string key(text_of(part[2]));
  const auto [place, is_new] = storage_of_key_.emplace(key, storages_.size());
  if (is_new) {
    if (!spend(4)) return bad("it makes more than " + std::to_string(pickle_objects_max) + " objects");
    storages_.push_back({part[1].type, key, part[4].number});
  }
  const PickledStorage& storage = storages_[place->second];
  if (storage.type != part[1].type || storage.values != part[4].number)
    return bad("storage " + printable(key) + " is given two types or sizes");
  return push({Kind::storage, {}, static_cast<std::uint32_t>(place->second), 0, 0, nullptr});
}

Status Unpickler::call() {
  Value arguments, called;
  if (!pop(arguments) || !pop(called)) return bad("its stack is empty where values are needed");
  if (called.kind == Kind::storage_type) return unsafe("calls a storage class");
  if (called.kind != Kind::callable || arguments.kind != Kind::tuple)
    return bad("it calls something that is no function");
  switch (called.callable) {
    case Callable::ordered_dict:
      if (arguments.count != 0) return bad("an OrderedDict is made in an unknown way");
      return push_dict(true);
    case Callable::rebuild_tensor:
      return rebuild_tensor(arguments);
    case Callable::rebuild_parameter:
      return rebuild_parameter(arguments);
    case Callable::size:
      if (arguments.count != 1 || tuple_items_[arguments.begin].kind != Kind::tuple)
        return bad("a torch.Size is made in an unknown way");
      return push(tuple_items_[arguments.begin]);
  }
  broken_invariant("a pickled function without its meaning");
}

// (storage, offset, sizes, strides, requires_grad, backward_hooks[, metadata]); metadata would change values.
Status Unpickler::rebuild_tensor(const Value& arguments) {
  if (arguments.count != 6 && arguments.count != 7) return bad("a tensor is made in an unknown way");
  const Value* part = tuple_items_.data() + arguments.begin;
  auto sizes = numbers_of(part[2]), strides = numbers_of(part[3]);
  if (part[0].kind != Kind::storage || part[1].kind != Kind::integer || !sizes || !strides ||
      sizes->size() != strides->size() || part[4].kind != Kind::boolean || !is_empty_dict(part[5]) ||
      (arguments.count == 7 && part[6].kind != Kind::none && !is_empty_dict(part[6])))
    return bad("a tensor is made in an unknown way");
  if (sizes->size() > tensor_rank_max)
    return bad("a tensor has more than " + std::to_string(tensor_rank_max) + " axes");
  if (!spend(4 + 2 * sizes->size()))
    return bad("it makes more than " + std::to_string(pickle_objects_max) + " objects");
  tensors_.push_back({part[0].begin, part[1].number, std::move(*sizes), std::move(*strides)});
  return push({Kind::tensor, {}, static_cast<std::uint32_t>(tensors_.size() - 1), 0, 0, nullptr});
}

// (tensor, requires_grad, backward_hooks): for its values, the tensor itself.
Status Unpickler::rebuild_parameter(const Value& arguments) {
  const Value* part = tuple_items_.data() + arguments.begin;
  if (arguments.count != 3 || part[0].kind != Kind::tensor || part[1].kind != Kind::boolean ||
      !is_empty_dict(part[2]))
    return bad("a parameter is made in an unknown way");
  return push(part[0]);
}

// An OrderedDict's attributes (_metadata: versions of modules) say nothing about the tensors.
Status Unpickler::set_state() {
  Value state;
  if (!pop(state) || stack_.size() <= (marks_.empty() ? 0 : marks_.back()))
    return bad("its stack is empty where values are needed");
  if (stack_.back().kind != Kind::dict || !dicts_[stack_.back().begin].ordered || state.kind != Kind::dict)
    return unsafe("sets the attributes of something that is no OrderedDict");
  return {};
}

std::optional<std::vector<std::int64_t>> Unpickler::numbers_of(const Value& value) const {
  if (value.kind != Kind::tuple) return {};
  std::vector<std::int64_t> numbers;
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(value.count, tensor_rank_max + 1); ++i) {
    const Value& item = tuple_items_[value.begin + i];
    if (item.kind != Kind::integer) return {};
    numbers.push_back(item.number);
  }
  return numbers;
}

bool Unpickler::is_empty_dict(const Value& value) const {
  return value.kind == Kind::dict && dicts_[value.begin].items.empty();
}

}  // namespace radfm::model
