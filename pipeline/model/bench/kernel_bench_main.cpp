// SPDX-License-Identifier: Apache-2.0
// radfm-kernel-bench: the processor's kernels beside the read bandwidth of its memory, measured in turn so that a busy moment does
// not fall on one of them alone.
#include <omp.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/model/bench/stopwatch.h"
#include "pipeline/model/bench/stream_reading.h"
#include "pipeline/model/kernels/decode_attention.h"
#include "pipeline/model/kernels/matrix_vector.h"
#include "pipeline/model/kernels/packing.h"

namespace {

using namespace radfm;
using namespace radfm::kernels;

constexpr const char* usage =
    "usage: radfm-kernel-bench [--threads N] [--rounds N] [--pieces N] [--only WORD]\n"
    "                          [--instructions portable|avx2|avx512_vnni|amx]\n";
constexpr std::int64_t memory_bytes = std::int64_t{1} << 29;  // far more than any cache holds
constexpr std::int64_t counts[] = {1, 2, 4, 8, 16, 64};

struct Options {
  int threads = omp_get_max_threads(), rounds = 5, pieces = 16;
  Instructions instructions = best_instructions();
  std::string only;  // measures alone whose name holds it
};

std::optional<Options> parse(int count, char** arguments) {
  Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i], value = arguments[i + 1];
    if (name == "--threads" || name == "--rounds" || name == "--pieces") {
      int& number = name == "--threads" ? options.threads : name == "--rounds" ? options.rounds : options.pieces;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      if (error != std::errc() || end != value.data() + value.size() || number < 1 || number > 1024) return {};
    } else if (name == "--instructions") {
      const auto here = instructions_here();
      const auto found = std::find_if(here.begin(), here.end(), [&](Instructions i2) { return instructions_name(i2) == value; });
      if (found == here.end()) return {};
      options.instructions = *found;
    } else if (name == "--only") {
      options.only = value;
    } else {
      return {};
    }
  }
  if (count % 2 == 0) return {};
  return options;
}

// Memory that each measure takes its weights, scales or caches from, of values that are in order as floats, bfloat16 and bytes.
class Memory {
 public:
  Memory() : words_(static_cast<std::uint64_t*>(::operator new[](memory_bytes, std::align_val_t{4096}))) {
    std::uint64_t state = 1;
    for (std::int64_t i = 0; i < memory_bytes / 8; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      words_[i] = ((state ^ state >> 29) & 0x80ff80ff80ff80ffu) | 0x3e003e003e003e00u;
    }
  }
  ~Memory() { ::operator delete[](words_, std::align_val_t{4096}); }
  Memory(const Memory&) = delete;

  // The next `bytes` of it: what was read longest ago, so that no cache holds it.
  const std::uint8_t* next(std::int64_t bytes) {
    if (used_ + bytes > memory_bytes) used_ = 0;
    const std::int64_t first = used_;
    used_ += (bytes + packed_alignment - 1) / packed_alignment * packed_alignment;
    return reinterpret_cast<const std::uint8_t*>(words_) + first;
  }

 private:
  std::uint64_t* words_;
  std::int64_t used_ = 0;
};

// One thing that is measured, on one piece of the memory after the other. The time that counts is one that a tenth of the pieces
// take less than: what else runs on the machine only makes pieces slower.
struct Measure {
  std::string name;
  std::int64_t bytes = 0;  // of a piece
  double operations = 0;   // multiplications with addition on a piece
  std::function<void()> run;
  std::vector<double> times_s{};

  void measure(int pieces) {
    for (int piece = 0; piece < pieces; ++piece) {
      const model::Stopwatch watch;
      run();
      times_s.push_back(watch.s());
    }
  }
  double time_s() const {
    std::vector<double> sorted = times_s;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 10];
  }
  double bytes_per_s() const { return static_cast<double>(bytes) / time_s(); }
};

Measure product_measure(Memory& memory, PackedType type, std::int64_t rows, std::int64_t columns, std::int64_t count,
                        Instructions instructions) {
  const PackedShape shape{type, rows, columns};
  const std::int64_t scale_bytes = (shape.scale_bytes() + packed_alignment - 1) / packed_alignment * packed_alignment;
  const std::int64_t matrix_bytes = shape.value_bytes() + scale_bytes;
  Measure measure;
  measure.name = std::string(packed_type_name(type)) + " " + std::to_string(rows) + " x " + std::to_string(columns) + " times " +
                 std::to_string(count);
  measure.bytes = shape.value_bytes() + shape.scale_bytes();
  measure.operations = static_cast<double>(rows * columns * count);
  std::vector<float> x(static_cast<std::size_t>(columns * count));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 37 % 101) * 0.02f - 1;
  std::vector<float> y(static_cast<std::size_t>(rows * count));
  auto prepared = std::make_shared<PreparedVectors>();
  measure.run = [=, &memory]() mutable {
    const std::uint8_t* const place = memory.next(matrix_bytes);
    prepared->prepare(shape, x.data(), count, columns, instructions);
    multiply({shape, place + scale_bytes, place}, *prepared, y.data(), rows, instructions);
  };
  return measure;
}

template <class Value>
Measure unpacking_measure(Memory& memory, PackedType type, const std::string& to, Instructions instructions) {
  const PackedShape shape{type, 512, 5120};  // a piece of a matrix
  const std::int64_t scale_bytes = (shape.scale_bytes() + packed_alignment - 1) / packed_alignment * packed_alignment;
  const std::int64_t matrix_bytes = shape.value_bytes() + scale_bytes;
  Measure measure;
  measure.name = "unpack " + std::string(packed_type_name(type)) + " to " + to;
  measure.bytes = shape.value_bytes() + shape.scale_bytes();
  measure.operations = static_cast<double>(shape.rows * shape.columns);
  const auto out_bytes = static_cast<std::size_t>(shape.rows * shape.columns) * sizeof(Value);
  const std::shared_ptr<void> out(std::aligned_alloc(line_bytes, out_bytes), std::free);
  measure.run = [=, &memory]() mutable {
    const std::uint8_t* const place = memory.next(matrix_bytes);
    unpack_rows({shape, place + scale_bytes, place}, 0, shape.rows, static_cast<Value*>(out.get()), instructions);
  };
  return measure;
}

Measure attention_measure(Memory& memory, CacheType type, Instructions instructions) {
  const std::int64_t heads = 40, width = 128, length = 2048, element = type == CacheType::f32 ? 4 : 2;
  const std::int64_t bytes = heads * length * width * element;
  Measure measure;
  measure.name = "attention 40 heads x 2048 x 128 " + std::string(type == CacheType::f32 ? "f32" : "bf16");
  measure.bytes = 2 * bytes;
  measure.operations = static_cast<double>(2 * heads * length * width);
  std::vector<float> q(static_cast<std::size_t>(heads * width), 0.1f), out(q);
  measure.run = [=, &memory]() mutable {
    const std::uint8_t* const place = memory.next(2 * bytes);
    const AttentionQuestion question{q.data(), {type, place, place + bytes, heads, length, width, length}, out.data()};
    attend(&question, 1, instructions);
  };
  return measure;
}

Measure reading_measure(Memory& memory, const model::ReadingWay& way, int threads) {
  const std::int64_t bytes = std::int64_t{1} << 24;
  Measure measure;
  measure.name = "reading by " + std::to_string(way.streams) + " streams a thread" + (way.prefetched ? ", prefetched" : "");
  measure.bytes = bytes;
  auto sum = std::make_shared<std::uint64_t>(0);
  measure.run = [=, &memory] {
    *sum += model::read_streamed(reinterpret_cast<const std::uint64_t*>(memory.next(bytes)), bytes / 8, way, threads);
  };
  return measure;
}

std::vector<Measure> measures_of(Memory& memory, const Options& options) {
  std::vector<Measure> measures;
  for (const PackedType type : {PackedType::bf16, PackedType::int8, PackedType::int4, PackedType::f32})
    for (const auto& [rows, columns] : {std::pair<std::int64_t, std::int64_t>{5632, 2048}, {2048, 5632}, {5120, 13824}})
      for (const std::int64_t count : counts)
        measures.push_back(product_measure(memory, type, rows, columns, count, options.instructions));
  for (const PackedType type : {PackedType::bf16, PackedType::int8, PackedType::int4}) {
    measures.push_back(unpacking_measure<std::uint16_t>(memory, type, "bf16", options.instructions));
    measures.push_back(unpacking_measure<float>(memory, type, "f32", options.instructions));
  }
  for (const CacheType type : {CacheType::bf16, CacheType::f32})
    measures.push_back(attention_measure(memory, type, options.instructions));
  std::erase_if(measures, [&](const Measure& measure) { return measure.name.find(options.only) == std::string::npos; });
  return measures;
}

}  // namespace

int main(int count, char** arguments) {
  const auto options = parse(count, arguments);
  if (!options) {
    std::cerr << usage;
    return 2;
  }
  omp_set_num_threads(options->threads);
  Memory memory;
  std::vector<Measure> readings, measures = measures_of(memory, *options);
  for (const auto& way : model::reading_ways) readings.push_back(reading_measure(memory, way, options->threads));
  for (int round = 0; round < options->rounds; ++round)
    for (Measure& measure : measures) {
      for (Measure& reading : readings) reading.measure(8);
      measure.measure(options->pieces);
    }
  double bandwidth = 0;
  for (const Measure& reading : readings) bandwidth = std::max(bandwidth, reading.bytes_per_s());
  std::printf("%s, %d threads, %d rounds\n", std::string(instructions_name(options->instructions)).c_str(), options->threads,
              options->rounds);
  std::printf("| measure | GB/s read | of the bandwidth | G multiply-adds/s | ms |\n|---|---|---|---|---|\n");
  for (const auto* list : {&readings, &measures})
    for (const Measure& measure : *list)
      std::printf("| %s | %.2f | %.3f | %.1f | %.3f |\n", measure.name.c_str(), measure.bytes_per_s() / 1e9,
                  measure.bytes_per_s() / bandwidth, measure.operations / measure.time_s() / 1e9, measure.time_s() * 1e3);
  return 0;
}
