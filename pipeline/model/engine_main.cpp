// SPDX-License-Identifier: Apache-2.0
// radfm-engine: holds one model and answers on descriptor 3. Run by radfm-worker and radfmctl, not by people.
#include <sys/socket.h>
#include <sys/stat.h>

#include <charconv>
#include <iostream>
#include <optional>
#include <string_view>

#include "pipeline/model/engine_server.h"
#include "pipeline/process/child_process.h"

namespace {

constexpr const char* usage =
    "usage: radfm-engine --model DIR [--device auto|cpu|cuda|cuda:N] [--threads N]\n"
    "Answers on descriptor 3, a socket that radfm-worker or radfmctl opens before it runs this program.\n";

constexpr int threads_max = 1024;

std::optional<radfm::model::LoadOptions> parse(int count, char** arguments) {
  radfm::model::LoadOptions options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i], value = arguments[i + 1];
    if (name == "--model") {
      options.directory = value;
    } else if (name == "--device") {
      options.device = value;
    } else if (name == "--threads") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), options.threads);
      if (error != std::errc() || end != value.data() + value.size() || options.threads < 0 ||
          options.threads > threads_max)
        return {};
    } else {
      return {};
    }
  }
  if (count % 2 == 0 || options.directory.empty()) return {};
  return options;
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
  radfm::model::EngineServer server(radfm::process::FileDescriptor{radfm::process::channel_fd_in_child});
  const int code = server.serve(*options);
  std::_Exit(code);  // the listening thread may be in the middle of anything
}
