// SPDX-License-Identifier: Apache-2.0
// radfm-reader: opens the foreign files of one study and answers over descriptor 3 (reader_client.h says what
// is sent). Started by the worker and by radfmctl; it gives up its rights before it looks at the first byte.
// Exit: 0 answered (also with an error), 2 started by hand, 3 the conversation broke.
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "pipeline/imaging/codecs.h"
#include "pipeline/imaging/read_files.h"
#include "pipeline/imaging/sandbox.h"
#include "pipeline/process/channel.h"
#include "pipeline/process/child_beginning.h"
#include "pipeline/process/child_process.h"
#include "pipeline/process/error_frame.h"
#include "pipeline/process/json_field.h"
#include "pipeline/process/shared_memory.h"

namespace {

using namespace radfm;
using process::text_field;

constexpr int exit_answered = 0, exit_usage = 2, exit_broken = 3;

// A study has more files than the usual 1,024 descriptors.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

struct Request {
  std::vector<process::FileDescriptor> descriptors;
  std::vector<imaging::InputFile> files;
  imaging::ReadOptions options;
};

Result<Request> receive_request(process::Channel& channel) {
  Request request;
  for (;;) {
    Result<process::Frame> frame = channel.receive(-1);
    if (!frame) return frame.error();
    const std::string type = text_field(frame->json, "type");
    if (type == "read") {
      request.options = imaging::read_options_from_json(process::field(frame->json, "options"));
      return request;
    }
    if (type != "file" || frame->descriptors.size() != 1) {
      return permanent_error("bad_request", "the reader was sent a message that it does not know");
    }
    request.files.push_back({frame->descriptors.front().get(), text_field(frame->json, "label")});
    request.descriptors.push_back(std::move(frame->descriptors.front()));
  }
}

Status send_pixels(process::Channel& channel, const imaging::PixelBlock& block) {
  std::vector<int> descriptors{block.display.fd()};
  process::FileDescriptor values;
  if (!block.values.empty()) {
    Result<process::FileDescriptor> shared =
        process::make_shared(block.values.data(), block.values.size() * sizeof(float));
    if (!shared) return shared.error();
    values = std::move(*shared);
    descriptors.push_back(values.get());
  }
  return channel.send({{"type", "block"}}, descriptors);
}

nlohmann::json announced(const std::vector<imaging::ReportDocument>& documents) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& document : documents) list.push_back({{"report", document.report}, {"bytes", document.bytes.size()}});
  return list;
}

Status send_documents(process::Channel& channel, const std::vector<imaging::ReportDocument>& documents) {
  for (const auto& document : documents) {
    Result<process::FileDescriptor> shared = process::make_shared(document.bytes.data(), document.bytes.size());
    if (!shared) return shared.error();
    if (Status sent = channel.send({{"type", "document"}}, {shared->get()}); !sent) return sent;
  }
  return {};
}

Status answer(process::Channel& channel, const Request& request) {
  // The client takes at most two progress frames for each file.
  std::size_t frames_left = 2 * request.files.size();
  const imaging::Progress progress = [&](int done, int of) {
    if (frames_left == 0) return;
    --frames_left;
    static_cast<void>(channel.send({{"type", "progress"}, {"done", done}, {"of", of}}));
  };
  Result<imaging::StudyReading> reading = imaging::read_files(request.files, request.options, {}, progress);
  if (!reading) return reading.error();
  nlohmann::json blocks = nlohmann::json::array();
  for (const auto& block : reading->pixels) {
    blocks.push_back(
        {{"display_bytes", block.display.size()}, {"values_bytes", block.values.size() * sizeof(float)}});
  }
  const nlohmann::json study = {
      {"type", "study"}, {"reading", imaging::to_json(*reading)}, {"blocks", blocks}, {"documents", announced(reading->documents)}};
  if (Status sent = channel.send(study); !sent) return sent;
  for (const auto& block : reading->pixels) {
    if (block.display.empty()) continue;
    if (Status sent = send_pixels(channel, block); !sent) return sent;
  }
  return send_documents(channel, reading->documents);
}

Status serve(process::Channel& channel) {
  if (!imaging::prepare_decoders()) {
    return permanent_error("no_dictionary",
                           "DCMTK's data dictionary was not found: install libdcmtk17 or set DCMDICTPATH");
  }
  if (Status inside = imaging::enter_sandbox(); !inside) return inside;
  Result<Request> request = receive_request(channel);
  if (!request) return request.error();
  return answer(channel, *request);
}

// Slices are decoded one after the other into blocks of the same few sizes: kept, not given back to the kernel each time.
void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

int run() {
  raise_descriptor_limit();
  keep_freed_memory();
  process::Channel channel{process::FileDescriptor(process::channel_fd_in_child)};
  Status served = permanent_error("reader_error", "the reader met an error of its own");
  try {
    served = serve(channel);
  } catch (const std::bad_alloc&) {
    served = process::out_of_memory_error("reader");
  } catch (const std::exception&) {
    // What the exception says may quote the file.
  }
  if (served) return exit_answered;
  return channel.send(process::error_frame(served.error())) ? exit_answered : exit_broken;
}

}  // namespace

int main(int argc, char**) {
  struct stat facts {};
  const bool has_channel = fstat(process::channel_fd_in_child, &facts) == 0 && S_ISSOCK(facts.st_mode);
  if (argc > 1 || !has_channel) {
    std::cerr << "radfm-reader " RADFM_VERSION
                 " is started by radfm-worker and radfmctl, which hand it open files; "
                 "to look at files, use: radfmctl inspect PATH\n";
    return exit_usage;
  }
  process::begin_as_child();
  // No destructors of libraries: they would only add ways to fail after the answer.
  std::_Exit(run());
}
