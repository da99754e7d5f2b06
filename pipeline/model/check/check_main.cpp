// SPDX-License-Identifier: Apache-2.0
// radfm-model-check: compares this build with golden cases. Run by `radfmctl model check`.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "pipeline/model/check/check_kinds.h"
#include "pipeline/model/check/check_output.h"

namespace {

namespace fs = std::filesystem;
using radfm::model::check::CaseOutcome;
using radfm::model::check::CheckOptions;

constexpr int exit_usage = 2;
constexpr const char* usage =
    "usage: radfmctl model check CASE_DIR... [--tokenizer FILE] [--json]\n"
    "Compares this build with golden cases: numbers and texts that the authors' code produced. A CASE_DIR "
    "holds a\n"
    "case.json, or folders that do. Prints for each tensor, list or text the worst difference and its "
    "tolerance.\n"
    "  --tokenizer FILE  LLaMA's tokenizer.model; else tokenizer/tokenizer.model beside the cases\n"
    "exit code: 0 all within tolerance, 1 something differs, 2 wrong usage or a case that cannot be read\n";

struct Words {
  std::vector<fs::path> folders;
  CheckOptions options;
  bool json = false, help = false;
};

std::optional<Words> parse(int count, char** arguments) {
  Words words;
  for (int i = 1; i < count; ++i) {
    const std::string word = arguments[i];
    if (word == "--json")
      words.json = true;
    else if (word == "--help")
      words.help = true;
    else if (word == "--tokenizer" && i + 1 < count)
      words.options.tokenizer = arguments[++i];
    else if (word.empty() || word.starts_with("--"))
      return {};
    else
      words.folders.emplace_back(word);
  }
  if (words.folders.empty() && !words.help) return {};
  return words;
}

// The folder itself, or the folders in it that hold a case.json, by name. A folder without any is left to be
// complained about as a case.
std::vector<fs::path> cases_in(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder / "case.json", error)) return {folder};
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (fs::exists(entry.path() / "case.json", error)) cases.push_back(entry.path());
  std::sort(cases.begin(), cases.end());
  return cases.empty() ? std::vector<fs::path>{folder} : cases;
}

std::int64_t peak_memory_mib() {
  struct rusage used {};
  ::getrusage(RUSAGE_SELF, &used);
  return used.ru_maxrss / 1024;
}

// Names what is being done, at most once a second.
class Progress {
 public:
  explicit Progress(std::string name) : name_(std::move(name)) {}
  void operator()(const std::string& what) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::seconds(1)) return;
    last_ = now;
    std::cerr << name_ << ": " << what << std::endl;
  }

 private:
  std::string name_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

CaseOutcome check(const fs::path& folder, CheckOptions options) {
  using namespace radfm::model::check;
  const auto start = std::chrono::steady_clock::now();
  CaseOutcome outcome;
  outcome.folder = folder.string();
  auto golden = Case::open(folder);
  if (golden) {
    outcome.kind = shown(golden->kind());
    options.progress = Progress(folder.filename().empty() ? folder.parent_path().filename().string()
                                                          : folder.filename().string());
    outcome.findings = check_case(*golden, options);
  } else {
    outcome.findings = golden.error();
  }
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return outcome;
}

}  // namespace

int main(int count, char** arguments) {
  using namespace radfm::model::check;
  auto words = parse(count, arguments);
  if (!words || words->help) {
    (words ? std::cout : std::cerr) << usage;
    return words ? 0 : exit_usage;
  }
  std::vector<fs::path> cases;
  for (const auto& folder : words->folders) {
    for (auto& golden : cases_in(folder)) {
      const fs::path library = golden / "..";
      words->options.more_libraries.push_back(library);
      cases.push_back(std::move(golden));
    }
  }
  Totals totals;
  std::vector<CaseOutcome> outcomes;
  for (const auto& folder : cases) {
    outcomes.push_back(check(folder, words->options));
    totals.add(outcomes.back());
    if (!words->json) print(std::cout, outcomes.back()), std::cout.flush();
  }
  totals.peak_memory_mib = peak_memory_mib();
  if (words->json)
    std::cout << to_json(outcomes, totals).dump(2, ' ', true, nlohmann::json::error_handler_t::replace)
              << "\n";
  else
    print(std::cout, totals);
  return totals.exit_code();
}
