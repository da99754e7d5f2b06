// SPDX-License-Identifier: Apache-2.0
// Where the programs and the demonstration model of this build are.
#include <array>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "core/configuration.h"

namespace radfm {
namespace {

namespace fs = std::filesystem;

constexpr int build_tree_depth_max = 4;  // the deepest program: build/tests/pipeline/imaging/<program>

// Each program's folder in the build tree.
struct BuiltProgram {
  std::string_view name, folder;
};
constexpr std::array<BuiltProgram, 7> built_programs{{{"radfm-engine", "pipeline/model"},
                                                      {"radfm-model-check", "pipeline/model/check"},
                                                      {"radfm-model-bench", "pipeline/model"},
                                                      {"radfm-phantom-eval", "demo"},
                                                      {"radfm-reader", "pipeline/imaging"},
                                                      {"radfm-worker", "worker"},
                                                      {"radfmctl", "radfmctl"}}};

fs::path running_program_folder() {
  std::error_code failure;
  const fs::path program = fs::read_symlink("/proc/self/exe", failure);
  return failure ? fs::path(".") : program.parent_path();
}

bool is_file(const fs::path& path) {
  std::error_code failure;
  return fs::is_regular_file(path, failure);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

fs::path default_model_directory() {
  if (const std::string chosen = environment("RADFM_MODEL_DIR"); !chosen.empty()) return chosen;
  // Installed: <prefix>/bin or <prefix>/libexec/radfm-node. First, so that nobody's folder of the build's name is believed.
  std::error_code failure;
  const fs::path folder = running_program_folder();
  for (const char* up : {"..", "../.."}) {
    const fs::path installed = (folder / up / "share/radfm-node/models/phantom").lexically_normal();
    if (fs::is_directory(installed, failure)) return installed;
  }
  return fs::path(RADFM_SOURCE_DIR) / "models" / "phantom";
}

fs::path sibling_program(const std::string& name) {
  if (const std::string chosen = environment("RADFM_LIBEXEC"); !chosen.empty()) return fs::path(chosen) / name;
  const fs::path folder = running_program_folder();
  if (is_file(folder / name)) return folder / name;
  const fs::path installed = (folder / "../libexec/radfm-node" / name).lexically_normal();
  if (is_file(installed)) return installed;
  for (const auto& program : built_programs) {
    if (program.name != name) continue;
    fs::path top = folder;
    for (int level = 0; level < build_tree_depth_max; ++level) {
      top = top.parent_path();
      if (is_file(top / program.folder / name)) return top / program.folder / name;
    }
  }
  return folder / name;  // not there: whoever starts it says so by this path
}

}  // namespace radfm
