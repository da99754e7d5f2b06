// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/packed_matrix.h"

#include "core/result.h"

namespace radfm::kernels {

std::string_view packed_type_name(PackedType type) {
  switch (type) {
    case PackedType::f32:
      return "f32";
    case PackedType::bf16:
      return "bf16";
    case PackedType::int8:
      return "int8";
    case PackedType::int4:
      return "int4";
  }
  broken_invariant("a packed type without a name");
}

std::int64_t PackedShape::columns_per_line() const {
  switch (type) {
    case PackedType::f32:
      return 1;
    case PackedType::bf16:
      return 2;
    case PackedType::int8:
      return 4;
    case PackedType::int4:
      return 8;
  }
  broken_invariant("a packed type without a number of columns");
}

std::int64_t PackedShape::padded_columns() const {
  const std::int64_t whole = type == PackedType::int4 ? group_columns : columns_per_line();
  return (columns + whole - 1) / whole * whole;
}

std::int64_t PackedShape::scale_bytes() const {
  switch (type) {
    case PackedType::f32:
    case PackedType::bf16:
      return 0;
    case PackedType::int8:
      return tiles() * tile_rows * 4;
    case PackedType::int4:
      return tiles() * groups() * tile_rows * 2;
  }
  broken_invariant("a packed type of which nobody knows whether it has scales");
}

}  // namespace radfm::kernels
