// SPDX-License-Identifier: Apache-2.0
// A copy of a golden case that a test damages in one place.
#pragma once

#include <functional>
#include <stdexcept>

#include "pipeline/model/check/check_kinds.h"
#include "pipeline/model/check/check_output.h"
#include "tests/pipeline/model/golden_case.h"

namespace radfm::model::check {

inline CaseOutcome outcome_of(const std::filesystem::path& folder, const CheckOptions& options = {}) {
  CaseOutcome outcome;
  auto golden = Case::open(folder);
  if (golden)
    outcome.findings = check_case(*golden, options);
  else
    outcome.findings = golden.error();
  return outcome;
}

// What is wrong with a case, or "" when all of it is within tolerance.
inline std::string complaint_about(const std::filesystem::path& folder, const CheckOptions& options = {}) {
  const CaseOutcome outcome = outcome_of(folder, options);
  if (!outcome.readable()) return "unreadable: " + outcome.findings.error().message;
  std::string text = outcome.findings->comparisons.empty() ? "nothing was compared" : "";
  for (const auto& comparison : outcome.findings->comparisons)
    if (!comparison.within()) text += comparison.name + ": " + comparison.difference + "\n";
  return text;
}

// Lies in a folder of its own as <folder>/case; files may be changed.
class CaseCopy {
  TestFolder holder_;  // before the path that lies in it

 public:
  explicit CaseCopy(const std::filesystem::path& original) : path(holder_.path / "case") {
    namespace fs = std::filesystem;
    fs::copy(original, path, fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(path))
      fs::permissions(entry.path(), fs::perms::owner_write, fs::perm_options::add);
    fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
  }

  void change(const std::string& file, const std::function<void(nlohmann::json&)>& edit) const {
    auto json = read_json(path / file);
    edit(json);
    std::ofstream(path / file) << json.dump();
  }

  // Adds to the first value of a float32 tensor.
  void shift(const std::string& file, const std::string& tensor, float difference) const {
    std::fstream stream(path / file, std::ios::in | std::ios::out | std::ios::binary);
    std::uint64_t header_bytes = 0;
    stream.read(reinterpret_cast<char*>(&header_bytes), sizeof header_bytes);
    std::string header(header_bytes, ' ');
    stream.read(header.data(), static_cast<std::streamsize>(header_bytes));
    const auto at = static_cast<std::streamoff>(
        8 + header_bytes +
        nlohmann::json::parse(header).at(tensor).at("data_offsets").at(0).get<std::uint64_t>());
    float value = 0;
    stream.seekg(at);
    stream.read(reinterpret_cast<char*>(&value), sizeof value);
    value += difference;
    stream.seekp(at);
    stream.write(reinterpret_cast<const char*>(&value), sizeof value);
    if (!stream) throw std::runtime_error("the copy of a case cannot be changed");
  }

  std::filesystem::path path;
};

}  // namespace radfm::model::check
