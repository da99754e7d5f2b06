// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "pipeline/model/compute_type.h"
#include "pipeline/model/memory_need.h"
#include "pipeline/model/model_files.h"
#include "radfmctl/arguments.h"
#include "radfmctl/command.h"
#include "radfmctl/model_record.h"

namespace radfm::ctl {
namespace {

// A number of bytes as people read it.
std::string sized(std::int64_t bytes) {
  char text[64];
  std::snprintf(text, sizeof text, bytes < 1'000'000'000 ? "%.1f MB" : "%.1f GB",
                static_cast<double>(bytes) / (bytes < 1'000'000'000 ? 1e6 : 1e9));
  return text;
}

// Nested objects as indented lines, in the order of the JSON; numbers below "bytes" and "memory" are bytes.
void print(const nlohmann::json& json, int indent, bool of_bytes = false) {
  for (const auto& [key, value] : json.items()) {
    std::cout << std::string(static_cast<std::size_t>(indent), ' ') << key << ": ";
    if (value.is_object()) {
      std::cout << "\n";
      print(value, indent + 2, key == "bytes" || key == "memory");
    } else if (of_bytes && value.is_number_integer()) {
      std::cout << sized(value.get<std::int64_t>()) << "\n";
    } else {
      std::cout << (value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
    }
  }
}

// What the model needs in each type that it can be computed in, beside what this machine has.
nlohmann::json memory_beside(const model::ModelConfig& config) {
  const model::AvailableMemory available = model::available_memory();
  nlohmann::json memory = {{"machine", std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE)},
                           {"available_now", available.bytes},
                           {"available_by", available.source}};
  for (const auto type : model::compute_types) {
    const std::int64_t needed = model::memory_need(config, type).total();
    const std::string name(model::compute_type_name(type));
    memory["needed_" + name] = needed;
    memory["fits_now_" + name] = needed <= available.bytes;
  }
  return memory;
}

}  // namespace

int model_command(const Words& words) {
  if (!words.empty() && words[0] == "convert") return model_convert_command({words.begin() + 1, words.end()});
  if (!words.empty() && words[0] == "check") return model_check_command({words.begin() + 1, words.end()});
  const Result<Arguments> arguments = Arguments::parse(words, {});
  if (!arguments) return complain(arguments.error());
  const Words& given = arguments->positional();
  if (!arguments->has("--help") && given.size() == 2 && given[0] == "record") {
    return record_known_answer(given[1], arguments->has("--json"));
  }
  if (arguments->has("--help") || given.size() != 2 || given[0] != "info") {
    (arguments->has("--help") ? std::cout : std::cerr)
        << "usage: radfmctl model info DIR [--json]\nSizes, parameters, memory needed, card and digest of a model directory.\n"
           "       radfmctl model convert CHECKPOINT --tokenizer FILE --out DIR ... (--help tells the rest)\n"
           "A model directory of the authors' checkpoint.\n"
           "       radfmctl model check CASE_DIR... [--tokenizer FILE] [--json]\nThis build against golden cases of the authors' code.\n"
           "       radfmctl model record DIR [--json]\nComputes in float32 what the model answers to a fixed question, into "
           "DIR/known_answer.json; the engine compares it\neach time that it loads the model.\n";
    return arguments->has("--help") ? exit_done : exit_usage;
  }
  const Result<model::ModelFiles> files = model::open_model_files(given[1]);
  if (!files) return complain(files.error(), exit_wrong);
  nlohmann::json info = model::model_info(*files);
  info["memory"] = memory_beside(files->config);
  if (arguments->has("--json")) {
    std::cout << info.dump(2) << "\n";
  } else {
    print(info, 0);
  }
  return exit_done;
}

}  // namespace radfm::ctl
