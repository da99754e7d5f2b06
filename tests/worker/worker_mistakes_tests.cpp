// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>

#include "tests/worker/temporary_folder.h"
#include "worker/service.h"

namespace radfm::worker {
namespace {

std::vector<std::string> keys(const Configuration& configuration) {
  std::vector<std::string> found;
  for (const ConfigurationMistake& mistake : worker_mistakes(configuration)) found.push_back(mistake.key);
  return found;
}

using Keys = std::vector<std::string>;

TEST(WorkerMistakes, OrthancsAddressAndItsCertificates) {
  // Aim: http and https are taken; trusted certificates must be there where they are needed, and nowhere else.
  test::TemporaryFolder folder;
  Configuration configuration;
  configuration.orthanc.url = "http://127.0.0.1:8042";
  EXPECT_EQ(keys(configuration), Keys());
  configuration.orthanc.trusted_certificates_file = folder.path() / "trusted.pem";
  EXPECT_EQ(keys(configuration), Keys());
  configuration.orthanc.url = "https://orthanc.example";
  EXPECT_EQ(keys(configuration), Keys{"orthanc.trusted_certificates_file"});
  std::ofstream(folder.path() / "trusted.pem") << "x";
  EXPECT_EQ(keys(configuration), Keys());
  configuration.orthanc.url = "http://host:99999";
  EXPECT_EQ(keys(configuration), Keys{"orthanc.url"});
}

TEST(WorkerMistakes, OnePortSpeaksOneWay) {
  // Aim: archives that call us all speak TLS, or none does.
  Configuration configuration;
  configuration.orthanc.url = "http://127.0.0.1:8042";
  PacsNode one, other;
  one.priors = other.priors = PriorsBy::c_move;
  other.tls = true;
  configuration.pacs = {one, other};
  EXPECT_EQ(keys(configuration), Keys{"pacs"});
  configuration.pacs = {other};
  EXPECT_EQ(keys(configuration), Keys());
}

}  // namespace
}  // namespace radfm::worker
