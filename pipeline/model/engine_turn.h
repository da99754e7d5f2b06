// SPDX-License-Identifier: Apache-2.0
// How a question takes its turn at an engine that makes several answers together, and what is said of those that were made together
// with one that failed. Links no torch.
#pragma once

namespace radfm::model {

enum class EngineTurn {
  together,  // beside others, in the order of arrival
  alone,     // in the order of arrival, with no other ordinary one beside it: it cannot fail for another's sake
  urgent     // at once; all others are put aside meanwhile
};

// The transient error of a question that was with an engine, or waited for it, when the engine died of another one: it is not to
// blame and may be asked again at once.
inline constexpr const char* engine_lost_code = "engine_lost";

// The transient error of each of several questions that were answered together when their engine died or their common step failed:
// nobody can say of which one. Asked again alone, the one that is to blame fails by itself.
inline constexpr const char* failed_together_code = "failed_together";

}  // namespace radfm::model
