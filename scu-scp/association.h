// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "scu-scp/peer.h"

class OFCondition;
struct T_ASC_Association;

namespace radfm::scu {

inline constexpr std::size_t presentation_contexts_max = 128;  // PS3.8 9.3.2.2: odd numbers up to 255

struct ProposedContext {
  std::string abstract_syntax;
  std::vector<std::string> transfer_syntaxes;
  auto operator<=>(const ProposedContext&) const = default;
};

// One requested association under one total deadline. Used by one thread; aborted by the destructor if not released.
class Association {
 public:
  // `wake_fd`: when readable, everything ends with cancelled "woken" (negative: none).
  static Result<std::unique_ptr<Association>> request(const Peer& peer, const std::vector<ProposedContext>& contexts,
                                                      int wake_fd);
  virtual ~Association() = default;

  virtual T_ASC_Association* handle() = 0;
  // Presentation context for the class, in this transfer syntax if it was accepted, else in any; 0: refused.
  virtual std::uint8_t context_for(const std::string& abstract_syntax, const std::string& transfer_syntax) = 0;
  virtual std::int64_t left_ms() const = 0;
  // What DCMTK's condition means: the deadline and the wake descriptor win over what the call itself says.
  virtual Error failure(const OFCondition& condition, const std::string& doing) const = 0;
  virtual void release() = 0;
};

}  // namespace radfm::scu
