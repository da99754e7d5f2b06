// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/bench_arguments.h"

#include <charconv>
#include <string_view>

namespace radfm::model {
namespace {

constexpr int number_max = 1 << 16;
constexpr std::size_t numbers_max = 32;

bool read_number(std::string_view text, int least, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= least && number <= number_max;
}

// "1,2,4"
bool read_numbers(std::string_view text, std::vector<int>& numbers) {
  numbers.clear();
  while (numbers.size() < numbers_max) {
    const std::size_t comma = text.find(',');
    if (!read_number(text.substr(0, comma), 1, numbers.emplace_back())) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
  return false;
}

bool read_only(std::string_view text, BenchOptions& options) {
  if (text == "decode") {
    options.workload.pictures.clear();
    options.workload.prompts.clear();
    options.workload.report_new = 0;
  }
  options.speed = text == "speed" || text == "decode";
  options.exactness = text == "exactness";
  return options.speed || options.exactness;
}

bool read_option(std::string_view name, const std::string& value, BenchOptions& options) {
  if (name == "--model") return options.directory = value, !value.empty();
  if (name == "--sizes") return options.sizes = value, !value.empty();
  if (name == "--device") return options.wish.device = value, true;
  if (name == "--dtype") return options.wish.dtype = value, true;
  if (name == "--threads") return read_number(value, 0, options.threads);
  if (name == "--rounds") return read_number(value, 1, options.rounds);
  if (name == "--pictures") return read_numbers(value, options.workload.pictures);
  if (name == "--prompts") return read_numbers(value, options.workload.prompts);
  if (name == "--batches") return read_numbers(value, options.workload.batches);
  if (name == "--cached") return read_number(value, 1, options.workload.cached);
  if (name == "--only") return read_only(value, options);
  return false;
}

}  // namespace

std::optional<BenchArguments> parse_bench_arguments(const std::vector<std::string>& words) {
  BenchArguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--json")
      arguments.json = true;
    else if (words[i] == "--serve")
      arguments.serve = true;
    else if (++i == words.size() || !read_option(words[i - 1], words[i], arguments.options))
      return {};
  }
  const bool one_model = arguments.options.directory.empty() != arguments.options.sizes.empty();
  if (!one_model || (arguments.json && arguments.serve)) return {};
  return arguments;
}

}  // namespace radfm::model
