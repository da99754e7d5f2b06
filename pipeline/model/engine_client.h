// SPDX-License-Identifier: Apache-2.0
// Runs radfm-engine, which holds the model, and talks to it. Links no torch.
//
// Command line: radfm-engine --model DIR --device DEVICE --dtype TYPE --threads N (0: all cores) --embedding-cache-mb N
// --known-answer check|record.
// Wire (pipeline/process/channel.h; error frames: pipeline/process/error_frame.h). From the engine after start: {"type":"loading","done":bytes,"of":bytes} frames, then
// {"type":"ready","model":{ModelFacts}} or {"type":"error","class":..,"code":..,"message":..}.
// To it: {"type":"generate","id":n,"prompt":[..],"images":[{"width","height","depth","channels"}],"max_new_tokens":n,
// "cuts":[[part,..],..]}
// + one sealed memfd for each image; {"type":"cancel","id":n}. From it: {"type":"progress","id":n,"stage":
// "vision"|"reading_prompt"|"generating","done":k,"of":m,"text":"so far"} at least once a token, a layer of the prompt and a
// layer of an image (an engine that is silent for longer is stuck, see stall_timeout_ms), then
// {"type":"result","id":n,"generated":{..}} or {"type":"error","id":n,...}. It exits when the channel closes.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/prompt.h"
#include "pipeline/process/child_process.h"
#include "pipeline/process/shared_memory.h"

namespace radfm::model {

struct EngineStart {
  std::filesystem::path program;    // radfm-engine
  std::filesystem::path model_directory;
  std::string device = "auto";
  int threads = 0;
  std::int64_t load_timeout_ms = 900'000;   // in all, whatever it says meanwhile
  std::string dtype = "auto";    // auto, f32, bf16, f16
  int embedding_cache_mb = 64;   // 0: images are encoded each time
  bool record_known_answer = false;  // write known_answer.json (float32, processor) instead of checking it
  std::int64_t stall_timeout_ms = 300'000;  // without a word while it answers: a hung device
};

struct EngineImage {
  ImageShape shape;
  process::SharedBytes pixels;  // shape.bytes() bytes, handed to the engine as they are
};

struct EngineProgress {
  std::string stage;  // "vision", "reading_prompt", "generating"
  int done = 0, of = 0;
  std::string text_so_far;
};

// One engine process. Used from one thread (the one that started it).
class EngineClient {
 public:
  static Result<EngineClient> start(const EngineStart& start, int wake_fd = -1);
  const ModelFacts& facts() const { return facts_; }
  bool alive();
  pid_t pid() const;

  // Errors (a code for a prompt that does not fit the model's context: prompt_too_long_code): poison when the engine dies, exceeds
  // the time limit ("engine_timeout") or is silent for stall_timeout_ms ("engine_stalled"; it is killed then; start a new one),
  // transient "engine_stalled" when it does not even come back from a question that was cancelled before, vanished when it
  // was killed from outside, permanent for a prompt that cannot be read (too long, bad image), cancelled "woken" when
  // wake_fd became readable (the engine is told to cancel and stays usable).
  Result<Generated> generate(const Prompt& prompt, const std::vector<EngineImage>& images, const GenerateOptions& options,
                             std::int64_t timeout_ms, const std::function<void(const EngineProgress&)>& progress,
                             int wake_fd = -1);

 private:
  EngineClient(process::ChildProcess child, std::int64_t stall_timeout_ms)
      : child_(std::move(child)), stall_timeout_ms_(stall_timeout_ms) {}
  Error death();
  Error stalled();
  Result<process::Frame> next_frame(std::int64_t deadline_boot_ms, int wake_fd);
  Error explain(const Error& error, const std::string& doing, std::int64_t limit_ms);
  Status finish_cancelled(std::int64_t deadline_boot_ms, int wake_fd);
  Error cancel(int id);
  process::ChildProcess child_;
  std::int64_t stall_timeout_ms_;
  ModelFacts facts_;
  int next_id_ = 1;
  int unfinished_id_ = 0;  // cancelled, and its last frame has not come yet
};

}  // namespace radfm::model
