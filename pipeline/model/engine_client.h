// SPDX-License-Identifier: Apache-2.0
// Runs radfm-engine, which holds the model, and talks to it. Links no torch.
//
// Command line: radfm-engine --model DIR --device DEVICE --dtype TYPE --threads N (0: all cores) --embedding-cache-mb N
// --known-answer check|record --jobs-at-once N.
// Wire (pipeline/process/channel.h; error frames: pipeline/process/error_frame.h). From the engine after start: {"type":"loading","done":bytes,"of":bytes} frames, then
// {"type":"ready","model":{ModelFacts}} or {"type":"error","class":..,"code":..,"message":..}.
// To it: {"type":"generate","id":n,"prompt":[..],"images":[{"width","height","depth","channels"}],"max_new_tokens":n,
// "cuts":[[part,..],..],"urgent":false}
// + one sealed memfd for each image; {"type":"cancel","id":n}. From it: {"type":"progress","id":n,"stage":
// "vision"|"reading_prompt"|"generating"|"waiting","done":k,"of":m,"text":"so far"} as soon as it is begun, and at least once a token, a
// layer of the prompt and a layer of an image (an engine that is silent for longer is stuck, see stall_timeout_ms), then
// {"type":"result","id":n,"generated":{..}} or {"type":"error","id":n,...}. It exits when the channel closes.
// The engine holds --jobs-at-once (1) ordinary questions and an urgent one; a further one of a kind is its transient error "engine_busy".
// Of ordinary ones it computes as many together as it has memory for, and begins a next one when the images and the prompts of those
// before it are read. For an urgent one it puts all others aside between two steps ("waiting", which is also its last word on each until
// the urgent one's end), and goes on with them afterwards from where they were.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/engine_turn.h"
#include "pipeline/model/generate_request.h"
#include "pipeline/model/prompt.h"

namespace radfm::model {

class EngineProcess;

struct EngineStart {
  std::filesystem::path program;    // radfm-engine
  std::filesystem::path model_directory;
  std::string device = "auto";
  int threads = 0;
  std::int64_t load_timeout_ms = 900'000;   // in all, whatever it says meanwhile
  std::string dtype = "auto";    // auto, f32, bf16, f16, int8, int4
  int embedding_cache_mb = 64;   // 0: images are encoded each time
  bool record_known_answer = false;  // write known_answer.json (float32, processor) instead of checking it
  std::int64_t stall_timeout_ms = 300'000;  // without a word while it answers: a hung device
  int jobs_at_once = 1;  // ordinary questions that it answers together, as far as its memory suffices; at most jobs_at_once_max
};

struct EngineProgress {
  std::string stage;  // "vision", "reading_prompt", "generating"; "waiting": put aside for an urgent question
  int done = 0, of = 0;
  std::string text_so_far;
};

// One engine process. start() is called on a thread that lives as long as the engine does (process/child_process.h). All else is
// safe from any thread: several may ask at once, and each waits for its own answer only. A thread of the client's own reads the
// channel; `progress` is called on the thread that asks. Ordinary questions are answered jobs_at_once together, urgent ones one after
// the other, without waiting for an ordinary one. A question's time runs while the engine computes it, not while it waits; several that
// are computed together share it. Nobody asks any more when the client is destroyed, which ends the engine.
class EngineClient {
 public:
  static Result<EngineClient> start(const EngineStart& start, int wake_fd = -1);
  EngineClient(EngineClient&&) noexcept;
  EngineClient& operator=(EngineClient&&) noexcept;
  ~EngineClient();
  const ModelFacts& facts() const { return facts_; }
  bool alive();
  pid_t pid() const;

  // Errors (a code for a prompt that does not fit the model's context: prompt_too_long_code): of the question that the engine
  // computed: poison when the engine dies, exceeds its time limit ("engine_timeout") or is silent for
  // stall_timeout_ms ("engine_stalled"; it is killed then; start a new one), vanished when it
  // was killed from outside; of several that were answered together failed_together_code instead of these, but for the time limit,
  // which is that of one; of all others then transient engine_lost_code. permanent for a prompt that cannot be read (too long, bad
  // image), cancelled "woken" when wake_fd became readable (the engine is told to cancel and stays usable).
  Result<Generated> generate(const Prompt& prompt, const std::vector<EngineImage>& images, const GenerateOptions& options,
                             std::int64_t timeout_ms, const std::function<void(const EngineProgress&)>& progress,
                             int wake_fd = -1, EngineTurn turn = EngineTurn::together);

 private:
  EngineClient(std::unique_ptr<EngineProcess> process, ModelFacts facts);
  std::unique_ptr<EngineProcess> process_;
  ModelFacts facts_;
};

}  // namespace radfm::model
