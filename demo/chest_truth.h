// SPDX-License-Identifier: Apache-2.0
// What is true of a drawn study, in the words of a report: what the language is written from and judged by.
#pragma once

#include <optional>

#include "demo/phantom_chest.h"

namespace radfm::phantom {

enum class Modality { radiograph, ct };

// A finding by its attributes. Sizes: a nodule's are 16, 24 and 36 mm; the others' are words. An effusion has no zone: it
// is always `lower` here. Of no finding all is as in Lesion{}.
struct Lesion {
  Kind kind = Kind::none;
  Side side = Side::right;
  Zone zone = Zone::upper;
  Size size = Size::small;
  bool operator==(const Lesion&) const = default;
  bool same_place(const Lesion& other) const { return kind == other.kind && side == other.side && zone == other.zone; }
};

// Of one study.
struct Truth {
  Modality modality = Modality::radiograph;
  bool diagnostic = true;  // false: noise, an empty picture, a mere gradient; the rest then means nothing
  Lesion lesion;
  bool heart_enlarged = false;
  bool operator==(const Truth&) const = default;
};

// In what the prior study's lesion was like the current one. Asked only where both studies have one. Where one of the two is
// an effusion, which has no zone, the zone says nothing and counts as the same.
struct Relation {
  bool same_kind = true, same_side = true, same_zone = true;
  bool operator==(const Relation&) const = default;
};

// Whether the zones are compared.
inline bool zones_compared(const Lesion& prior, const Lesion& current) {
  return prior.kind != Kind::effusion && current.kind != Kind::effusion;
}

inline Relation relation_of(const Lesion& prior, const Lesion& current) {
  return {prior.kind == current.kind, prior.side == current.side,
          prior.zone == current.zone || !zones_compared(prior, current)};
}

// How the current study's lesion relates to the prior study's.
enum class Change {
  nothing,        // no lesion in either
  larger, smaller, unchanged,
  new_lesion,     // none before
  resolved,       // none now
  replaced,       // another kind, or the same kind in another zone: one is new, one has resolved
  opposite_side,  // the same kind on the other side: one is new, one has resolved
};
inline constexpr int changes = 8;

inline Change change_between(const Lesion& prior, const Lesion& current) {
  if (prior.kind == Kind::none) return current.kind == Kind::none ? Change::nothing : Change::new_lesion;
  if (current.kind == Kind::none) return Change::resolved;
  if (prior.kind == current.kind && prior.side != current.side) return Change::opposite_side;
  if (!prior.same_place(current)) return Change::replaced;
  return prior.size == current.size ? Change::unchanged : prior.size < current.size ? Change::larger : Change::smaller;
}

}  // namespace radfm::phantom
