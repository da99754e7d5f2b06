// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/result.h"
#include "scu-scp/object_sink.h"
#include "scu-scp/retrieval.h"

namespace radfm::scu {

// Who sends an object to our storage SCP, and for whose move, as the C-STORE request says (PS3.7 9.1.1.1).
struct MoveSender {
  std::string caller;                     // the calling AE title of the association
  std::optional<std::string> originator;  // Move Originator Application Entity Title
  std::optional<std::uint16_t> message;   // Move Originator Message ID
};

// The moves that run now: what our storage SCP may take, and into which sink. Everything else that reaches it
// was not asked for. Any thread.
class ExpectedMoves {
 public:
  // One move, from before its C-MOVE is sent until its last answer. Closed by its destructor: what comes
  // later is refused.
  class Move {
   public:
    virtual ~Move() = default;
    // For the C-MOVE request; no other open move has it.
    virtual std::uint16_t message_id() const = 0;
    // What has come so far. An object of another study that comes under this move's message ID counts as
    // refused here; one that comes without it is refused and counts nowhere.
    virtual RetrievalResult result() const = 0;
  };

  // `archive`: the AE title of the one that moves. Many archives send from it; those that send from another
  // one say whose move it is. `own_ae_title`: ours, as the originator.
  std::unique_ptr<Move> expect(std::string own_ae_title, std::string archive, RetrievalRequest request,
                               std::shared_ptr<ObjectSink> sink);
  ExpectedMoves();
  ~ExpectedMoves();

  // permanent "object_not_asked_for" when no open move wants it. A move matches by its message ID and our
  // title where the sender names them, else by the archive that calls; and always by study and series.
  Result<std::shared_ptr<ObjectSink>> sink_for(const MoveSender& sender, const ObjectIdentity& identity);

 private:
  struct State;
  class OpenMove;
  std::shared_ptr<State> state_;
};

}  // namespace radfm::scu
