// SPDX-License-Identifier: Apache-2.0
// No file makes its reader take much memory: each is judged in a child process, whose peak is measured.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <fstream>
#include <functional>

#include "pipeline/model/checkpoint.h"
#include "pipeline/model/checkpoint/state_dict.h"
#include "pipeline/model/checkpoint/weight_index.h"
#include "pipeline/model/checkpoint/zip_directory.h"
#include "tests/pipeline/model/checkpoint/pickle_text.h"
#include "tests/pipeline/model/golden_case.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SKIP_WITH_SANITIZERS GTEST_SKIP() << "sanitizers take memory of their own"
#else
#define SKIP_WITH_SANITIZERS
#endif

namespace radfm::model {
namespace {

constexpr long more_kib_max = 64 * 1024;  // above what an honest small file needs

// Peak resident memory, in KiB, of a process that opens, checks and reads everything in a file.
long peak_kib(const std::filesystem::path& file, const std::vector<TensorSpec>& specs) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto checkpoint = Checkpoint::open(file);
    if (checkpoint.ok() && checkpoint->check(specs).ok())
      for (const auto& spec : specs) (void)checkpoint->read(spec.name).ok();
    ::_exit(0);
  }
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  EXPECT_EQ(status, 0) << file << " ended its reader";
  return usage.ru_maxrss;
}

// Each file of the reference against the honest one.
TEST(CheckpointMemory, OfTheReferenceFiles) {
  SKIP_WITH_SANITIZERS;
  GOLDEN_FOLDER_OR_SKIP(golden);
  const auto folder = golden / "checkpoint-bad";
  std::vector<TensorSpec> specs;
  const auto json = read_json(folder / "case.json");
  for (const auto& entry : json["required"])
    specs.push_back({entry["name"], entry["shape"].get<std::vector<std::int64_t>>()});
  const long honest = peak_kib(folder / "ok-old-layout.bin", specs);
  for (const auto& entry : read_json(folder / "files.json"))
    EXPECT_LE(peak_kib(folder / entry["file"].get<std::string>(), specs), honest + more_kib_max)
        << entry["file"];
  EXPECT_FALSE(std::filesystem::exists("PWNED"));
}

// Bytes made in a child too: what this process once held would count for every child behind it.
void write_in_child(const std::filesystem::path& file, const std::function<std::string()>& bytes) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::ofstream(file, std::ios::binary) << bytes();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
}

std::string archive_of(const std::string& pickle) {
  return test::stored_zip({{"r/data.pkl", pickle}, {"r/data/0", std::string(24, 'x')}});
}

std::string repeated(std::string text, std::size_t bytes,
                     const std::function<std::string(std::uint64_t)>& part, const std::string& end) {
  for (std::uint64_t i = 0;; ++i) {
    const std::string next = part(i);
    if (text.size() + next.size() + end.size() > bytes) return text + end;
    text += next;
  }
}

// Files as large and as nested as the limits let them be.
TEST(CheckpointMemory, OfFilesAtTheLimits) {
  SKIP_WITH_SANITIZERS;
  const TestFolder folder;
  long honest = 0;
  const auto judged = [&](const char* name, const std::function<std::string()>& bytes) {
    write_in_child(folder.path / name, bytes);
    const long peak = peak_kib(folder.path / name, {});
    if (honest == 0) honest = peak;
    EXPECT_LE(peak, honest + more_kib_max) << name;
  };
  judged("honest.bin", [] { return archive_of(state_dict_pickle({{"a", {6}, {1}}})); });
  judged("objects.bin", [] {
    const auto part = [](std::uint64_t i) { return "}\x85r" + little_endian(i, 4) + "}"; };
    return archive_of(repeated(proto2 + "}", pickle_bytes_max, part, ""));
  });
  judged("stack.bin", [] { return archive_of(proto2 + std::string(pickle_bytes_max - 2, 'N')); });
  judged("records.bin", [] {
    std::vector<std::pair<std::string, std::string>> records;
    for (std::uint64_t i = 0; i < zip_records_max; ++i)
      records.emplace_back("r/" + std::to_string(i) + std::string(240, 'n'), "");
    return test::stored_zip(records);
  });
  const std::size_t header = safetensors_header_bytes_max, index = checkpoint_index_bytes_max;
  judged("brackets.safetensors", [&] { return safetensors_bytes(std::string(header, '['), ""); });
  judged("text.safetensors", [&] { return safetensors_bytes("{\"" + std::string(header - 2, 'a'), ""); });
  judged("lists.safetensors", [&] {
    const auto part = [](std::uint64_t) { return std::string("1,"); };
    return safetensors_bytes(repeated(R"({"__metadata__":{"a":[)", header, part, "1]}}"), "");
  });
  judged("entries.safetensors", [&] {
    const auto part = [](std::uint64_t i) { return "\"" + std::to_string(i) + "\":{},"; };
    return safetensors_bytes(repeated("{", header, part, "\"x\":{}}"), "");
  });
  judged("names.index.json", [&] {
    const auto part = [](std::uint64_t i) { return "\"" + std::to_string(i) + "\":\"\","; };
    return repeated(R"({"weight_map":{)", index, part, R"("x":""}})");
  });
  judged("brackets.index.json", [&] { return "{\"a\":" + std::string(index - 5, '['); });
  judged("lists.index.json", [&] {
    const auto part = [](std::uint64_t) { return std::string("[],"); };
    return repeated(R"({"a":[)", index, part, "[]]}");
  });
}

}  // namespace
}  // namespace radfm::model
