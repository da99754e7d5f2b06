// SPDX-License-Identifier: Apache-2.0
// What it costs to bring a long series from Orthanc to the model's input, beside its parts measured alone.
//   slices_bench write FOLDER TRANSFER_SYNTAX_UID COUNT
//   slices_bench measure ORTHANC_URL STUDY_UID WORK_FOLDER READER ROUNDS    one JSON line
// The parts, in the same run and in turn: the index request, the fetches of the slices that are shown, one after the other, and
// their decoding from files in memory, on all cores. Memory: the reader's peak and how much this process has grown, after the
// first whole run and before anything else was done here.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <thread>

#include "orthanc-client/orthanc_client.h"
#include "pipeline/imaging/codecs.h"
#include "pipeline/imaging/dicom_source.h"
#include "pipeline/imaging/frame_decoder.h"
#include "pipeline/imaging/index_choice.h"
#include "pipeline/imaging/reader_client.h"
#include "tests/bench/slices_writer.h"
#include "worker/study_fetch.h"

namespace radfm::bench {
namespace {

constexpr int slices_max = 64;

template <class Value>
Value take(Result<Value> result) {
  if (result) return std::move(result).value();
  std::fprintf(stderr, "%s: %s\n", result.error().code.c_str(), result.error().message.c_str());
  std::exit(1);
}

double ms_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

// "VmHWM" or "VmRSS" of this process, in KiB.
long memory_kib(const std::string& what) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == what + ":") {
      long kib = 0;
      status >> kib;
      return kib;
    }
  }
  return 0;
}

class SlicesBench {
 public:
  SlicesBench(std::unique_ptr<orthanc::OrthancClient> orthanc, std::string study_uid, std::string reader)
      : orthanc_(std::move(orthanc)), reader_(std::move(reader)) {
    study_ = take(orthanc_->find_study(study_uid)).value_or("");
  }

  // What the worker does, up to the arrays that the model is shown.
  double whole_ms() {
    return ms_of([&] {
      imaging::SpareReader spare;
      spare.start({reader_});
      const StudyIndex index = take(orthanc_->study_index(study_));
      const auto fetched = take(worker::fetch_study(*orthanc_, index, true, slices_max, [](int, int) {}));
      imaging::ReadOptions options;
      options.slices_max = slices_max;
      options.stacks_max = 1;
      options.pictures_max = 4;
      options.thinned = fetched.thinned;
      const auto reading = take(imaging::read_study(fetched.files, options, {reader_}, -1, &spare));
      shown_ = reading.volumes.at(0).depth;
      shared_kib_ = static_cast<long>(reading.pixels.at(0).display.size() / 1024);
      if (reading.pixels.at(0).display.size() != std::size_t{512} * 512 * slices_max) std::exit(1);
    });
  }

  double index_ms() {
    return ms_of([&] { index_ = take(orthanc_->study_index(study_)); });
  }

  double fetch_ms() {
    const auto choice = imaging::choose_to_fetch(index_, true, slices_max);
    files_.clear();
    return ms_of([&] {
      for (const IndexedInstance* instance : choice.instances) {
        files_.push_back(std::move(take(orthanc_->fetch_files({instance->orthanc_id}, {})).front()));
      }
    });
  }

  double decode_ms() {
    std::vector<imaging::FileBytes> bytes;
    for (const auto& file : files_) bytes.push_back(take(imaging::map_file(file.get(), std::size_t{1} << 30)));
    const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
    return ms_of([&] {
      std::vector<std::thread> others;
      for (unsigned t = 0; t < threads; ++t) {
        others.emplace_back([&, t] {
          for (std::size_t i = t; i < bytes.size(); i += threads) decode(bytes[i]);
        });
      }
      for (auto& other : others) other.join();
    });
  }

  int shown() const { return shown_; }
  long shared_kib() const { return shared_kib_; }  // pixels in memory that no process has touched by an address

 private:
  static void decode(std::span<const std::uint8_t> bytes) {
    const auto parsed = take(imaging::parse_file(bytes, 64));
    const auto decoder = take(imaging::FrameDecoder::open(*parsed.data_set, parsed.transfer_syntax_uid));
    if (take(decoder.decode(0)).values.empty()) std::exit(1);
  }

  std::unique_ptr<orthanc::OrthancClient> orthanc_;
  std::string reader_, study_;
  StudyIndex index_;
  std::vector<process::FileDescriptor> files_;
  int shown_ = 0;
  long shared_kib_ = 0;
};

int measure(char** arguments) {
  imaging::prepare_decoders();
  OrthancSettings settings;
  settings.url = arguments[0];
  SlicesBench bench(take(orthanc::OrthancClient::make(settings, arguments[2], -1)), arguments[1], arguments[3]);
  const long before_kib = memory_kib("VmRSS");
  bench.whole_ms();  // also warms Orthanc's and the kernel's caches
  rusage children{};
  ::getrusage(RUSAGE_CHILDREN, &children);
  const long peak_kib = children.ru_maxrss + memory_kib("VmHWM") - before_kib + bench.shared_kib();
  nlohmann::json rounds = nlohmann::json::array();
  for (int i = 0; i < std::stoi(arguments[4]); ++i) {
    const double index = bench.index_ms(), fetch = bench.fetch_ms(), decode = bench.decode_ms(), whole = bench.whole_ms();
    rounds.push_back({{"index_ms", index}, {"fetch_ms", fetch}, {"decode_ms", decode}, {"whole_ms", whole}});
  }
  std::puts(nlohmann::json{{"slices", bench.shown()}, {"peak_kib", peak_kib}, {"rounds", rounds}}.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace radfm::bench

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "write" && argc == 5) return radfm::bench::write_slices(argv[2], argv[3], std::stoi(argv[4])) ? 0 : 1;
  if (what == "measure" && argc == 7) return radfm::bench::measure(argv + 2);
  std::fprintf(stderr, "usage: slices_bench write FOLDER TRANSFER_SYNTAX_UID COUNT\n"
                       "       slices_bench measure ORTHANC_URL STUDY_UID WORK_FOLDER READER ROUNDS\n");
  return 2;
}
