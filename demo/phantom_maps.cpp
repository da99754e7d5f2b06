// SPDX-License-Identifier: Apache-2.0
#include "demo/phantom_maps.h"

#include <algorithm>

#include "demo/ct_shapes.h"
#include "demo/radiograph_shapes.h"

namespace radfm::phantom {
namespace {

constexpr int samples = 4;                // each way in a patch
constexpr float seen_least = 0.0005f;     // of a patch: a small nodule of a CT on the corner of eight has 0.003 of each

// What one place holds, added to a patch of each map.
class Maps {
 public:
  explicit Maps(const PatchGrid& grid)
      : grid_(grid), maps_(mapped_names.size(), std::vector<float>(static_cast<std::size_t>(grid.rows * grid.columns * grid.depths))) {}

  template <class Shapes>
  void add(const Shapes& shapes, Kind kind, float x, float y, bool is_near, int row, int column, int depth) {
    const std::size_t cell = static_cast<std::size_t>((row / samples * grid_.columns + column / samples) * grid_.depths + depth);
    const float lung = shapes.lung(x, y);
    of(x > 0.0f ? Mapped::left_lung : Mapped::right_lung)[cell] += lung;
    of(Mapped::heart)[cell] += shapes.heart(x, y);
    if (kind == Kind::effusion) of(Mapped::effusion)[cell] += lung * shapes.fluid(x, y);
    if (is_near) of(kind == Kind::nodule ? Mapped::nodule : Mapped::consolidation)[cell] += std::min(1.0f, shapes.blob(x, y));
  }
  std::vector<std::vector<float>> relative(float samples_of_patch) && {
    for (std::vector<float>& map : maps_) {
      const float most = *std::max_element(map.begin(), map.end());
      for (float& value : map) value = most < seen_least * samples_of_patch ? 0.0f : value / most;
    }
    return std::move(maps_);
  }

 private:
  std::vector<float>& of(Mapped mapped) { return maps_[static_cast<std::size_t>(mapped)]; }
  PatchGrid grid_;
  std::vector<std::vector<float>> maps_;
};

// Which of the study's slices stands at slice `i` of the input.
int source_slice(const Visit& visit, const PatchGrid& grid, int i) {
  return std::min(i * visit.slices / (grid.depths * grid.slices_of_depth), visit.slices - 1);
}

}  // namespace

std::vector<std::vector<float>> draw_maps(const Visit& visit, const PatchGrid& grid) {
  Maps maps(grid);
  const int rows = grid.rows * samples, columns = grid.columns * samples;
  if (visit.blank != Blank::none) return std::move(maps).relative(1);
  const Placement placement(visit.exposure, rows);  // patches are square
  const Kind kind = visit.finding.kind;
  const bool is_blob = kind == Kind::nodule || kind == Kind::consolidation;
  float x = 0, y = 0;
  if (visit.truth.modality == Modality::radiograph) {
    const RadiographShapes shapes(visit.anatomy, visit.finding);
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        placement.chest_of(column, row, x, y);
        const bool near = is_blob && is_near(visit.finding, x, y);
        for (int depth = 0; depth < grid.depths; ++depth) maps.add(shapes, kind, x, y, near, row, column, depth);
      }
    }
    return std::move(maps).relative(samples * samples);
  }
  CtShapes shapes(visit.anatomy, visit.finding);
  for (int slice = 0; slice < grid.depths * grid.slices_of_depth; ++slice) {
    shapes.set_slice(visit.slice_z_mm(source_slice(visit, grid, slice)) - visit.exposure.shift_z_mm, visit.thickness_mm);
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        placement.chest_of(column, row, x, y);
        maps.add(shapes, kind, x, y, shapes.is_blob_near(x, y), row, column, slice / grid.slices_of_depth);
      }
    }
  }
  return std::move(maps).relative(static_cast<float>(samples * samples * grid.slices_of_depth));
}

}  // namespace radfm::phantom
