// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace radfm::model {

// What a piece of work asks of a machine at least.
struct Work {
  double bytes = 0;       // read from memory
  double operations = 0;  // multiplications and additions, one each

  Work operator+(const Work& other) const { return {bytes + other.bytes, operations + other.operations}; }
  Work operator*(double times) const { return {bytes * times, operations * times}; }
};

}  // namespace radfm::model
