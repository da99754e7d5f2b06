// SPDX-License-Identifier: Apache-2.0
// radfm-phantom-sheet: a picture of some drawn patients with their truth, as the model is shown them, for people to judge.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iostream>

#include "demo/phantom_picture.h"
#include "pipeline/imaging/canvas.h"
#include "pipeline/model/resize.h"

namespace {

using namespace radfm;
using phantom::Lesion;
using phantom::Modality;
using phantom::Visit;

constexpr const char* usage =
    "radfm-phantom-sheet FILE.png [--seed N] [--ct] [--blank]     pairs (prior beside current) of 12 drawn patients at the\n"
    "                                                   model's 64 x 64; of a CT the slice through the finding\n";
constexpr int pairs = 12, columns = 4, side = 64, zoom = 4, tile = side * zoom, caption = 20, gap = 6;

std::string words(const phantom::Truth& truth) {
  constexpr const char* kinds[] = {"none", "nod", "cons", "eff"};
  constexpr const char* zones[] = {"up", "mid", "low"};
  constexpr const char* sizes[] = {"S", "M", "L"};
  const Lesion& lesion = truth.lesion;
  std::string text = truth.diagnostic ? kinds[static_cast<int>(lesion.kind)] : "blank";
  if (lesion.kind != phantom::Kind::none) {
    text += std::string(lesion.side == phantom::Side::left ? " L" : " R") + " " + zones[static_cast<int>(lesion.zone)] + " " +
            sizes[static_cast<int>(lesion.size)];
  }
  return text + (truth.heart_enlarged ? " HEART" : "");
}

// The slice through the finding, or through the heart.
int slice_shown(const Visit& visit) {
  if (visit.slices == 1) return 0;
  const bool blob = visit.finding.kind == phantom::Kind::nodule || visit.finding.kind == phantom::Kind::consolidation;
  const double z = (blob ? -visit.finding.centre.y_mm : -40.0) + visit.exposure.shift_z_mm;
  return std::clamp(static_cast<int>(std::lround(z / visit.spacing_mm + (visit.slices - 1) / 2.0)), 0, visit.slices - 1);
}

void put(imaging::Canvas& canvas, const Visit& visit, int x, int y) {
  const training::Picture picture = demo::draw_picture(visit);
  const auto slice_bytes = static_cast<std::size_t>(picture.shape.width) * static_cast<std::size_t>(picture.shape.height);
  const std::uint8_t* pixels = picture.pixels.data() + static_cast<std::size_t>(slice_shown(visit)) * slice_bytes;
  const bool ct = visit.truth.modality == Modality::ct;
  const auto small = (ct ? model::resize_bilinear : model::resize_bicubic)(pixels, picture.shape.width, picture.shape.height, 1, side, side);
  canvas.draw({small.values.data(), side, side, 1}, x, y, tile, tile);
  canvas.write(words(visit.truth), x, y + tile + 2, 2, 255);
}

}  // namespace

int main(int count, char** arguments) {
  std::string file;
  std::uint64_t seed = 1;
  bool ct = false, blank = false;
  for (int i = 1; i < count; ++i) {
    const std::string word = arguments[i];
    if (word == "--ct") ct = true;
    else if (word == "--blank") blank = true;
    else if (word == "--seed" && i + 1 < count) {
      const std::string value = arguments[++i];
      if (std::from_chars(value.data(), value.data() + value.size(), seed).ec != std::errc()) file.clear();
    } else file = word;
  }
  if (file.empty() || file[0] == '-') {
    std::cerr << usage;
    return 2;
  }
  const Modality modality = ct ? Modality::ct : Modality::radiograph;
  const int cell = 2 * tile + 3 * gap, rows = pairs / columns;
  imaging::Canvas canvas(columns * cell, rows * (tile + caption + gap), 1);
  for (int i = 0; i < pairs; ++i) {
    const std::uint64_t number = seed + static_cast<std::uint64_t>(i);
    const auto pair = phantom::draw_pair(number, modality, modality);
    const int x = i % columns * cell + gap, y = i / columns * (tile + caption + gap) + gap;
    put(canvas, blank ? phantom::draw_blank(number, modality) : pair.prior, x, y);
    put(canvas, pair.current, x + tile + gap, y);
  }
  const auto png = canvas.png();
  std::ofstream out(file, std::ios::binary);
  if (png) out.write(reinterpret_cast<const char*>(png->data()), static_cast<std::streamsize>(png->size()));
  if (!png || !out.flush()) {
    std::cerr << "radfm-phantom-sheet: cannot write " << file << "\n";
    return 1;
  }
  return 0;
}
