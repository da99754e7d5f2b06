// SPDX-License-Identifier: Apache-2.0
#include "demo/training/training_folder.h"

#include <nlohmann/json.hpp>

#include "pipeline/model/conversion/output_folder.h"
#include "pipeline/model/file_text.h"

namespace radfm::training {
namespace {

using nlohmann::json;

constexpr const char* name = "training.json";
constexpr int format = 1;

Error bad(const std::filesystem::path& file, const std::string& why) {
  return permanent_error("training_state_bad",
                         file.string() + ": " + why + "; start anew with another --out, or restore the folder");
}

}  // namespace

std::filesystem::path state_file(const std::filesystem::path& folder, const RunState& state) {
  return folder / ("state-" + std::to_string(state.steps_done()) + ".safetensors");
}

Result<RunState> read_run_state(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / name;
  if (!std::filesystem::exists(file))
    return permanent_error("training_state_missing",
                           folder.string() + " holds no training that could go on (no " + name + ")");
  const auto text = model::read_file_text(file, training_json_bytes_max);
  if (!text) return text.error();
  const json root = json::parse(*text, nullptr, false);
  if (!root.is_object() || root.value("format", json(0)) != format)
    return bad(file, "not a training of this program");
  RunState state;
  try {
    state.seed = root.at("seed").get<std::string>();
    state.model = root.at("model").get<std::string>();
    state.records = root.at("records").get<std::string>();
    state.from = root.value("from", "");
    state.workers = root.at("workers").get<int>();
    state.steps = root.at("steps").get<std::array<std::int64_t, 2>>();
    state.stage = root.at("stage").get<int>();
    state.step = root.at("step").get<std::int64_t>();
    state.cursors.radiograph = root.at("next_radiograph").get<std::uint64_t>();
    state.cursors.volume = root.at("next_volume").get<std::uint64_t>();
    state.minutes = root.at("minutes").get<double>();
    state.processor_minutes = root.at("processor_minutes").get<double>();
  } catch (const json::exception& error) {
    return bad(file, error.what());
  }
  const bool steps_good = state.steps[0] >= 0 && state.steps[1] >= 0 && state.all_steps() > 0;
  const bool place_good = state.stage >= 0 && state.stage <= 2 && state.step >= 0 &&
                          state.step <= (state.stage < 2 ? state.steps[static_cast<std::size_t>(state.stage)] : 0);
  if (!steps_good || !place_good || state.workers < 1) return bad(file, "numbers that cannot be");
  return state;
}

Status write_run_state(const std::filesystem::path& folder, const RunState& state) {
  const json root = {{"format", format},
                     {"seed", state.seed},
                     {"model", state.model},
                     {"records", state.records},
                     {"from", state.from},
                     {"workers", state.workers},
                     {"steps", state.steps},
                     {"stage", state.stage},
                     {"step", state.step},
                     {"next_radiograph", state.cursors.radiograph},
                     {"next_volume", state.cursors.volume},
                     {"minutes", state.minutes},
                     {"processor_minutes", state.processor_minutes}};
  const std::string text = root.dump(2) + "\n";
  const std::filesystem::path fresh = folder / "training.json.new";
  std::error_code error;
  std::filesystem::remove(fresh, error);  // of a process that was killed while writing
  {
    const auto out = model::OutputFile::create(fresh);
    if (!out) return out.error();
    if (auto done = out->write(0, text.data(), text.size()); !done) return done;
    if (auto durable = out->make_durable(); !durable) return durable;
  }
  std::filesystem::rename(fresh, folder / name, error);
  if (error)
    return transient_error("conversion_cannot_write",
                           (folder / name).string() + " cannot be written: " + error.message());
  const auto kept = state_file(folder, state).filename();
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string found = entry.path().filename().string();
    std::error_code ignored;
    if (found.starts_with("state-") && entry.path().filename() != kept)
      std::filesystem::remove(entry.path(), ignored);
  }
  return {};
}

}  // namespace radfm::training
