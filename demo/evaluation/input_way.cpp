// SPDX-License-Identifier: Apache-2.0
#include "core/configuration.h"
#include "demo/evaluation/report_way.h"
#include "demo/phantom_picture.h"

namespace radfm::demo {
namespace {

class InputWay final : public ReportWay {
 public:
  explicit InputWay(model::EngineClient& engine) : engine_(engine) {}

  Result<WrittenReport> report(std::uint64_t, const Exercise& exercise) override {
    std::vector<model::EngineImage> images;
    for (const phantom::Visit& visit : exercise.images) {
      training::Picture picture = draw_picture(visit);
      images.push_back({picture.shape, picture.pixels});
    }
    const model::GenerateOptions options{RuleAction{}.max_new_tokens};
    const auto generated =
        engine_.generate(exercise.prompt(), images, options, ModelSettings{}.generate_timeout_ms, nullptr);
    if (!generated && generated.error().code == "image_constant") return WrittenReport{generated.error().message, true, true, 0};
    if (!generated) return generated.error();
    return WrittenReport{generated->text, generated->stopped == "end" && generated->flags.empty(), false,
                         generated->vision_ms + generated->prefill_ms + generated->decode_ms};
  }

 private:
  model::EngineClient& engine_;
};

}  // namespace

std::unique_ptr<ReportWay> through_input(model::EngineClient& engine) { return std::make_unique<InputWay>(engine); }

}  // namespace radfm::demo
