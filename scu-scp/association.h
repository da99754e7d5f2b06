// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "scu-scp/peer.h"

class OFCondition;
struct T_ASC_Association;

namespace radfm::scu {

inline constexpr std::size_t presentation_contexts_max = 128;  // PS3.8 9.3.2.2: odd numbers up to 255

// What answers to queries and to commands may come to; a retrieval states its own bound.
inline constexpr std::uint64_t answer_bytes_max = 64u << 20;

struct ProposedContext {
  std::string abstract_syntax;
  std::vector<std::string> transfer_syntaxes;
  bool as_scp = false;  // objects come to us in it (PS3.7 D.3.3.4): C-GET
  auto operator<=>(const ProposedContext&) const = default;
};

// One association under one total deadline, with a guard that shows DCMTK only what is in order
// (pdu_guard.h). Used by one thread; aborted by the destructor if not released. From another thread it is
// ended by its wake descriptor.
class Association {
 public:
  // `wake_fd`: when readable, everything ends with cancelled "woken" (negative: none). `received_bytes_max`:
  // of everything that the peer sends; one more ends the association with permanent "peer_sent_too_much".
  static Result<std::unique_ptr<Association>> request(const Peer& peer,
                                                      const std::vector<ProposedContext>& contexts,
                                                      int wake_fd,
                                                      std::uint64_t received_bytes_max = answer_bytes_max);
  virtual ~Association() = default;

  virtual T_ASC_Association* handle() = 0;
  // For messages: "PEER at host:104".
  virtual const std::string& name() const = 0;
  // Presentation context for the class, in this transfer syntax if it was accepted, else in any; 0: refused.
  virtual std::uint8_t context_for(const std::string& abstract_syntax,
                                   const std::string& transfer_syntax) = 0;
  // What was negotiated for a presentation context (negotiated_syntaxes.h); empty: it was not accepted.
  virtual std::string transfer_syntax_of(std::uint8_t context) const = 0;
  virtual std::int64_t left_ms() const = 0;
  // What DCMTK's condition means: deadline, wake descriptor and guard win over what the call itself says.
  virtual Error failure(const OFCondition& condition, const std::string& doing) const = 0;
  // The regular end: asked for, or (of one that we accepted) answered.
  virtual void release() = 0;
};

// The waiting time for one DCMTK call, which counts in whole seconds; the watchdog is what ends it.
int wait_s(const Association& association);

}  // namespace radfm::scu
