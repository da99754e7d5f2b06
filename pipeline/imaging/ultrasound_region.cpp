// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/ultrasound_region.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include <algorithm>

#include "pipeline/imaging/element_text.h"

namespace radfm::imaging {
namespace {

constexpr int data_types_of_pictures[] = {1, 2};  // tissue, colour flow; others are curves, waveforms and graphics

std::optional<PictureRegion> region_of(DcmItem& item) {
  const int type = integer_of(item, DCM_RegionDataType).value_or(0);
  const bool picture = std::find(std::begin(data_types_of_pictures), std::end(data_types_of_pictures), type) !=
                       std::end(data_types_of_pictures);
  const auto left = integer_of(item, DCM_RegionLocationMinX0), top = integer_of(item, DCM_RegionLocationMinY0);
  const auto right = integer_of(item, DCM_RegionLocationMaxX1), bottom = integer_of(item, DCM_RegionLocationMaxY1);
  if (!picture || !left || !top || !right || !bottom || *left < 0 || *top < 0 || *right <= *left || *bottom <= *top) {
    return std::nullopt;
  }
  return PictureRegion{*left, *top, *right + 1, *bottom + 1};
}

}  // namespace

std::optional<PictureRegion> ultrasound_region(DcmItem& data_set, int rows, int columns) {
  DcmSequenceOfItems* regions = nullptr;
  if (data_set.findAndGetSequence(DCM_SequenceOfUltrasoundRegions, regions).bad() || regions == nullptr) return std::nullopt;
  std::optional<PictureRegion> all;
  for (unsigned long i = 0; i < std::min(regions->card(), ultrasound_regions_max); ++i) {
    const auto one = region_of(*regions->getItem(i));
    if (!one) continue;
    if (!all) all = one;
    all = PictureRegion{std::min(all->left, one->left), std::min(all->top, one->top), std::max(all->right, one->right),
                        std::max(all->bottom, one->bottom)};
  }
  if (!all) return std::nullopt;
  all->right = std::min(all->right, columns);
  all->bottom = std::min(all->bottom, rows);
  const bool usable = all->width() >= ultrasound_region_side_min && all->height() >= ultrasound_region_side_min;
  return usable ? all : std::nullopt;
}

}  // namespace radfm::imaging
