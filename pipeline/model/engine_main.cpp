// SPDX-License-Identifier: Apache-2.0
// radfm-engine: holds one model and answers on descriptor 3. Run by radfm-worker and radfmctl, not by people.
#include <sys/socket.h>
#include <sys/stat.h>

#include <charconv>
#include <iostream>
#include <optional>
#include <string_view>

#include "core/log.h"
#include "pipeline/model/cuda_device.h"
#include "pipeline/model/engine_sandbox.h"
#include "pipeline/model/engine_server.h"
#include "pipeline/process/child_beginning.h"
#include "pipeline/process/child_process.h"

namespace {

constexpr const char* usage =
    "usage: radfm-engine --model DIR [--device auto|cpu|cuda|cuda:N] [--dtype auto|f32|bf16|f16|int8|int4] [--threads N]\n"
    "                    [--embedding-cache-mb N] [--known-answer check|record] [--jobs-at-once N]\n"
    "Answers on descriptor 3, a socket that radfm-worker or radfmctl opens before it runs this program.\n";

constexpr int threads_max = 1024, embedding_cache_mb_max = 65'536;

struct Options {
  radfm::model::LoadOptions load;
  int jobs_at_once = 1;
};

// A whole number from 0 to `limit`.
bool read_number(std::string_view text, int limit, int& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= limit;
}

std::optional<Options> parse(int count, char** arguments) {
  Options all;
  radfm::model::LoadOptions& options = all.load;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i], value = arguments[i + 1];
    if (name == "--model") {
      options.directory = value;
    } else if (name == "--device") {
      options.device = value;
    } else if (name == "--dtype") {
      options.dtype = value;
    } else if (name == "--threads") {
      if (!read_number(value, threads_max, options.threads)) return {};
    } else if (name == "--known-answer") {
      if (value != "check" && value != "record") return {};
      options.record_known_answer = value == "record";
    } else if (name == "--embedding-cache-mb") {
      if (!read_number(value, embedding_cache_mb_max, options.embedding_cache_mb)) return {};
    } else if (name == "--jobs-at-once") {
      if (!read_number(value, radfm::model::jobs_at_once_max, all.jobs_at_once) || all.jobs_at_once < 1) return {};
    } else {
      return {};
    }
  }
  if (count % 2 == 0 || options.directory.empty()) return {};
  return all;
}

bool is_socket(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

}  // namespace

int main(int count, char** arguments) {
  const auto options = parse(count, arguments);
  if (!options || !is_socket(radfm::process::channel_fd_in_child)) {
    std::cerr << usage;
    return 2;
  }
  radfm::process::begin_as_child();
  const bool gpu = radfm::model::cuda::built_in() && options->load.device != "cpu";
  if (!radfm::model::enter_engine_sandbox(gpu, options->load.record_known_answer))
    radfm::log_line(radfm::LogLevel::warning, "engine", "this kernel has no seccomp filters: the engine keeps rights that it does not need");
  radfm::model::EngineServer server(radfm::process::FileDescriptor{radfm::process::channel_fd_in_child}, options->jobs_at_once);
  const int code = server.serve(options->load);  // std::bad_alloc ends in begin_as_child's exit code
  std::_Exit(code);  // the listening thread may be in the middle of anything
}
