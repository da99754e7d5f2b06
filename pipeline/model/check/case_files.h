// SPDX-License-Identifier: Apache-2.0
// The files of a golden case. They come from outside: names stay below the folder that holds the cases, sizes
// are bounded, and what does not read is a mistake that names the file and the key. No torch.
//
// Reading remembers the first mistake instead of failing at once: read what a kind needs, then ask
// `mistake()`. What was read after a mistake is an empty value within its limits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/safetensors.h"

namespace radfm::model::check {

inline constexpr std::size_t case_json_bytes_max = 16u << 20;
inline constexpr int case_json_nesting_max = 16;
inline constexpr std::int64_t case_values_max = std::int64_t{1} << 28;  // of one tensor: 1 GiB of float32
inline constexpr std::size_t case_entries_max = 200'000;                // of one list of cases

// The first mistake found in a case's files.
class Mistakes {
 public:
  void add(const std::string& sentence);
  bool any() const { return first_.has_value(); }
  const Error& first() const { return *first_; }  // any() must hold

 private:
  std::optional<Error> first_;
};

// One JSON object of a case. Refers to the JSON and the mistakes of its Case, which must outlive it.
class Fields {
 public:
  Fields(const nlohmann::json& object, std::string where, Mistakes& mistakes);

  bool has(const std::string& key) const;  // there, and not null
  std::string text(const std::string& key) const;
  std::int64_t whole(const std::string& key, std::int64_t min, std::int64_t max) const;
  double number(const std::string& key) const;     // finite
  double tolerance(const std::string& key) const;  // finite, not negative
  bool flag(const std::string& key) const;
  std::vector<int> ids(const std::string& key) const;
  std::vector<float> numbers(const std::string& key) const;
  std::vector<std::string> texts(const std::string& key) const;
  // Positive sizes whose product is at most case_values_max; `rank` of them.
  std::vector<std::int64_t> shape(const std::string& key, std::size_t rank) const;
  Fields object(const std::string& key) const;
  std::vector<Fields> objects(const std::string& key) const;
  std::vector<std::string> keys() const;
  const nlohmann::json& as_json() const { return *object_; }
  // A mistake of this object ("case.json: prompts[3].ids: ...").
  void wrong(const std::string& key, const std::string& expected) const;

 private:
  const nlohmann::json* find(const std::string& key) const;
  template <class Value, class Fits>
  std::vector<Value> items(const std::string& key, const char* what, const Fits& fits) const;

  const nlohmann::json* object_;
  std::string where_;
  Mistakes* mistakes_;
};

// The tensors of one safetensors file of a case.
class GoldenTensors {
 public:
  GoldenTensors(std::optional<SafetensorsFile> file, std::string name, Mistakes& mistakes)
      : file_(std::move(file)), name_(std::move(name)), mistakes_(&mistakes) {}

  bool holds(const std::string& tensor) const;
  std::vector<float> floats(const std::string& tensor) const;         // F32
  std::vector<std::int64_t> wholes(const std::string& tensor) const;  // I64
  std::vector<std::int64_t> shape(const std::string& tensor) const;

 private:
  const TensorView* find(const std::string& tensor, const char* dtype) const;

  std::optional<SafetensorsFile> file_;
  std::string name_;
  Mistakes* mistakes_;
};

// Movable; what it hands out refers to it.
class Case {
 public:
  // permanent "case_unreadable": no case.json, or no JSON object with a "kind".
  static Result<Case> open(const std::filesystem::path& folder);
  Case(Case&&) noexcept;
  Case& operator=(Case&&) noexcept;
  ~Case();

  const std::filesystem::path& folder() const { return folder_; }
  const std::string& kind() const { return kind_; }
  Fields fields();  // of case.json
  // The list of objects in the JSON file that `key` of `fields` names.
  std::vector<Fields> list(const Fields& fields, const std::string& key);
  GoldenTensors tensors(const Fields& fields, const std::string& key);
  // The file that `key` names, looked for in the case's folder, then in the folder that holds the case. The
  // name is relative and goes nowhere above them. A mistake when there is no such file.
  std::filesystem::path file(const Fields& fields, const std::string& key);
  // The same for a name that need not be there: nothing then.
  std::optional<std::filesystem::path> find_file(const std::string& name);

  Mistakes& mistakes() { return *mistakes_; }

 private:
  explicit Case(std::filesystem::path folder);
  const nlohmann::json& keep(nlohmann::json json);

  std::filesystem::path folder_;
  std::string kind_;
  std::unique_ptr<Mistakes> mistakes_;
  std::vector<std::unique_ptr<nlohmann::json>> kept_;  // case.json first
};

}  // namespace radfm::model::check
