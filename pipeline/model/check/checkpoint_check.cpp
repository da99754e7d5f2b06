// SPDX-License-Identifier: Apache-2.0
// Kinds "checkpoint-bad" and "checkpoint-sharded": files of weights, broken in one way or legal in one
// layout. Each must be refused or give exactly its values, run no code, write no file and take little memory.
#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>

#include <cstring>

#include "pipeline/model/check/check_kinds.h"
#include "pipeline/model/check/peak_memory.h"
#include "pipeline/model/checkpoint.h"

namespace radfm::model::check {
namespace {

constexpr double memory_above_largest_mib_max = 64;
constexpr const char* trap_file = "PWNED";  // what the hostile pickles would write

enum class Expectation { loads, refused, either };

struct GoldenWeights {
  std::string file, reason;
  Expectation expect = Expectation::refused;
  std::filesystem::path path;
  std::optional<std::filesystem::path> values;

  GoldenWeights(Case& golden, const Fields& entry, const std::string& key)
      : file(entry.text(key)),
        reason(entry.has("reason") ? entry.text("reason") : ""),
        path(golden.file(entry, key)) {
    const std::string word = entry.text("expect");
    if (word == "loads")
      expect = Expectation::loads;
    else if (word == "loads-correctly-or-refused")
      expect = Expectation::either;
    else if (word != "refused")
      entry.wrong("expect", "must be loads, refused or loads-correctly-or-refused");
    if (entry.has("values")) values = golden.file(entry, "values");
    // A file in another type names no values of its own: they are the case's, rounded to that type.
    if (!entry.has("values") && expect != Expectation::refused)
      values = golden.find_file("values.safetensors");
  }
};

// What is needed, as the case says.
std::vector<TensorSpec> required_tensors(const Fields& fields) {
  std::vector<TensorSpec> specs;
  for (const Fields& tensor : fields.objects("required")) {
    const auto sizes = tensor.ids("shape");
    specs.push_back({tensor.text("name"), tensor.shape("shape", sizes.size())});
  }
  if (specs.empty()) fields.wrong("required", "must name the needed tensors");
  return specs;
}

// float32 values as bytes of the type that they are stored in, rounded to the nearest, halves to even.
std::vector<std::uint8_t> rounded(const std::vector<float>& values, WeightType type) {
  std::vector<std::uint8_t> bytes(values.size() * bytes_of(type));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const c10::BFloat16 brain(values[i]);
    const c10::Half half(values[i]);
    const void* value = type == WeightType::bf16  ? static_cast<const void*>(&brain)
                        : type == WeightType::f16 ? static_cast<const void*>(&half)
                                                  : static_cast<const void*>(&values[i]);
    std::memcpy(bytes.data() + i * bytes_of(type), value, bytes_of(type));
  }
  return bytes;
}

// Opened, complete, and every needed tensor read and compared bit by bit: what a conversion does. How many
// differ.
Result<int> differing_tensors(const GoldenWeights& golden, const std::vector<TensorSpec>& specs,
                              Mistakes& mistakes) {
  const auto checkpoint = Checkpoint::open(golden.path);
  if (!checkpoint) return checkpoint.error();
  if (auto complete = checkpoint->check(specs); !complete) return complete.error();
  std::optional<SafetensorsFile> expected;
  if (golden.values) {
    auto opened = SafetensorsFile::open(*golden.values);
    if (opened) expected = std::move(opened).value();
  }
  const GoldenTensors values(expected, golden.values.value_or("values of " + golden.file).string(), mistakes);
  int differing = 0;
  for (const TensorSpec& spec : specs) {
    const auto bytes = checkpoint->read(spec.name);
    if (!bytes) return bytes.error();
    if (!expected) continue;
    if (*bytes != rounded(values.floats(spec.name), *checkpoint->at(spec.name).type)) ++differing;
  }
  if (!expected && golden.expect != Expectation::refused)
    mistakes.add("there are no values to compare " + shown(golden.file) + " with");
  return differing;
}

Comparison judge(const GoldenWeights& golden, const Result<int>& differing, std::size_t tensors,
                 CaseFindings& findings) {
  Comparison judged;
  judged.name = shown(golden.file);
  judged.compared = 1;
  const auto fail = [&](const std::string& why) { judged.worst = 1, judged.difference = why; };
  if (differing) {
    judged.found = "loaded, " + std::to_string(tensors) + " tensors";
    if (golden.expect == Expectation::refused)
      fail("it was loaded, it must be refused: " + golden.reason);
    else if (*differing > 0)
      fail(std::to_string(*differing) + " of " + std::to_string(tensors) + " tensors are not the values");
    return judged;
  }
  const std::string code = differing.error().code, sense = "checkpoint_" + golden.reason;
  judged.found = "refused, " + code;
  if (golden.expect == Expectation::loads) fail("it must load: " + shown(differing.error().message));
  if (golden.expect != Expectation::loads && !golden.reason.empty() && code != sense)
    findings.notes.push_back(judged.name + " is refused as " + code + "; the case's word is " +
                             shown(golden.reason));
  return judged;
}

bool trap_sprung(const std::filesystem::path& folder) {
  std::error_code error;
  return std::filesystem::exists(folder / trap_file, error) || std::filesystem::exists(trap_file, error) ||
         std::filesystem::exists(folder / ".." / trap_file, error);
}

Result<CaseFindings> check_weights(Case& golden, const std::vector<Fields>& entries, const std::string& key) {
  const Fields fields = golden.fields();
  const auto specs = required_tensors(fields);
  std::vector<GoldenWeights> files;
  for (const Fields& entry : entries) files.emplace_back(golden, entry, key);
  if (files.empty()) fields.wrong(key, "names no file");
  if (trap_sprung(golden.folder())) fields.wrong("folder", "a file PWNED is there already; remove it");
  if (golden.mistakes().any()) return golden.mistakes().first();

  std::int64_t largest = 0;
  for (const TensorSpec& spec : specs) largest = std::max(largest, spec.values());
  CaseFindings findings;
  double worst_mib = 0;
  bool measured = true;
  for (const GoldenWeights& file : files) {
    const PeakMemory memory;
    const auto differing = differing_tensors(file, specs, golden.mistakes());
    const auto risen = memory.risen_mib();
    measured = measured && risen;
    worst_mib = std::max(worst_mib, risen.value_or(0));
    findings.add(judge(file, differing, specs.size(), findings));
  }
  Comparison traps;
  traps.name = "no file PWNED";
  traps.compared = 1;
  if (trap_sprung(golden.folder()))
    traps.worst = 1, traps.difference = "a hostile file wrote PWNED: its code was run";
  findings.add(traps);
  const double limit = memory_above_largest_mib_max + static_cast<double>(largest * 4) / (1 << 20);
  if (measured)
    findings.add(compare_value("peak memory above the start, MiB", worst_mib, 0, limit));
  else
    findings.notes.push_back("this system does not tell the peak memory of one file");
  return findings;
}

}  // namespace

Result<CaseFindings> check_checkpoint_bad(Case& golden, const CheckOptions&) {
  return check_weights(golden, golden.list(golden.fields(), "files"), "file");
}

Result<CaseFindings> check_checkpoint_sharded(Case& golden, const CheckOptions&) {
  return check_weights(golden, golden.fields().objects("sets"), "index");
}

}  // namespace radfm::model::check
