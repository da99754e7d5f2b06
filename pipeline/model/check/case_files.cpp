// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/check/case_files.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "pipeline/model/check/comparison.h"
#include "pipeline/model/file_text.h"

namespace radfm::model::check {
namespace {

using nlohmann::json;

const json no_object = json::object();

Error unreadable(const std::string& sentence) {
  return permanent_error("case_unreadable", sentence);
}

// Without recursion, and not deeper than any honest case.
Result<json> read_json(const std::filesystem::path& file) {
  auto text = read_file_text(file, case_json_bytes_max);
  if (!text) return unreadable(text.error().message);
  bool too_deep = false;
  const auto watch = [&](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > case_json_nesting_max;
    return !too_deep;
  };
  json parsed = json::parse(*text, watch, false);
  if (too_deep || parsed.is_discarded()) return unreadable(file.string() + " is no JSON text, or is damaged");
  return parsed;
}

// Relative, and without a step upwards.
bool stays_below(const std::filesystem::path& name) {
  if (name.empty() || name.is_absolute() || name.native().find('\0') != std::string::npos) return false;
  return std::none_of(name.begin(), name.end(), [](const auto& part) { return part == ".."; });
}

bool is_whole(const json& item, std::int64_t min, std::int64_t max) {
  if (!item.is_number_integer()) return false;
  if (item.is_number_unsigned() && item.get<std::uint64_t>() > std::uint64_t{INT64_MAX}) return false;
  return item.get<std::int64_t>() >= min && item.get<std::int64_t>() <= max;
}

template <class Value>
std::vector<Value> copied(const TensorView& view) {
  std::vector<Value> values(view.bytes / sizeof(Value));
  if (!values.empty()) std::memcpy(values.data(), view.data, values.size() * sizeof(Value));
  return values;
}

}  // namespace

void Mistakes::add(const std::string& sentence) {
  if (!first_) first_ = unreadable(sentence);
}

Fields::Fields(const json& object, std::string where, Mistakes& mistakes)
    : object_(&object), where_(std::move(where)), mistakes_(&mistakes) {
  if (object_->is_object()) return;
  mistakes_->add(where_ + " must be an object");
  object_ = &no_object;
}

void Fields::wrong(const std::string& key, const std::string& expected) const {
  mistakes_->add(where_ + ": " + shown(key) + ": " + expected);
}

const json* Fields::find(const std::string& key) const {
  const auto found = object_->find(key);
  if (found != object_->end()) return &*found;
  wrong(key, "missing");
  return nullptr;
}

bool Fields::has(const std::string& key) const {
  const auto found = object_->find(key);
  return found != object_->end() && !found->is_null();
}

std::vector<std::string> Fields::keys() const {
  std::vector<std::string> names;
  for (const auto& [key, value] : object_->items()) names.push_back(key);
  return names;
}

// The list at `key`, when each of its items fits.
template <class Value, class Fits>
std::vector<Value> Fields::items(const std::string& key, const char* what, const Fits& fits) const {
  const json* found = find(key);
  if (!found) return {};
  if (!found->is_array() || !std::all_of(found->begin(), found->end(), fits)) {
    wrong(key, std::string("must be a list of ") + what);
    return {};
  }
  return found->get<std::vector<Value>>();
}

std::string Fields::text(const std::string& key) const {
  const json* found = find(key);
  if (found && found->is_string()) return found->get<std::string>();
  if (found) wrong(key, "must be a text");
  return {};
}

std::int64_t Fields::whole(const std::string& key, std::int64_t min, std::int64_t max) const {
  const json* found = find(key);
  if (found && is_whole(*found, min, max)) return found->get<std::int64_t>();
  if (found) wrong(key, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return min;
}

double Fields::number(const std::string& key) const {
  const json* found = find(key);
  if (found && found->is_number() && std::isfinite(found->get<double>())) return found->get<double>();
  if (found) wrong(key, "must be a number");
  return 0;
}

double Fields::tolerance(const std::string& key) const {
  const double value = number(key);
  if (value < 0) wrong(key, "must be 0 or more");
  return value;
}

bool Fields::flag(const std::string& key) const {
  const json* found = find(key);
  if (found && found->is_boolean()) return found->get<bool>();
  if (found) wrong(key, "must be true or false");
  return false;
}

std::vector<int> Fields::ids(const std::string& key) const {
  constexpr std::int64_t min = std::numeric_limits<int>::min(), max = std::numeric_limits<int>::max();
  return items<int>(key, "whole numbers of 32 bits",
                    [](const json& item) { return is_whole(item, min, max); });
}

std::vector<float> Fields::numbers(const std::string& key) const {
  return items<float>(key, "numbers", [](const json& item) { return item.is_number(); });
}

std::vector<std::string> Fields::texts(const std::string& key) const {
  return items<std::string>(key, "texts", [](const json& item) { return item.is_string(); });
}

std::vector<std::int64_t> Fields::shape(const std::string& key, std::size_t rank) const {
  const std::vector<int> sizes = ids(key);
  std::int64_t values = 1;
  bool good = sizes.size() == rank;
  for (const int size : sizes) good = good && size >= 1 && (values *= size) <= case_values_max;
  if (good) return {sizes.begin(), sizes.end()};
  wrong(key, "must be " + std::to_string(rank) + " sizes from 1 on with at most " +
                 std::to_string(case_values_max) + " values in all");
  return std::vector<std::int64_t>(rank, 1);
}

Fields Fields::object(const std::string& key) const {
  const json* found = find(key);
  return {found ? *found : no_object, where_ + ": " + shown(key), *mistakes_};
}

std::vector<Fields> Fields::objects(const std::string& key) const {
  const json* found = find(key);
  std::vector<Fields> list;
  if (!found) return list;
  if (!found->is_array() || found->size() > case_entries_max) {
    wrong(key, "must be a list of at most " + std::to_string(case_entries_max) + " objects");
    return list;
  }
  for (std::size_t i = 0; i < found->size(); ++i)
    list.emplace_back((*found)[i], where_ + ": " + shown(key) + "[" + std::to_string(i) + "]", *mistakes_);
  return list;
}

bool GoldenTensors::holds(const std::string& tensor) const {
  return file_ && file_->tensors().contains(tensor);
}

const TensorView* GoldenTensors::find(const std::string& tensor, const char* dtype) const {
  if (!file_) return nullptr;
  const auto found = file_->tensors().find(tensor);
  if (found == file_->tensors().end())
    mistakes_->add(name_ + " does not hold the tensor " + shown(tensor));
  else if (found->second.dtype != dtype)
    mistakes_->add(name_ + ": the tensor " + shown(tensor) + " is " + found->second.dtype + ", must be " +
                   dtype);
  else
    return &found->second;
  return nullptr;
}

std::vector<float> GoldenTensors::floats(const std::string& tensor) const {
  const TensorView* view = find(tensor, "F32");
  return view ? copied<float>(*view) : std::vector<float>();
}

std::vector<std::int64_t> GoldenTensors::wholes(const std::string& tensor) const {
  const TensorView* view = find(tensor, "I64");
  return view ? copied<std::int64_t>(*view) : std::vector<std::int64_t>();
}

std::vector<std::int64_t> GoldenTensors::shape(const std::string& tensor) const {
  if (holds(tensor)) return file_->tensors().at(tensor).shape;
  mistakes_->add(name_ + " does not hold the tensor " + shown(tensor));
  return {};
}

Case::Case(std::filesystem::path folder)
    : folder_(std::move(folder)), mistakes_(std::make_unique<Mistakes>()) {}
Case::Case(Case&&) noexcept = default;
Case& Case::operator=(Case&&) noexcept = default;
Case::~Case() = default;

const json& Case::keep(json json) {
  return *kept_.emplace_back(std::make_unique<nlohmann::json>(std::move(json)));
}

Result<Case> Case::open(const std::filesystem::path& folder) {
  auto parsed = read_json(folder / "case.json");
  if (!parsed) return parsed.error();
  Case opened(folder);
  opened.keep(std::move(parsed).value());
  opened.kind_ = opened.fields().text("kind");
  if (opened.mistakes().any()) return opened.mistakes().first();
  return opened;
}

Fields Case::fields() {
  return {*kept_.front(), (folder_ / "case.json").string(), *mistakes_};
}

std::optional<std::filesystem::path> Case::find_file(const std::string& name) {
  if (!stays_below(name)) return {};
  std::error_code error;
  for (const auto& place : {folder_, folder_ / ".."})
    if (std::filesystem::is_regular_file(place / name, error)) return place / name;
  return {};
}

std::filesystem::path Case::file(const Fields& fields, const std::string& key) {
  const std::string name = fields.text(key);
  if (const auto found = find_file(name)) return *found;
  fields.wrong(key, stays_below(name) ? "there is no file " + shown(name) + " beside it"
                                      : "must name a file in or beside the case's folder");
  return {};
}

std::vector<Fields> Case::list(const Fields& fields, const std::string& key) {
  const auto path = file(fields, key);
  std::vector<Fields> entries;
  if (path.empty()) return entries;
  auto parsed = read_json(path);
  if (!parsed) {
    mistakes_->add(parsed.error().message);
    return entries;
  }
  const json& kept = keep(std::move(parsed).value());
  if (!kept.is_array() || kept.size() > case_entries_max) {
    mistakes_->add(path.string() + " must be a list of at most " + std::to_string(case_entries_max) +
                   " objects");
    return entries;
  }
  for (std::size_t i = 0; i < kept.size(); ++i)
    entries.emplace_back(kept[i], path.filename().string() + "[" + std::to_string(i) + "]", *mistakes_);
  return entries;
}

GoldenTensors Case::tensors(const Fields& fields, const std::string& key) {
  const auto path = file(fields, key);
  if (path.empty()) return {std::nullopt, "", *mistakes_};
  auto opened = SafetensorsFile::open(path);
  if (!opened) {
    mistakes_->add(path.string() + ": " + opened.error().message);
    return {std::nullopt, path.string(), *mistakes_};
  }
  return {std::move(opened).value(), path.string(), *mistakes_};
}

}  // namespace radfm::model::check
