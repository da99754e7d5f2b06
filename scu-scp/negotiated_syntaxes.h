// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

struct T_ASC_Association;

namespace radfm::scu {

// The transfer syntax of each accepted presentation context. DCMTK 3.6.7 sends and receives nothing in a context
// whose syntax it does not know (high-throughput JPEG 2000), although a data set that nobody parses needs no
// knowledge of it. Such a context is entered in DCMTK's list as explicit VR little endian, which is how its data
// set is encoded (PS3.5 A.4); here stands what was negotiated. One thread.
class NegotiatedSyntaxes {
 public:
  // After the negotiation: looks at every accepted context.
  void take_over(T_ASC_Association& association);
  // Empty: the context was not accepted.
  std::string of(std::uint8_t context) const;

 private:
  std::map<std::uint8_t, std::string> syntaxes_;
};

}  // namespace radfm::scu
