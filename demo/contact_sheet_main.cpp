// SPDX-License-Identifier: Apache-2.0
// radfm-phantom-sheet: a picture of some drawn patients with their truth, as the model is shown them, for people to judge.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "demo/phantom_picture.h"
#include "pipeline/imaging/canvas.h"
#include "pipeline/model/resize.h"

namespace {

using namespace radfm;
using phantom::Lesion;
using phantom::Modality;
using phantom::Visit;

constexpr const char* usage =
    "radfm-phantom-sheet FILE.png [--seed N] [--ct] [--blank]   12 drawn patients, prior beside current, as 64 x 64 pixels; of a\n"
    "                                                           CT the slice through the finding. --blank: instead of the\n"
    "                                                           prior what is no diagnostic image\n"
    "Exit: 0 done, 1 it failed, 2 wrong usage.\n";
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

struct Arguments {
  std::string file;
  std::uint64_t seed = 1;
  bool ct = false, blank = false;
};

// Nothing when they make no sense.
std::optional<Arguments> parse_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--ct") {
      arguments.ct = true;
    } else if (word == "--blank") {
      arguments.blank = true;
    } else if (word == "--seed" && i + 1 < words.size()) {
      const std::string& value = words[++i];
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), arguments.seed);
      if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
    } else if (word.rfind("-", 0) == 0 || !arguments.file.empty()) {
      return std::nullopt;
    } else {
      arguments.file = word;
    }
  }
  return arguments.file.empty() ? std::nullopt : std::optional(arguments);
}

imaging::Canvas draw_sheet(const Arguments& arguments) {
  const Modality modality = arguments.ct ? Modality::ct : Modality::radiograph;
  const int cell = 2 * tile + 3 * gap, rows = pairs / columns;
  imaging::Canvas canvas(columns * cell, rows * (tile + caption + gap), 1);
  for (int i = 0; i < pairs; ++i) {
    const std::uint64_t number = arguments.seed + static_cast<std::uint64_t>(i);
    const auto pair = phantom::draw_pair(number, modality, modality);
    const int x = i % columns * cell + gap, y = i / columns * (tile + caption + gap) + gap;
    put(canvas, arguments.blank ? phantom::draw_blank(number, modality) : pair.prior, x, y);
    put(canvas, pair.current, x + tile + gap, y);
  }
  return canvas;
}

}  // namespace

int main(int count, char** words) {
  const auto arguments = parse_arguments({words + 1, words + count});
  if (!arguments) {
    std::cerr << usage;
    return 2;
  }
  const auto png = draw_sheet(*arguments).png();
  std::ofstream out(arguments->file, std::ios::binary);
  if (png) out.write(reinterpret_cast<const char*>(png->data()), static_cast<std::streamsize>(png->size()));
  if (!png || !out.flush()) {
    std::cerr << "radfm-phantom-sheet: cannot write " << arguments->file << ": is its folder there, the disk full?\n";
    return 1;
  }
  return 0;
}
