// SPDX-License-Identifier: Apache-2.0
#include "demo/phantom_case.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>

#include "demo/phantom_place.h"
#include "demo/phantom_random.h"

namespace radfm::phantom {
namespace {

struct Range {
  double low, high;
};
constexpr Range effusion_share[] = {{0.12, 0.17}, {0.28, 0.35}, {0.50, 0.60}};
constexpr double nodule_mm[] = {16, 24, 36}, consolidation_mm[] = {47, 63, 85};
constexpr double nodule_jitter = 0.02, consolidation_jitter = 0.015, unchanged_jitter = 0.02, unchanged_place_mm = 2.0;
constexpr double heart_enlarged_share = 0.33, heart_changes_share = 0.25;
constexpr Range heart_normal{0.40, 0.47}, heart_enlarged{0.56, 0.68};

constexpr struct {
  Change change;
  int percent;
} mix[] = {{Change::larger, 14},    {Change::smaller, 14},  {Change::unchanged, 22},     {Change::new_lesion, 8},
           {Change::resolved, 8},   {Change::replaced, 14}, {Change::opposite_side, 15}, {Change::nothing, 5}};

int below(Random& random, int count) { return static_cast<int>(random.next() % static_cast<std::uint64_t>(count)); }
bool chance(Random& random, double share) { return random.unit() < share; }

Change draw_change(Random& random) {
  int left = below(random, 100);
  for (const auto& [change, percent] : mix) {
    if (left < percent) return change;
    left -= percent;
  }
  return Change::nothing;
}

Lesion draw_lesion(Random& random) {
  const int roll = below(random, 100);
  Lesion lesion;
  lesion.kind = roll < 38 ? Kind::nodule : roll < 69 ? Kind::consolidation : Kind::effusion;
  lesion.side = static_cast<Side>(below(random, 2));
  lesion.zone = lesion.kind == Kind::effusion ? Zone::lower : static_cast<Zone>(below(random, 3));
  lesion.size = static_cast<Size>(below(random, 3));
  return lesion;
}

// Another kind, or the same kind in another zone of the same side.
Lesion draw_other(const Lesion& lesion, Random& random) {
  for (;;) {
    Lesion other = draw_lesion(random);
    if (other.kind == lesion.kind) other.side = lesion.side;
    if (!other.same_place(lesion)) return other;
  }
}

// Two lesions of one patient: prior, current.
std::pair<Lesion, Lesion> draw_lesions(Change change, Random& random) {
  const Lesion one = draw_lesion(random);
  Lesion other = one;
  switch (change) {
    case Change::nothing: return {{}, {}};
    case Change::unchanged: return {one, one};
    case Change::new_lesion: return {{}, one};
    case Change::resolved: return {one, {}};
    case Change::replaced: return {draw_other(one, random), one};
    case Change::opposite_side:
      other.side = one.side == Side::left ? Side::right : Side::left;
      other.size = static_cast<Size>(below(random, 3));
      if (other.kind != Kind::effusion && chance(random, 0.3)) other.zone = static_cast<Zone>(below(random, 3));
      return {other, one};
    case Change::larger:
    case Change::smaller: {
      // Of two different sizes, all three equally often.
      const int left_out = below(random, 3);
      const auto low = static_cast<Size>(left_out == 0 ? 1 : 0), high = static_cast<Size>(left_out == 2 ? 1 : 2);
      other.size = change == Change::larger ? low : high;
      Lesion now = one;
      now.size = change == Change::larger ? high : low;
      return {other, now};
    }
  }
  return {{}, {}};
}

// Of one size class, but the ends of the class are not passed.
double nominal(const Lesion& lesion) {
  const auto i = static_cast<std::size_t>(lesion.size);
  return lesion.kind == Kind::nodule ? nodule_mm[i] : consolidation_mm[i];
}

void draw_size(const Lesion& lesion, Random& random, Finding& finding) {
  if (lesion.kind == Kind::effusion) {
    const Range& share = effusion_share[static_cast<std::size_t>(lesion.size)];
    finding.height_share = random.between(share.low, share.high);
    return;
  }
  const double jitter = lesion.kind == Kind::nodule ? nodule_jitter : consolidation_jitter;
  finding.extent_mm = nominal(lesion) * random.between(1 - jitter, 1 + jitter);
}

// The same lesion a year later (or before), of the same size.
Finding redrawn(const Finding& finding, const Lesion& lesion, Random& random) {
  Finding again = finding;
  const double ratio = std::exp(random.between(-unchanged_jitter, unchanged_jitter));
  if (lesion.kind == Kind::effusion) {
    const Range& share = effusion_share[static_cast<std::size_t>(lesion.size)];
    again.height_share = std::clamp(finding.height_share * ratio, share.low, share.high);
  } else {
    const double jitter = lesion.kind == Kind::nodule ? nodule_jitter : consolidation_jitter;
    again.extent_mm = std::clamp(finding.extent_mm * ratio, nominal(lesion) * (1 - jitter), nominal(lesion) * (1 + jitter));
    again.centre.x_mm += random.between(-unchanged_place_mm, unchanged_place_mm);
    again.centre.y_mm += random.between(-unchanged_place_mm, unchanged_place_mm);
  }
  again.contrast *= random.between(0.9, 1.1);
  return again;
}

Finding draw_finding(Random& random, const Anatomy& anatomy, const Lesion& lesion) {
  Finding finding;
  finding.kind = lesion.kind;
  if (lesion.kind == Kind::none) return finding;
  finding.side = lesion.side;
  finding.contrast = lesion.kind == Kind::nodule ? random.between(0.26, 0.36) : random.between(0.20, 0.27);
  draw_size(lesion, random, finding);
  if (lesion.kind == Kind::effusion) return finding;
  for (std::size_t i = 0; i < 3; ++i) {
    // A large one fills the lung's width: it has no room for lobes.
    const double most = lesion.kind == Kind::nodule ? 0.0 : lesion.size == Size::large ? 0.025 : 0.06;
    finding.lobes[i] = random.between(0.4 * most, most);
    finding.lobes[i + 3] = random.between(0, 2 * std::numbers::pi);
  }
  finding.centre = draw_place(random, anatomy, lesion, finding.extent_mm / 2.0);
  return finding;
}

Exposure draw_exposure(Modality modality, Random& random) {
  Exposure exposure;
  exposure.noise_seed = random.next();
  exposure.shift_x_mm = random.between(-10, 10);
  exposure.shift_y_mm = random.between(-10, 10);
  exposure.rotation_degrees = random.between(-4, 4);
  exposure.scale = random.between(0.99, 1.01);
  if (modality == Modality::ct) {
    exposure.shift_z_mm = random.between(-7, 7);
    exposure.gain = random.between(0.97, 1.03);
    exposure.offset = random.between(-0.012, 0.012);
    exposure.noise = 0.004 * std::exp(random.between(0, std::log(5.0)));
    return exposure;
  }
  exposure.gain = random.between(0.85, 1.1);
  exposure.offset = random.between(-0.02, 0.06);
  exposure.gamma = random.between(0.8, 1.25);
  exposure.noise = 0.003 * std::exp(random.between(0, std::log(8.0)));
  exposure.shading_x = random.between(-0.06, 0.06);
  exposure.shading_y = random.between(-0.06, 0.06);
  exposure.marker = chance(random, 0.5);
  return exposure;
}

// What is asked of the acquisition: matrix, slices, window.
void draw_acquisition(Random& random, Visit& visit) {
  visit.exposure = draw_exposure(visit.truth.modality, random);
  if (visit.truth.modality == Modality::radiograph) {
    visit.matrix = radiograph_case_matrix;
    visit.voi_window = !chance(random, 0.25);
    return;
  }
  visit.matrix = chance(random, 0.85) ? ct_case_matrix : 96;
  visit.slices = ct_case_slices;
  visit.thickness_mm = chance(random, 0.75) ? 10.0 : random.between(5.0, 10.0);
}

double draw_heart(bool enlarged, const Anatomy& anatomy, Random& random) {
  const Range& share = enlarged ? heart_enlarged : heart_normal;
  return random.between(share.low, share.high) * anatomy.chest_width_mm() / 2.0;
}

}  // namespace

Finding draw_finding(std::uint64_t random_seed, const Anatomy& anatomy, const Lesion& lesion) {
  Random random(random_seed);
  return draw_finding(random, anatomy, lesion);
}

Pair draw_pair(std::uint64_t seed, Modality prior, Modality current) {
  Random random(seed ^ 0xC0FFEE5EEDull);
  Pair pair;
  pair.change = draw_change(random);
  std::tie(pair.prior.truth.lesion, pair.current.truth.lesion) = draw_lesions(pair.change, random);
  pair.prior.truth.modality = prior;
  pair.current.truth.modality = current;
  pair.current.truth.heart_enlarged = chance(random, heart_enlarged_share);
  pair.prior.truth.heart_enlarged = pair.current.truth.heart_enlarged != chance(random, heart_changes_share);

  const Anatomy anatomy = draw_anatomy(random.next());
  for (Visit* visit : {&pair.prior, &pair.current}) {
    visit->anatomy = anatomy;
    visit->anatomy.heart_half_width_mm = draw_heart(visit->truth.heart_enlarged, anatomy, random);
  }
  if (pair.prior.truth.heart_enlarged == pair.current.truth.heart_enlarged) {
    pair.prior.anatomy.heart_half_width_mm = pair.current.anatomy.heart_half_width_mm * random.between(0.99, 1.01);
  }
  // The larger heart must leave room for both.
  Anatomy crowded = anatomy;
  crowded.heart_half_width_mm = std::max(pair.prior.anatomy.heart_half_width_mm, pair.current.anatomy.heart_half_width_mm);
  pair.current.finding = draw_finding(random, crowded, pair.current.truth.lesion);
  pair.prior.finding = draw_finding(random, crowded, pair.prior.truth.lesion);
  if (pair.change == Change::unchanged) pair.prior.finding = redrawn(pair.current.finding, pair.current.truth.lesion, random);
  for (Visit* visit : {&pair.prior, &pair.current}) draw_acquisition(random, *visit);
  return pair;
}

Visit draw_blank(std::uint64_t seed, Modality modality) {
  Random random(seed ^ 0xB1A4Cull);
  Visit visit;
  visit.truth.modality = modality;
  visit.truth.diagnostic = false;
  visit.blank = static_cast<Blank>(1 + below(random, 3));
  draw_acquisition(random, visit);
  return visit;
}

}  // namespace radfm::phantom
