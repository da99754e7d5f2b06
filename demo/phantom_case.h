// SPDX-License-Identifier: Apache-2.0
// Patients by the number: from a seed to a prior and a current study of one drawn patient, with the truth. Every choice that
// makes truth and picture agree is made here:
//
//   finding        drawn as                                         small     moderate  large      within
//   nodule         diameter in mm, said in mm                       16        24        36         2 %
//   consolidation  mean diameter in mm, wholly inside the lung      47        63        85         1.5 %
//   effusion       share of the lung's height (radiograph), depth   .12-.17   .28-.35   .50-.60
//   heart          share of the chest's width                       normal .40-.47, enlarged .56-.68
//
// Between two classes there is a gap, and another class is a ratio of at least 1.3. An unchanged lesion stays within 2 % of
// its size and 2 mm of its place. The centre of a nodule or consolidation is no nearer to a zone's border than 5 % of the
// lung's height. Nodules lie clear of the heart as far as it leaves room.
//
// Of 100 pairs: 14 larger, 14 smaller, 22 unchanged, 8 new, 8 resolved, 14 replaced by another kind or zone, 15 by the same
// kind on the opposite side, 5 nothing in both. The heart, enlarged in a third, differs between the two in a quarter.
// Findings: nodules 38 %, consolidations 31 %, effusions 31 %; side, zone, size and heart are drawn independently.
#pragma once

#include <cstdint>
#include <vector>

#include "demo/chest_truth.h"
#include "demo/phantom_chest.h"

namespace radfm::phantom {

// What is no diagnostic image.
enum class Blank { none, noise, empty, gradient };

// One study as it is drawn.
struct Visit {
  Truth truth;
  Blank blank = Blank::none;  // truth.diagnostic is whether this is none
  Anatomy anatomy;
  Finding finding;
  Exposure exposure;
  int matrix = 128;
  int slices = 1;                 // CT
  double spacing_mm = 10, thickness_mm = 10;
  bool voi_window = true;         // radiograph: the file has a window; without one imaging shows it by percentiles
  double slice_z_mm(int slice) const { return (slice - (slices - 1) / 2.0) * spacing_mm; }
};

struct Pair {
  Visit prior, current;
  Change change = Change::nothing;  // change_between of the two
};

inline constexpr int radiograph_case_matrix = 128, ct_case_matrix = 64, ct_case_slices = 24;

// The same seed gives the same pair on every machine.
Pair draw_pair(std::uint64_t seed, Modality prior, Modality current);
// A study that is no diagnostic image.
Visit draw_blank(std::uint64_t seed, Modality modality);

// A finding of a lesion that fits into the lungs. `random_seed` decides the place within the zone.
Finding draw_finding(std::uint64_t random_seed, const Anatomy& anatomy, const Lesion& lesion);

}  // namespace radfm::phantom
