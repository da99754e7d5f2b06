// SPDX-License-Identifier: Apache-2.0
#include "core/result.h"

#include <array>

namespace radfm {
namespace {

struct NamedClass {
  ErrorClass error_class;
  std::string_view name;
};
constexpr std::array<NamedClass, 5> class_names{{{ErrorClass::transient, "transient"},
                                                 {ErrorClass::poison, "poison"},
                                                 {ErrorClass::vanished, "vanished"},
                                                 {ErrorClass::permanent, "permanent"},
                                                 {ErrorClass::cancelled, "cancelled"}}};

}  // namespace

std::string_view to_string(ErrorClass error_class) {
  for (const auto& entry : class_names) {
    if (entry.error_class == error_class) return entry.name;
  }
  broken_invariant("an ErrorClass without a name");
}

std::optional<ErrorClass> parse_error_class(std::string_view text) {
  for (const auto& entry : class_names) {
    if (entry.name == text) return entry.error_class;
  }
  return std::nullopt;
}

}  // namespace radfm
