// SPDX-License-Identifier: Apache-2.0
// The one Orthanc of the world through its two doors: as workers ask it over HTTP, and as the plugin inside it does. Both see the
// same index (the plugin's fake Orthanc), and answers are parsed by the code that parses the real ones.
#pragma once

#include "orthanc-client/orthanc.h"
#include "orthanc-plugin/orthanc_api.h"
#include "tests/simulation/world.h"
#include "worker/interrupt.h"

namespace radfm::simulation {

inline constexpr std::int64_t orthanc_timeout_ms = 30'000;

class OrthancForPlugin final : public plugin::OrthancApi {
 public:
  explicit OrthancForPlugin(World& world) : world_(world) {}
  Result<std::string> get(const std::string& path) override;
  Result<std::string> post(const std::string& path, const std::string& body) override;
  Result<std::string> kept_text() override;
  Status keep_text(const std::string& text) override;

 private:
  World& world_;
};

class OrthancForWorker final : public orthanc::Orthanc {
 public:
  // All must outlive it; `lease` is the one under which the worker's thread works now.
  OrthancForWorker(World& world, const worker::Interrupt& interrupt, const db::Lease& lease)
      : world_(world), interrupt_(interrupt), lease_(lease) {}

  Status system() override { return request(); }
  Result<StudyIndex> study_index(const std::string& orthanc_study_id) override;
  Result<std::optional<std::string>> find_study(const std::string& study_instance_uid) override;
  Result<std::vector<orthanc::PatientStudy>> patient_studies(const std::string& orthanc_patient_id) override;
  Result<std::vector<process::FileDescriptor>> fetch_files(const std::vector<std::string>& ids, const FetchedCount& progress) override;
  Result<Stored> store_instance(const std::vector<std::uint8_t>& dicom) override;
  Result<std::optional<std::string>> find_instance(const std::string& sop_instance_uid) override;
  Result<std::vector<std::uint8_t>> read_instance(const std::string& orthanc_instance_id) override;
  Result<std::string> read_mark(const std::string& orthanc_study_id) override;
  Status put_mark(const std::string& orthanc_study_id, const std::string& text) override;

 private:
  Status request();  // the network's part of it

  World& world_;
  const worker::Interrupt& interrupt_;
  const db::Lease& lease_;
};

}  // namespace radfm::simulation
