// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/orthanc_settings.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

namespace radfm::plugin {
namespace {

// A sound configuration with one thing changed.
std::vector<std::string> advice_on(const std::string& key, const nlohmann::json& value) {
  nlohmann::json orthanc = {{"DefaultEncoding", "Utf8"},
                            {"StableAge", 10},
                            {"DicomAlwaysAllowStore", false},
                            {"RemoteAccessAllowed", true},
                            {"AuthenticationEnabled", true},
                            {"SslEnabled", true},
                            {"RegisteredUsers", {{"anna", "x"}}}};
  orthanc[key] = value;
  return read_orthanc_settings(orthanc.dump()).advice;
}

TEST(OrthancSettingsTest, GoodSettingsDrawNoAdvice) {
  // Aim: a sound configuration is read and nothing is said about it; nor about what is harmless.
  const auto settings = read_orthanc_settings(R"({"DefaultEncoding": "Utf8", "StableAge": 10,
    "RemoteAccessAllowed": true, "AuthenticationEnabled": true, "RegisteredUsers": {"anna": "x"}, "SslEnabled": true,
    "DicomAlwaysAllowStore": false, "RadFM": {"Configuration": "radfm-node.json"}})");
  EXPECT_EQ(settings.configuration_name, "radfm-node.json");
  EXPECT_EQ(settings.stable_age_ms, 10'000);
  EXPECT_TRUE(settings.advice.empty());
  for (const auto& [key, value] : std::vector<std::pair<std::string, nlohmann::json>>{
           {"StorageCompression", true}, {"LimitFindResults", 10}, {"DicomThreadsCount", 1}, {"KeepAlive", false},
           {"DicomCheckCalledAet", false}, {"DicomTlsEnabled", true}, {"MaximumStorageSize", 0}, {"MaximumPatientCount", 0},
           {"IngestTranscoding", "1.2.840.10008.1.2.4.70"}, {"UserMetadata", {{"mine", 1024}}},
           {"SslMinimumProtocolVersion", 4}, {"StableAge", 3}})
    EXPECT_TRUE(advice_on(key, value).empty()) << key;
}

TEST(OrthancSettingsTest, DefaultsAreOrthancs) {
  // Aim: what is not set is what Orthanc takes: 60 s, Latin1, objects from everybody, and nobody from outside.
  const auto settings = read_orthanc_settings("{}");
  EXPECT_EQ(settings.stable_age_ms, 60'000);
  EXPECT_TRUE(settings.configuration_name.empty());
  ASSERT_EQ(settings.advice.size(), 2U);
  EXPECT_NE(settings.advice[0].find("DefaultEncoding"), std::string::npos);
  EXPECT_NE(settings.advice[1].find("DicomAlwaysAllowStore"), std::string::npos);
  EXPECT_TRUE(read_orthanc_settings(R"({"DefaultEncoding": "Utf8", "DicomServerEnabled": false})").advice.empty());
}

TEST(OrthancSettingsTest, EachDangerIsNamed) {
  // Aim: each dangerous setting is said once, in a sentence that has the key to set.
  for (const auto& [key, value] : std::vector<std::pair<std::string, nlohmann::json>>{
           {"StoreDicom", false}, {"HttpServerEnabled", false}, {"OverwriteInstances", true}, {"SyncStorageArea", false},
           {"CheckRevisions", true}, {"ExecuteLuaEnabled", true}, {"RestApiWriteToFileSystemEnabled", true},
           {"DeidentifyLogs", false}, {"DicomAlwaysAllowFind", true}, {"DicomAlwaysAllowFindWorklist", true},
           {"DicomAlwaysAllowGet", true}, {"DicomAlwaysAllowMove", true}, {"DicomAlwaysAllowStore", true},
           {"StableAge", 2}, {"DefaultEncoding", "Latin1"}, {"MaximumPatientCount", 1}, {"MaximumStorageSize", 1},
           {"IngestTranscoding", "1.2.840.10008.1.2.4.50"}, {"UserMetadata", {{"mine", 4317}}},
           {"AuthenticationEnabled", false}, {"RegisteredUsers", nlohmann::json::object()}, {"SslEnabled", false},
           {"SslMinimumProtocolVersion", 3}}) {
    const std::vector<std::string> advice = advice_on(key, value);
    ASSERT_EQ(advice.size(), 1U) << key;
    EXPECT_NE(advice[0].find(key), std::string::npos) << advice[0];
    EXPECT_TRUE(advice[0].find(" set ") != std::string::npos || advice[0].find("give another") != std::string::npos ||
                advice[0].find("remove") != std::string::npos || advice[0].find("list your own") != std::string::npos)
        << advice[0];
  }
}

TEST(OrthancSettingsTest, PublishedPasswordsAreNamedWithoutThem) {
  // Aim: users of manuals and passwords that are their own name or empty; the password itself is nowhere in the sentence.
  const std::vector<std::string> advice = advice_on(
      "RegisteredUsers", {{"orthanc", "orthanc"}, {"alice", "alicePassword"}, {"bob", ""}, {"anna", "k3#9"}});
  ASSERT_EQ(advice.size(), 3U);
  for (const std::string& line : advice) EXPECT_EQ(line.find("alicePassword"), std::string::npos);
}

TEST(OrthancSettingsTest, OnlyDangersOfWhatIsUsed) {
  // Aim: nobody from outside: no word about passwords and TLS. TLS for DICOM without certificates is said where it is used.
  EXPECT_TRUE(read_orthanc_settings(R"({"DefaultEncoding": "Utf8", "DicomAlwaysAllowStore": false,
    "AuthenticationEnabled": false, "SslEnabled": false, "DicomTlsRemoteCertificateRequired": false})").advice.empty());
  EXPECT_EQ(read_orthanc_settings(R"({"DefaultEncoding": "Utf8", "DicomAlwaysAllowStore": false, "DicomTlsEnabled": true,
    "DicomTlsRemoteCertificateRequired": false})").advice.size(), 1U);
}

TEST(OrthancSettingsTest, NagleIsSaid) {
  // Aim: without TCP_NODELAY=1 C-STORE crawls: said, with what to set; any number but 0 is right, as DCMTK reads it.
  EXPECT_EQ(advise_on_environment("1"), "");
  for (const char* value : {static_cast<const char*>(nullptr), "0", "", "yes"})
    EXPECT_NE(advise_on_environment(value).find("TCP_NODELAY=1"), std::string::npos);
}

TEST(OrthancSettingsTest, UsersAndWhetherTheyAreAsked) {
  // Aim: who the users are, and when Orthanc asks for a password: as it says, and without a word when it allows remote access.
  const auto read = [](const char* json) { return read_orthanc_settings(json); };
  EXPECT_EQ(read(R"({"RegisteredUsers": {"anna": "x", "bert": 3}})").users, (std::map<std::string, std::string>{{"anna", "x"}}));
  EXPECT_FALSE(read("{}").passwords_asked);
  EXPECT_TRUE(read(R"({"RemoteAccessAllowed": true})").passwords_asked);
  EXPECT_TRUE(read(R"({"AuthenticationEnabled": true})").passwords_asked);
  EXPECT_FALSE(read(R"({"RemoteAccessAllowed": true, "AuthenticationEnabled": false})").passwords_asked);
  EXPECT_EQ(read(R"({"RegisteredUsers": {"an:na": "x"}})").advice.size(), read("{}").advice.size() + 1);
  EXPECT_EQ(read("{}").http_threads, 50);
  EXPECT_EQ(read(R"({"HttpThreadsCount": 6})").http_threads, 6);
  EXPECT_EQ(read(R"({"HttpThreadsCount": -6})").http_threads, 1);
}

TEST(OrthancSettingsTest, NonsenseIsSurvived) {
  // Aim: wrong types and wild numbers leave defaults or limits, never an exception.
  for (const char* json :
       {"", "[]", "{", R"({"StableAge": "x", "RadFM": 3, "RegisteredUsers": 1, "RemoteAccessAllowed": true})",
        R"({"StableAge": -99999999999, "RadFM": {"Configuration": 1}})"}) {
    const auto settings = read_orthanc_settings(json);
    EXPECT_GE(settings.stable_age_ms, 0);
    EXPECT_LE(settings.stable_age_ms, 86'400'000);
    EXPECT_TRUE(settings.configuration_name.empty());
  }
}

TEST(OrthancSettingsTest, ConfigurationIsFoundBesideOrthancs) {
  // Aim: relative to Orthanc's file or folder; an absolute name is what it is.
  std::string folder = "/tmp/radfm-settings-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  std::ofstream(folder + "/orthanc.json") << "{}";
  EXPECT_EQ(locate_configuration("radfm-node.json", folder + "/orthanc.json"), folder + "/radfm-node.json");
  EXPECT_EQ(locate_configuration("radfm-node.json", folder), folder + "/radfm-node.json");
  EXPECT_EQ(locate_configuration("/etc/radfm-node.json", folder), "/etc/radfm-node.json");
  EXPECT_EQ(locate_configuration("radfm-node.json", ""), "radfm-node.json");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace radfm::plugin
