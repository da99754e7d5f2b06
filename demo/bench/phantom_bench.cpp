// SPDX-License-Identifier: Apache-2.0
// How fast phantoms are drawn, one thread: build/demo/radfm-phantom-bench
#include <benchmark/benchmark.h>

#include "demo/phantom_picture.h"

namespace radfm::demo {
namespace {

using phantom::Modality;

void draw_case(benchmark::State& state, Modality modality) {
  std::uint64_t seed = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(phantom::draw_pair(seed++, modality, modality));
  }
}

void draw(benchmark::State& state, Modality modality) {
  std::vector<phantom::Visit> visits;
  for (std::uint64_t seed = 1; seed <= 64; ++seed) visits.push_back(phantom::draw_pair(seed, modality, modality).current);
  std::size_t i = 0;
  for (auto _ : state) {
    phantom::Visit& visit = visits[i++ % visits.size()];
    if (state.range(0) > 0) visit.matrix = static_cast<int>(state.range(0));
    benchmark::DoNotOptimize(draw_picture(visit));
  }
}

BENCHMARK_CAPTURE(draw_case, radiographs_without_pixels, Modality::radiograph)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(draw, radiograph, Modality::radiograph)->Arg(128)->Arg(256)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(draw, ct_of_24_slices, Modality::ct)->Arg(64)->Arg(96)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace radfm::demo

BENCHMARK_MAIN();
