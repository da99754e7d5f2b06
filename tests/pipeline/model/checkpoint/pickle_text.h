// SPDX-License-Identifier: Apache-2.0
// Pickles of state dicts, put together operation by operation (names are those of Python's pickletools.py).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/stored_zip.h"

namespace radfm::model {

using test::little_endian;

inline const std::string proto2 = "\x80\x02", ordered_dict = "ccollections\nOrderedDict\n)R";

inline std::string text_operation(const std::string& text) {
  return "X" + little_endian(text.size(), 4) + text;
}
inline std::string number_operation(std::int64_t number) {
  return "\x8a\x08" + little_endian(static_cast<std::uint64_t>(number), 8);
}
inline std::string tuple_operation(const std::vector<std::int64_t>& numbers) {
  std::string text = "(";
  for (const auto number : numbers) text += number_operation(number);
  return text + "t";
}

struct WrittenTensor {
  std::string name;
  std::vector<std::int64_t> sizes, strides;
  std::int64_t offset = 0;
  std::string storage = "FloatStorage", key = "0";
  std::int64_t storage_values = 6;
};

inline std::string tensor_operation(const WrittenTensor& tensor) {
  const std::string storage = "(" + text_operation("storage") + "ctorch\n" + tensor.storage + "\n" +
                              text_operation(tensor.key) + text_operation("cpu") +
                              number_operation(tensor.storage_values) + "tQ";
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number_operation(tensor.offset) +
         tuple_operation(tensor.sizes) + tuple_operation(tensor.strides) + "\x89" + ordered_dict + "tR";
}

inline std::string state_dict_pickle(const std::vector<WrittenTensor>& tensors) {
  std::string text = proto2 + ordered_dict + "(";
  for (const auto& tensor : tensors) text += text_operation(tensor.name) + tensor_operation(tensor);
  return text + "u.";
}

}  // namespace radfm::model
