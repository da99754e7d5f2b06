// SPDX-License-Identifier: Apache-2.0
// radfm-model-bench: measures a model on this machine. Run by `radfmctl bench`.
#include <c10/util/Exception.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "pipeline/model/bench/bench_arguments.h"
#include "pipeline/model/bench/bench_output.h"

namespace {

using namespace radfm;
using namespace radfm::model;

int complain(const Error& error) {
  std::cerr << "radfm-model-bench: " << error.message << " (" << error.code << ")\n";
  return 1;
}

int run(const BenchArguments& arguments) {
  if (arguments.serve) {
    const auto served = serve_bench(arguments.options, std::cin, std::cout);
    return served ? 0 : complain(served.error());
  }
  const auto figures = run_bench(arguments.options);
  if (!figures) return complain(figures.error());
  if (arguments.json)
    std::cout << to_json(*figures).dump(2) << "\n";
  else
    print_table(*figures, std::cout);
  return 0;
}

}  // namespace

int main(int count, char** arguments) try {
  const auto parsed = parse_bench_arguments(std::vector<std::string>(arguments + 1, arguments + count));
  if (!parsed) {
    std::cerr << bench_usage;
    return 2;
  }
  return run(*parsed);
} catch (const c10::Error& error) {
  std::cerr << "radfm-model-bench: libtorch failed: " << error.what_without_backtrace() << "\n";
  return 1;
}
