// SPDX-License-Identifier: Apache-2.0
// radfm-demo-patient: writes the demonstration's patient, writes many small studies, or sends folders by C-STORE.
#include <algorithm>
#include <charconv>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

#include "demo/demonstration_patient.h"
#include "scu-scp/network.h"
#include "scu-scp/store_scu.h"

namespace {

namespace fs = std::filesystem;
using radfm::Status;

constexpr int exit_wrong = 1, exit_usage = 2;
constexpr int studies_max = 99'999;  // five digits in the file names
constexpr std::size_t sent_at_once = 500;

constexpr const char* usage =
    "radfm-demo-patient --out DIR [--seed N]              a prior and a current chest radiograph and a chest CT of one\n"
    "                                                     drawn patient: DIR/prior, DIR/current, DIR/ct\n"
    "radfm-demo-patient --out DIR --studies N [--seed N]  N small radiographs of N patients: DIR/study-00001.dcm, ...\n"
    "radfm-demo-patient --send HOST:PORT --aec AE [--aet AE] [--timeout-ms N] PATH...\n"
    "                                                     sends the DICOM files under each PATH by C-STORE\n"
    "Exit: 0 done, 1 it failed, 2 wrong usage. The same seed gives the same bytes.\n";

struct Arguments {
  std::string out, send, aec, aet = "RADFM-DEMO";
  std::uint64_t seed = 1;
  std::int64_t timeout_ms = 60'000;
  std::optional<int> studies;
  std::vector<std::string> paths;
};

template <class Number>
std::optional<Number> parse_number(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Nothing, after a message, when the arguments make no sense.
std::optional<Arguments> parse_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.rfind("--", 0) != 0) {
      arguments.paths.push_back(word);
      continue;
    }
    if (i + 1 >= words.size()) {
      std::cerr << "radfm-demo-patient: " << word << ": unknown, or its value is missing\n";
      return std::nullopt;
    }
    const std::string& value = words[++i];
    bool legal = true;
    if (word == "--out") arguments.out = value;
    else if (word == "--send") arguments.send = value;
    else if (word == "--aec") arguments.aec = value;
    else if (word == "--aet") arguments.aet = value;
    else if (word == "--seed") legal = parse_number<std::uint64_t>(value).has_value();
    else if (word == "--timeout-ms") legal = parse_number<std::int64_t>(value).value_or(0) > 0;
    else if (word == "--studies") {
      arguments.studies = parse_number<int>(value);
      legal = arguments.studies && *arguments.studies >= 1 && *arguments.studies <= studies_max;
    } else legal = false;
    if (!legal) {
      std::cerr << "radfm-demo-patient: " << word << " " << value << ": unknown option or wrong value\n";
      return std::nullopt;
    }
    if (word == "--seed") arguments.seed = *parse_number<std::uint64_t>(value);
    if (word == "--timeout-ms") arguments.timeout_ms = *parse_number<std::int64_t>(value);
  }
  return arguments;
}

std::vector<fs::path> files_under(const std::vector<std::string>& paths) {
  std::vector<fs::path> files;
  for (const std::string& path : paths) {
    if (!fs::exists(path)) throw std::runtime_error(path + ": no such file or folder");
    if (!fs::is_directory(path)) {
      files.emplace_back(path);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::uint8_t> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Status send(const radfm::scu::Peer& peer, const std::vector<fs::path>& files) {
  const radfm::scu::StoreScu scu(peer);
  for (std::size_t first = 0; first < files.size(); first += sent_at_once) {
    std::vector<std::vector<std::uint8_t>> contents;
    for (std::size_t i = first; i < std::min(first + sent_at_once, files.size()); ++i) {
      contents.push_back(read_file(files[i]));
    }
    const auto stored = scu.store({contents.begin(), contents.end()});
    if (!stored) return stored.error();
  }
  return {};
}

int finish(const Status& status, const std::string& done) {
  if (!status) {
    std::cerr << "radfm-demo-patient: " << status.error().code << ": " << status.error().message << "\n";
    return exit_wrong;
  }
  std::cout << done << "\n";
  return 0;
}

int run_send(const Arguments& arguments) {
  const std::size_t colon = arguments.send.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : parse_number<int>(arguments.send.substr(colon + 1));
  if (!port || arguments.aec.empty() || arguments.paths.empty()) {
    std::cerr << usage;
    return exit_usage;
  }
  radfm::scu::Peer peer;
  peer.own_ae_title = arguments.aet;
  peer.ae_title = arguments.aec;
  peer.host = arguments.send.substr(0, colon);
  peer.port = *port;
  peer.timeout_ms = arguments.timeout_ms;
  const std::vector<fs::path> files = files_under(arguments.paths);
  return finish(send(peer, files), std::to_string(files.size()) + " objects sent to " + arguments.aec);
}

int run(const std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), "--help") != words.end()) {
    std::cout << usage;
    return 0;
  }
  const auto arguments = parse_arguments(words);
  if (!arguments || arguments->out.empty() == arguments->send.empty()) {
    std::cerr << usage;
    return exit_usage;
  }
  if (!arguments->send.empty()) return run_send(*arguments);
  if (arguments->studies) {
    return finish(radfm::demo::write_small_studies(arguments->out, arguments->seed, *arguments->studies),
                  std::to_string(*arguments->studies) + " studies in " + arguments->out);
  }
  return finish(radfm::demo::write_demonstration_patient(arguments->out, arguments->seed),
                "the demonstration patient is in " + arguments->out);
}

}  // namespace

int main(int argc, char** argv) {
  radfm::scu::use_dicom_network();
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {  // file system: a path that is not there
    std::cerr << "radfm-demo-patient: " << error.what() << "\n";
    return exit_wrong;
  }
}
