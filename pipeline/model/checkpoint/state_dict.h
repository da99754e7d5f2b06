// SPDX-License-Identifier: Apache-2.0
// What a state dict's pickle says: named tensors as views into storages. Read by an unpickler of our own that
// knows exactly the operations and names that torch.save needs for tensors; a pickle is a program, and
// anything else in it is refused by name and never executed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "pipeline/model/checkpoint/element_type.h"

namespace radfm::model {

inline constexpr std::size_t pickle_bytes_max = 8u << 20;  // the published checkpoint's is under 1 MiB
inline constexpr std::size_t pickle_text_bytes_max = 1024;
inline constexpr std::size_t pickle_stack_max = 1u << 16;  // torch.save puts 1,000 entries on it at a time
inline constexpr std::size_t pickle_depth_max = 64;        // marks that are open at once
inline constexpr std::size_t pickle_memo_max = 200'000;
inline constexpr std::size_t pickle_objects_max = 200'000;  // entries of tuples and dictionaries, tensors
inline constexpr std::size_t tensor_rank_max = 8;

// A record "<root>/data/<key>" of `values` elements.
struct PickledStorage {
  const ElementType* type = nullptr;
  std::string key;
  std::int64_t values = 0;
};

// Numbers are as the file tells them: nothing is checked but their count.
struct PickledTensor {
  std::string name;
  std::size_t storage = 0;  // index in StateDict::storages
  std::int64_t offset = 0;  // in elements
  std::vector<std::int64_t> sizes, strides;
};

struct StateDict {
  std::vector<PickledStorage> storages;  // one for each key
  std::vector<PickledTensor> tensors;    // names are unique
};

// Error codes (permanent, with "checkpoint_"): unsafe_pickle (it names or calls what a state dict does not
// need), bad_pickle (damaged, over a limit, or no dictionary from texts to tensors), duplicate_tensor.
// `file_name` is for messages.
Result<StateDict> unpickle_state_dict(const std::string& file_name, std::string_view pickle);

}  // namespace radfm::model
