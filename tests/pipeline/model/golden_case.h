// SPDX-License-Identifier: Apache-2.0
// Numbers that the authors' code produced (reference/golden in the folder RADFM_SHARED), and model files made
// by tests.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/model/model_config.h"
#include "pipeline/model/safetensors.h"

namespace radfm::model {

// The folder with the golden cases; nothing when this machine does not have it.
inline std::optional<std::filesystem::path> golden_folder() {
  const char* variable = std::getenv("RADFM_SHARED");
  const std::filesystem::path folder =
      std::filesystem::path(variable ? variable : RADFM_SHARED_FOLDER) / "reference" / "golden";
  if (!std::filesystem::is_directory(folder)) return {};
  return folder;
}

#define GOLDEN_FOLDER_OR_SKIP(name)                                            \
  const auto name##_found = radfm::model::golden_folder();                     \
  if (!name##_found) GTEST_SKIP() << "needs reference/golden in RADFM_SHARED"; \
  const std::filesystem::path name = *name##_found

inline nlohmann::json read_json(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return nlohmann::json::parse(stream);
}

template <class Value>
std::vector<Value> values_of(const TensorView& view) {
  std::vector<Value> values(view.bytes / sizeof(Value));
  std::memcpy(values.data(), view.data, values.size() * sizeof(Value));
  return values;
}

// A folder of its own that goes away with the test.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "radfm-model-XXXXXX").string();
    if (!::mkdtemp(name.data())) std::abort();
    path = name;
  }
  ~TestFolder() { std::filesystem::remove_all(path); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path / name, std::ios::binary) << bytes;
    return path / name;
  }
  std::filesystem::path path;
};

// A model directory of the demonstration's sizes whose weights come from a seed: it writes without end, and loads at once.
inline void write_untrained_model(const TestFolder& folder) {
  nlohmann::json config = read_json("models/phantom/config.json");
  config["weights_seed"] = "phantom-1";
  folder.write("config.json", config.dump());
  std::filesystem::copy("models/phantom/tokenizer.model", folder.path / "tokenizer.model");
  folder.write("card.json", R"({"name": "untrained", "version": "1", "licence": "none", "intended_use": "tests"})");
}

// The bytes of a safetensors file with this header and data.
inline std::string safetensors_bytes(const std::string& header, const std::string& data) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return bytes + header + data;
}

struct NamedTensor {
  TensorSpec spec;
  std::vector<float> values;
};

inline std::string safetensors_bytes(const std::vector<NamedTensor>& tensors) {
  nlohmann::json header = nlohmann::json::object();
  std::string data;
  for (const auto& tensor : tensors) {
    const std::size_t begin = data.size();
    data.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size() * sizeof(float));
    header[tensor.spec.name] = {
        {"dtype", "F32"}, {"shape", tensor.spec.shape}, {"data_offsets", {begin, data.size()}}};
  }
  return safetensors_bytes(header.dump(), data);
}

}  // namespace radfm::model
