// SPDX-License-Identifier: Apache-2.0
// A patient with two studies, and archives that hold them: pynetdicom's (tests/scu-scp/archive.py) and
// DCMTK's dcmqrscp.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/digest.h"
#include "demo/dicom_writer.h"
#include "scu-scp/echo_scu.h"
#include "scu-scp/folder_sink.h"
#include "scu-scp/network.h"
#include "scu-scp/store_scu.h"
#include "tests/scu-scp/test_peers.h"

namespace radfm::scu {

inline Peer peer_at(int port, const std::string& ae_title) {
  Peer peer;
  peer.ae_title = ae_title;
  peer.host = "127.0.0.1";
  peer.port = port;
  peer.timeout_ms = 60'000;
  return peer;
}

using Bytes = std::vector<std::uint8_t>;

// The image `number` of a series of a study; every UID is made of these names.
inline Bytes image_of(const std::string& study_name, const std::string& series_name, int number,
                      const std::string& patient_id = "P-1") {
  demo::Patient patient;
  patient.id = patient_id;
  patient.name = "M\xFCller^Anna";
  patient.character_set = "ISO_IR 100";
  demo::Study study{uid_from_name(study_name), "20250311", "101500", "A-" + study_name, "S1", "Chest", ""};
  demo::Series series;
  series.uid = uid_from_name(study_name + series_name);
  series.number = number;
  demo::Image image;
  image.sop_instance_uid = uid_from_name(study_name + series_name + std::to_string(number));
  image.number = number;
  image.columns = image.rows = 16;
  image.pixel = [](int column, int row) { return column * row; };
  return *demo::write_instance(patient, study, series, image);
}

// A port that was free a moment ago, for programs that cannot be asked which one they got.
inline int free_port() {
  return test::SilentListener().port();
}

// A program that is an archive under the title ARCHIVE, and knows us (RADFM) at a port. Killed with this
// object.
class OutsideArchive {
 public:
  OutsideArchive(const std::vector<std::string>& command, const std::filesystem::path& log, int port)
      : name_(command.front()), port_(port) {
    log_ = ::open(log.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    pid_ = test::start_outside_program(command, log_);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!EchoScu(peer_at(port_, "ARCHIVE")).echo()) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error(name_ + " does not answer");
    }
  }
  OutsideArchive(const OutsideArchive&) = delete;
  OutsideArchive& operator=(const OutsideArchive&) = delete;
  ~OutsideArchive() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(log_);
  }
  const std::string& name() const { return name_; }
  int port() const { return port_; }

 private:
  const std::string name_;
  int port_, log_ = -1;
  pid_t pid_ = -1;
};

// DCMTK's archive, with one process for each association, as sites run it. Null: not installed.
inline std::unique_ptr<OutsideArchive> dcmqrscp_archive(const std::filesystem::path& folder, int our_port) {
  const std::string program = test::find_outside_program("dcmqrscp");
  if (program.empty()) return nullptr;
  const int port = free_port();
  std::filesystem::create_directory(folder / "dcmqrscp");
  test::write_file(folder / "dcmqrscp.cfg",
                   "NetworkTCPPort = " + std::to_string(port) +
                       "\nMaxPDUSize = 16384\nMaxAssociations = 16\n" +
                       "HostTable BEGIN\nradfm = (RADFM, localhost, " + std::to_string(our_port) +
                       ")\nHostTable END\nVendorTable BEGIN\nVendorTable END\nAETable BEGIN\nARCHIVE " +
                       (folder / "dcmqrscp").string() + " RW (200, 64mb) ANY\nAETable END\n");
  return std::make_unique<OutsideArchive>(
      std::vector<std::string>{program, "-c", (folder / "dcmqrscp.cfg").string()}, folder / "dcmqrscp.log",
      port);
}

// A second Orthanc; with its DICOMweb plugin (the path of the .so) it serves HTTP too. Null: not installed.
inline std::unique_ptr<OutsideArchive> orthanc_with(const std::filesystem::path& folder, int our_port,
                                                    int http_port, const std::string& plugin) {
  const std::string program = "/usr/sbin/Orthanc";
  if (::access(program.c_str(), X_OK) != 0) return nullptr;
  const int port = free_port();
  const std::string storage = (folder / "orthanc").string();
  const std::string http =
      http_port == 0 ? "\"HttpServerEnabled\": false, \"Plugins\": []"
                     : "\"AuthenticationEnabled\": false, \"HttpPort\": " + std::to_string(http_port) +
                           ", \"Plugins\": [\"" + plugin + "\"]";
  test::write_file(
      folder / "orthanc.json",
      "{\"DicomAet\": \"ARCHIVE\", \"DicomPort\": " + std::to_string(port) + ", " + http +
          ", \"StorageDirectory\": \"" + storage + "\", \"IndexDirectory\": \"" + storage +
          "\", \"DicomAlwaysAllowGet\": true, \"DicomModalities\": {\"radfm\": [\"RADFM\", \"127.0.0.1\", " +
          std::to_string(our_port) + "]}}");
  return std::make_unique<OutsideArchive>(
      std::vector<std::string>{program, (folder / "orthanc.json").string()}, folder / "orthanc.log", port);
}
inline std::unique_ptr<OutsideArchive> orthanc_archive(const std::filesystem::path& folder, int our_port) {
  return orthanc_with(folder, our_port, 0, "");
}

class ArchiveTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { use_dicom_network(); }

  void SetUp() override {
    python_ = test::find_python();
    if (python_.empty()) GTEST_SKIP() << "pynetdicom (.deps) is not set up";
    // "old": two series of one and two images; "older": one image; and another patient's study.
    files_ = {image_of("old", "a", 1), image_of("old", "b", 1), image_of("old", "b", 2),
              image_of("older", "a", 1), image_of("other", "a", 1, "P-2")};
    std::filesystem::create_directory(folder_.path() / "archive");
    std::filesystem::create_directory(folder_.path() / "got");
    for (std::size_t i = 0; i < files_.size(); ++i) {
      test::write_file(folder_.path() / "archive" / (std::to_string(i) + ".dcm"), files_[i]);
    }
  }

  std::unique_ptr<test::PythonPeer> archive(const std::string& behaviour, int destination_port = 0) {
    return std::make_unique<test::PythonPeer>(std::vector<std::string>{
        python_, "tests/scu-scp/archive.py", "ARCHIVE", (folder_.path() / "archive").string(), behaviour,
        "RADFM", std::to_string(destination_port)});
  }

  // Those that are installed, with the files in them.
  std::vector<std::unique_ptr<OutsideArchive>> other_archives(int our_port = 104) {
    std::vector<std::unique_ptr<OutsideArchive>> archives;
    for (const auto start : {dcmqrscp_archive, orthanc_archive}) {
      auto started = start(folder_.path(), our_port);
      if (!started) continue;
      std::vector<std::span<const std::uint8_t>> views(files_.begin(), files_.end());
      const auto stored = StoreScu(peer_at(started->port(), "ARCHIVE")).store(views);
      EXPECT_TRUE(stored.ok()) << stored.error().message;
      archives.push_back(std::move(started));
    }
    return archives;
  }

  std::filesystem::path got() const { return folder_.path() / "got"; }

  static std::set<std::string> uids_of(const std::vector<FolderSink::Kept>& kept) {
    std::set<std::string> uids;
    for (const auto& object : kept) uids.insert(object.identity.sop_instance_uid);
    return uids;
  }
  static std::set<std::string> uids_of_old() {
    return {uid_from_name("olda1"), uid_from_name("oldb1"), uid_from_name("oldb2")};
  }

  std::string python_;
  std::vector<Bytes> files_;
  test::TemporaryFolder folder_;
};

}  // namespace radfm::scu
