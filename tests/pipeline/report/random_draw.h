// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iterator>
#include <random>

namespace radfm::test {

// Draws by a seed; the same on every machine, as the distributions of the standard library are not.
class Draw {
 public:
  explicit Draw(std::uint32_t seed) : random_(seed) {}
  int below(int end) { return static_cast<int>(random_() % static_cast<std::uint32_t>(end)); }
  bool one_in(int count) { return below(count) == 0; }
  template <class Values>
  const auto& pick(const Values& values) {
    return values[static_cast<std::size_t>(below(static_cast<int>(std::size(values))))];
  }

 private:
  std::mt19937 random_;
};

}  // namespace radfm::test
