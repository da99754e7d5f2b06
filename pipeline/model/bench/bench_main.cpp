// SPDX-License-Identifier: Apache-2.0
// radfm-model-bench: measures a model on this machine. Run by `radfmctl bench`.
#include <c10/util/Exception.h>

#include <charconv>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "pipeline/model/bench/model_bench.h"

namespace {

using namespace radfm;
using namespace radfm::model;

constexpr const char* usage =
    "usage: radfm-model-bench (--model DIR | --published-layer) [--device auto|cpu|cuda|cuda:N]\n"
    "                         [--dtype auto|f32|bf16|f16|int8|int4] [--threads N] [--json]\n";
constexpr int threads_max = 1024;

struct Wanted {
  std::string directory;
  bool published_layer = false, json = false;
  BenchOptions options;
};

std::optional<Wanted> parse(int count, char** arguments) {
  Wanted wanted;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = arguments[i];
    if (name == "--json") {
      wanted.json = true;
      continue;
    }
    if (name == "--published-layer") {
      wanted.published_layer = true;
      continue;
    }
    if (++i == count) return {};
    const std::string_view value = arguments[i];
    if (name == "--model") {
      wanted.directory = value;
    } else if (name == "--device") {
      wanted.options.wish.device = value;
    } else if (name == "--dtype") {
      wanted.options.wish.dtype = value;
    } else if (name == "--threads") {
      int& threads = wanted.options.threads;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), threads);
      if (error != std::errc() || end != value.data() + value.size() || threads < 0 || threads > threads_max) return {};
    } else {
      return {};
    }
  }
  if (wanted.published_layer == !wanted.directory.empty()) return {};
  return wanted;
}

nlohmann::json to_json(const BenchFigures& figures) {
  nlohmann::json images = nlohmann::json::array();
  for (const auto& image : figures.images)
    images.push_back({{"depth", image.depth}, {"images_per_s", image.images_per_s}});
  return {{"model", figures.model},
          {"parameters", figures.parameters},
          {"language_layers", figures.layers},
          {"device", figures.device},
          {"dtype", figures.dtype},
          {"threads", figures.threads},
          {"load_s", figures.load_s},
          {"images", images},
          {"prompt_tokens", figures.prompt_tokens},
          {"prefill_tokens_per_s", figures.prefill_tokens_per_s},
          {"new_tokens", figures.new_tokens},
          {"decode_tokens_per_s", figures.decode_tokens_per_s},
          {"read_bytes_per_s", figures.read_bytes_per_s},
          {"bytes_per_token", figures.bytes_per_token},
          {"limit_tokens_per_s", figures.limit_tokens_per_s()},
          {"share_of_limit", figures.share_of_limit()},
          {"peak_bytes", figures.peak_bytes},
          {"estimated_bytes", figures.estimated_bytes}};
}

void print_row(const std::string& name, const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  std::cout << "| " << name << " | " << text << " |\n";
}

void print_table(const BenchFigures& figures) {
  std::cout << "| " << figures.model << " | " << figures.dtype << " on " << figures.device << ", " << figures.threads
            << " threads |\n|---|---|\n";
  print_row("parameters", "%.0f", static_cast<double>(figures.parameters));
  print_row("load, digest included", "%.2f s", figures.load_s);
  for (const auto& image : figures.images)
    print_row("images of depth " + std::to_string(image.depth), "%.2f /s", image.images_per_s);
  print_row("prompt, " + std::to_string(figures.prompt_tokens) + " tokens", "%.1f tokens/s", figures.prefill_tokens_per_s);
  print_row("new tokens", "%.2f tokens/s", figures.decode_tokens_per_s);
  print_row("read bandwidth of the memory", "%.1f GB/s", figures.read_bytes_per_s / 1e9);
  print_row("a new token reads", "%.1f MB", static_cast<double>(figures.bytes_per_token) / 1e6);
  print_row("limit of new tokens", "%.2f tokens/s", figures.limit_tokens_per_s());
  print_row("share of the limit", "%.0f %%", 100 * figures.share_of_limit());
  print_row("peak memory", "%.2f GB", static_cast<double>(figures.peak_bytes) / 1e9);
  print_row("memory asked for before loading", "%.2f GB", static_cast<double>(figures.estimated_bytes) / 1e9);
}

Result<BenchFigures> measured(const Wanted& wanted) {
  if (wanted.published_layer) return run_bench(published_layer(), wanted.options);
  const auto files = open_model_files(wanted.directory);
  if (!files) return files.error();
  return run_bench(*files, wanted.options);
}

}  // namespace

int main(int count, char** arguments) try {
  const auto wanted = parse(count, arguments);
  if (!wanted) {
    std::cerr << usage;
    return 2;
  }
  const auto figures = measured(*wanted);
  if (!figures) {
    std::cerr << "radfm-model-bench: " << figures.error().message << " (" << figures.error().code << ")\n";
    return 1;
  }
  if (wanted->json)
    std::cout << to_json(*figures).dump(2) << "\n";
  else
    print_table(*figures);
  return 0;
} catch (const c10::Error& error) {
  std::cerr << "radfm-model-bench: libtorch failed: " << error.what_without_backtrace() << "\n";
  return 1;
}
