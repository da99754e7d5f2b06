// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <filesystem>

#include "demo/evaluation/exercise_files.h"
#include "demo/evaluation/report_way.h"
#include "demo/evaluation/throw_away_folder.h"
#include "pipeline/draft/draft_pipeline.h"

namespace radfm::demo {
namespace {

namespace fs = std::filesystem;

class FilesWay final : public ReportWay {
 public:
  explicit FilesWay(model::EngineClient& engine) : engine_(engine) {}

  Result<WrittenReport> report(std::uint64_t patient, const Exercise& exercise) override {
    const ThrowAwayFolder folder;
    if (Status written = write_exercise_files(folder.path(), patient, exercise); !written) return written.error();
    const auto begin = std::chrono::steady_clock::now();
    const std::vector<imaging::StudyFile> files = open_study(folder.path() / "current");
    std::vector<draft::PriorCandidate> priors;
    if (fs::exists(folder.path() / "prior")) priors.push_back({open_study(folder.path() / "prior"), {}});
    draft::PrepareInput input;
    input.files = &files;
    input.priors = &priors;
    input.configuration = &configuration_;
    input.model = engine_.facts();
    Result<draft::PrepareResult> prepared = draft::prepare(input, nullptr, -1);
    if (!prepared && prepared.error().code == "blank_image") return WrittenReport{prepared.error().message, true, true, 0};
    if (!prepared) return prepared.error();
    if (!prepared->prepared) return WrittenReport{prepared->skip->why, true, true, 0};
    const auto generated = draft::ask_model(engine_, *prepared->prepared, RuleAction{}, configuration_, nullptr, -1);
    if (!generated) return generated.error();
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    // What is flagged of the text's sense is judged by the evaluation itself.
    const bool loops = std::ranges::find(generated->flags, flag::repeats) != generated->flags.end();
    return WrittenReport{generated->text, generated->stopped == "end" && generated->cuts_made == 0 && !loops, false, ms};
  }

 private:
  model::EngineClient& engine_;
  Configuration configuration_;
};

}  // namespace

std::unique_ptr<ReportWay> through_files(model::EngineClient& engine) { return std::make_unique<FilesWay>(engine); }

}  // namespace radfm::demo
