// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "scu-scp/accepted_association.h"
#include "scu-scp/expected_commitments.h"
#include "scu-scp/expected_moves.h"
#include "scu-scp/refused_callers.h"

namespace radfm::scu {

inline constexpr std::size_t served_associations_max = 8;  // at once; more are closed before a word is said
inline constexpr std::size_t refused_objects_max = 1'000;  // of one association, which then ends

struct ScpSettings {
  std::string address = "0.0.0.0";
  int port = 0;  // 0: the system chooses
  AcceptancePolicy policy;
  // Told why an association came to nothing before it was established; from the association's thread. Must not wait.
  std::function<void(const Error&)> not_let_in = {};
  int refusal_points_max = scu::refusal_points_max;  // refused_callers.h
};

// Our own destination of C-MOVE (PS3.4 B): takes objects from known callers, and only those that a running
// move asked for; answers C-ECHO, and takes results of storage commitment. Each association has a thread and
// a total deadline. Logs name AE titles and counts, never an object.
class StorageScp {
 public:
  // `moves` and `commitments` outlive the server. Errors: listener.h; "tls_not_usable".
  static Result<std::unique_ptr<StorageScp>> start(ScpSettings settings, ExpectedMoves& moves,
                                                   ExpectedCommitments& commitments);
  virtual ~StorageScp() = default;  // ends all associations and waits for their threads
  virtual int port() const = 0;
};

}  // namespace radfm::scu
