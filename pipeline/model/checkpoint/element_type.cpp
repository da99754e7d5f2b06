// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint/element_type.h"

#include "core/result.h"

namespace radfm::model {
namespace {

constexpr ElementType element_types[] = {{"F32", 4, WeightType::f32},
                                         {"F16", 2, WeightType::f16},
                                         {"BF16", 2, WeightType::bf16},
                                         {"F64", 8, {}},
                                         {"I64", 8, {}},
                                         {"I32", 4, {}},
                                         {"I16", 2, {}},
                                         {"I8", 1, {}},
                                         {"U64", 8, {}},
                                         {"U32", 4, {}},
                                         {"U16", 2, {}},
                                         {"U8", 1, {}},
                                         {"BOOL", 1, {}},
                                         {"F8_E4M3", 1, {}},
                                         {"F8_E5M2", 1, {}}};

}  // namespace

const ElementType* element_type(std::string_view name) {
  for (const auto& type : element_types)
    if (name == type.name) return &type;
  return nullptr;
}

std::string_view to_string(WeightType type) {
  switch (type) {
    case WeightType::f32:
      return "F32";
    case WeightType::f16:
      return "F16";
    case WeightType::bf16:
      return "BF16";
    case WeightType::int8:
      return "INT8";
    case WeightType::int4:
      return "INT4";
  }
  broken_invariant("a weight type without a name");
}

bool is_quantised(WeightType type) {
  return type == WeightType::int8 || type == WeightType::int4;
}

WeightType plain_type(WeightType type) {
  return is_quantised(type) ? WeightType::bf16 : type;
}

std::size_t bytes_of(WeightType type) {
  if (is_quantised(type)) broken_invariant("a quantised type has no elements of its own");
  return type == WeightType::f32 ? 4 : 2;
}

}  // namespace radfm::model
