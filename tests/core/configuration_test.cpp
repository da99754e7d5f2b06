// SPDX-License-Identifier: Apache-2.0
#include "core/configuration.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <set>

namespace radfm {
namespace {

namespace fs = std::filesystem;

const std::string orthanc = R"("orthanc": {"url": "http://127.0.0.1:8042"})";

ConfigurationReading parse(const std::string& text, ConfigurationReader reader = ConfigurationReader::all) {
  return parse_configuration(text, "/etc/radfm/radfm-node.json", reader);
}

std::vector<std::string> mistakes(const std::string& text, ConfigurationReader reader = ConfigurationReader::all) {
  const auto reading = parse(text, reader);
  EXPECT_EQ(reading.configuration.has_value(), reading.mistakes.empty());
  std::vector<std::string> texts;
  for (const auto& mistake : reading.mistakes) texts.push_back(mistake.key + ": " + mistake.expected);
  return texts;
}

using Texts = std::vector<std::string>;

TEST(Configuration, OnlyOrthancsAddressIsNeeded) {
  // Aim: the smallest file gives the documented defaults.
  const auto reading = parse("{" + orthanc + "}");
  ASSERT_TRUE(reading.configuration);
  const auto& configuration = *reading.configuration;
  EXPECT_EQ(configuration.orthanc.url, "http://127.0.0.1:8042");
  EXPECT_EQ(configuration.database.path, "/etc/radfm/radfm-queue.sqlite");
  EXPECT_EQ(configuration.database.doorbell, "/etc/radfm/radfm-queue.sqlite.doorbell");
  EXPECT_EQ(configuration.model.directory, default_model_directory());
  ASSERT_EQ(configuration.rules.size(), 1U);
  EXPECT_EQ(configuration.rules[0].name, "all");
  EXPECT_EQ(configuration.rules[0].max_study_age_days, 7);
  EXPECT_EQ(configuration.queue.lease_ms, 60'000);
  EXPECT_EQ(configuration.report.completion_flag, "PARTIAL");
  EXPECT_EQ(configuration.report.sop_class, SrClass::basic_text);
}

TEST(Configuration, EveryKeyIsRead) {
  // Aim: one file with every section, each value different from its default.
  const auto reading = parse(R"({ // all of it
    "database": {"path": "q.sqlite", "doorbell": "/run/bell"},
    "orthanc": {"url": "https://pacs.example/orthanc/", "username": "u", "password": "p", "timeout_ms": 1000},
    "dicom": {"ae_title": "NODE"},
    "pacs": [{"name": "archive", "ae_title": "ARC", "host": "10.0.0.1", "port": 11112, "timeout_ms": 2000}],
    "model": {"directory": "m", "device": "cuda:1", "dtype": "bf16", "threads": 3, "embedding_cache_mb": 0,
              "load_timeout_ms": 4000, "generate_timeout_ms": 5000, "jobs_at_once": 8},
    "rules": [{"name": "ct", "match": {"modalities": ["CT"], "age_min_years": 18},
               "action": {"lane": "stat", "destinations": ["archive"], "max_new_tokens": 9}, "max_study_age_days": null}],
    "priors": {"images_max": 2, "reports_max": 1, "window_years": 3, "one_issuer_may_be_empty": false},
    "report": {"language": "de-CH", "sop_class": "comprehensive", "completion_flag": "COMPLETE", "institution_notice": "Entwurf.",
               "flags": {"repeats": "holds", "patient_name": "marks"}, "companions": ["pdf", "secondary_capture", "pdf"]},
    "queue": {"lease_ms": 50000, "heartbeat_ms": 10000, "poll_ms": 500, "poison_limit": 2, "vanished_limit": 10,
              "vanished_backoff_from": 2, "backoff_first_ms": 10, "backoff_max_ms": 20, "overdue_ms": 30,
              "automatic_revisions_max": 1},
    "reader": {"memory_max_mb": 512, "timeout_ms": 6000, "nesting_max": 32},
    "log": {"level": "debug"}})");
  ASSERT_TRUE(reading.configuration) << reading.mistakes.at(0).text();
  const auto& c = *reading.configuration;
  EXPECT_EQ(c.database.path, "/etc/radfm/q.sqlite");
  EXPECT_EQ(c.database.doorbell, "/run/bell");
  EXPECT_EQ(c.orthanc.url, "https://pacs.example/orthanc");
  EXPECT_EQ(c.orthanc.username + c.orthanc.password, "up");
  EXPECT_EQ(c.dicom.ae_title, "NODE");
  ASSERT_EQ(c.pacs.size(), 1U);
  EXPECT_EQ(c.pacs[0].ae_title + c.pacs[0].host, "ARC10.0.0.1");
  EXPECT_EQ(c.pacs[0].port, 11'112);
  EXPECT_EQ(c.model.directory, "/etc/radfm/m");
  EXPECT_EQ(c.model.device, "cuda:1");
  EXPECT_EQ(c.model.threads, 3);
  EXPECT_EQ(c.model.dtype, "bf16");
  EXPECT_EQ(c.model.embedding_cache_mb, 0);
  EXPECT_EQ(c.model.jobs_at_once, 8);
  ASSERT_EQ(c.rules.size(), 1U);
  EXPECT_EQ(c.rules[0].match.age_min_years, 18);
  EXPECT_EQ(c.rules[0].action.lane, Lane::stat);
  EXPECT_FALSE(c.rules[0].max_study_age_days);
  EXPECT_FALSE(c.priors.one_issuer_may_be_empty);
  EXPECT_EQ(c.report.language + c.report.completion_flag + c.report.institution_notice, "de-CHCOMPLETEEntwurf.");
  EXPECT_EQ(c.report.sop_class, SrClass::comprehensive);
  EXPECT_EQ(c.report.holding_flags, std::set<std::string>{"repeats"});
  EXPECT_EQ(c.report.companions, (std::set<std::string>{"pdf", "secondary_capture"}));
  EXPECT_EQ(c.queue.automatic_revisions_max, 1);
  EXPECT_EQ(c.reader.nesting_max, 32);
  EXPECT_EQ(c.log.level, "debug");
}

TEST(Configuration, TheMessageNamesFileKeyAndHelp) {
  // Aim: the sentence that an administrator reads at night.
  const auto reading = parse_configuration("{" + orthanc + R"(, "queue": {"lease_sm": 5}})", "radfm-node.json", ConfigurationReader::all);
  ASSERT_EQ(reading.mistakes.size(), 1U);
  EXPECT_EQ(reading.mistakes[0].text(), "radfm-node.json: queue.lease_sm: unknown key; did you mean lease_ms?");
  const auto broken = parse_configuration("{", "radfm-node.json", ConfigurationReader::all);
  ASSERT_EQ(broken.mistakes.size(), 1U);
  EXPECT_EQ(broken.mistakes[0].text().substr(0, 42), "radfm-node.json: no valid JSON at line 1, ");
}

TEST(Configuration, AllMistakesAreToldAtOnce) {
  // Aim: four mistakes in four places, in one reading.
  EXPECT_EQ(mistakes(R"({"orthanc": {}, "model": {"device": "gpu"}, "log": {"level": "loud"}, "rulse": []})"),
            (Texts{"orthanc.url: missing; required: the address of Orthanc, such as http://127.0.0.1:8042",
                   "model.device: expected auto, cpu, cuda or cuda:N",
                   "log.level: expected debug or info or warning or error", "rulse: unknown key; did you mean rules?"}));
}

TEST(Configuration, NoDocumentIsAMistake) {
  // Aim: an empty file, a list and a missing address.
  EXPECT_EQ(mistakes("").size(), 1U);
  EXPECT_EQ(mistakes("[]").size(), 2U);
  EXPECT_EQ(mistakes("{}").size(), 1U);
}

TEST(Configuration, DestinationsMustBeEntriesOfPacs) {
  // Aim: a misspelled destination is found when the file is read, not when a draft is lost.
  EXPECT_EQ(mistakes("{" + orthanc + R"(, "pacs": [{"name": "archive", "ae_title": "A", "host": "h"}],
                     "rules": [{"name": "r", "action": {"destinations": ["archvie", "archive"]}}]})"),
            Texts{"rules[0].action.destinations: archvie is the name of no entry of pacs; did you mean archive?"});
}

TEST(Configuration, ArchivesAreAskedForPriorsInOneOfThreeWays) {
  // Aim: each way with its keys; what a way needs and is missing is named.
  const auto c = parse("{" + orthanc + R"(, "dicom": {"port": 11113, "address": "127.0.0.1",
      "tls": {"private_key_file": "k.pem", "certificate_file": "c.pem", "trusted_certificates_file": "t.pem"}}, "pacs": [
      {"name": "a", "ae_title": "A", "host": "h", "priors": "c_get", "query_root": "patient", "tls": true},
      {"name": "b", "ae_title": "B", "host": "h", "priors": "c_move"},
      {"name": "c", "priors": "dicomweb", "url": "https://h/dicom-web/", "username": "u", "password": "p"},
      {"name": "d", "ae_title": "D", "host": "h"}], "priors": {"search_timeout_ms": 100, "retrieved_mb_max": 1}})").configuration;
  ASSERT_TRUE(c);
  EXPECT_EQ(c->pacs[0].priors, PriorsBy::c_get);
  EXPECT_TRUE(c->pacs[0].patient_root && c->pacs[0].tls);
  EXPECT_EQ(c->pacs[1].priors, PriorsBy::c_move);
  EXPECT_FALSE(c->pacs[1].patient_root || c->pacs[1].tls);
  EXPECT_EQ(c->pacs[2].url, "https://h/dicom-web");
  EXPECT_EQ(c->pacs[2].username + c->pacs[2].password, "up");
  EXPECT_EQ(c->pacs[3].priors, PriorsBy::none);
  EXPECT_EQ(c->dicom.port, 11'113);
  EXPECT_EQ(c->dicom.tls.private_key_file.filename(), "k.pem");
  EXPECT_EQ(c->priors.search_timeout_ms, 100);
  EXPECT_EQ(c->priors.retrieved_mb_max, 1);
  EXPECT_EQ(mistakes("{" + orthanc + R"(, "pacs": [{"name": "a", "ae_title": "A", "host": "h", "priors": "c_move", "tls": true},
      {"name": "b", "priors": "dicomweb"}, {"name": "c", "priors": "c_get"}, {"name": "d", "priors": "dicomweb", "url": "http://h"}],
      "rules": [{"name": "r", "action": {"destinations": ["d"]}}]})"),
            (Texts{"pacs[0].priors: C-MOVE brings objects to a port of ours: set dicom.port, and tell the archive AE title, host and port",
                   "pacs[0].tls: TLS needs dicom.tls.private_key_file, certificate_file and trusted_certificates_file",
                   "pacs[1].url: expected http://HOST:PORT/PATH or https://..., the address of DICOMweb (user and password have their own keys)",
                   "pacs[2].ae_title: missing; required: the AE title of the remote node",
                   "pacs[2].host: missing; required: the host name or address of the remote node",
                   "rules[0].action.destinations: d has no host; an archive that speaks DICOMweb alone is sent drafts with \"store\": \"stow\""}));
}

TEST(Configuration, DraftsAreStoredAndVerifiedInNamedWays) {
  // Aim: each way with its default; an archive of DICOMweb alone may be a destination once drafts go there by STOW-RS.
  const auto c = parse("{" + orthanc + R"(, "dicom": {"port": 11113}, "pacs": [
      {"name": "a", "ae_title": "A", "host": "h"},
      {"name": "b", "ae_title": "B", "host": "h", "store": "c_store", "verify": "c_find"},
      {"name": "c", "ae_title": "C", "host": "h", "verify": "c_get"},
      {"name": "d", "ae_title": "D", "host": "h", "verify": "commitment"},
      {"name": "e", "store": "stow", "url": "https://h/dicom-web"},
      {"name": "f", "store": "stow", "url": "https://h/dicom-web", "verify": "none"}],
      "rules": [{"name": "r", "action": {"destinations": ["a", "e"]}}]})").configuration;
  ASSERT_TRUE(c);
  EXPECT_EQ(c->pacs[0].store, StoreBy::c_store);
  EXPECT_EQ(c->pacs[0].verify, VerifyBy::none);
  EXPECT_EQ(c->pacs[1].verify, VerifyBy::c_find);
  EXPECT_EQ(c->pacs[2].verify, VerifyBy::c_get);
  EXPECT_EQ(c->pacs[3].verify, VerifyBy::commitment);
  EXPECT_EQ(c->pacs[4].store, StoreBy::stow);
  EXPECT_EQ(c->pacs[4].verify, VerifyBy::wado_rs);
  EXPECT_EQ(c->pacs[5].verify, VerifyBy::none);
}

TEST(Configuration, AnArchiveMayTakeFewerCompanions) {
  // Aim: all that are made, some, and none are three things; what is not made cannot be asked for, nor what there is not.
  const std::string node = R"({"name": "a", "ae_title": "A", "host": "h")";
  const auto c = parse("{" + orthanc + R"(, "report": {"companions": ["pdf", "secondary_capture"]}, "pacs": [)" + node + "}," +
                       R"({"name": "b", "ae_title": "B", "host": "h", "companions": ["pdf"]},
      {"name": "c", "ae_title": "C", "host": "h", "companions": []}]})").configuration;
  ASSERT_TRUE(c);
  EXPECT_FALSE(c->pacs[0].companions.has_value());
  EXPECT_EQ(c->pacs[1].companions, std::set<std::string>{"pdf"});
  EXPECT_EQ(c->pacs[2].companions, std::set<std::string>());
  EXPECT_EQ(mistakes("{" + orthanc + R"(, "report": {"companions": ["pdf"]}, "pacs": [)" + node + R"(, "companions": ["pdf", "secondary_capture"]}]})"),
            Texts{"pacs[0].companions: secondary_capture is not made: name it in report.companions too"});
  EXPECT_EQ(mistakes("{" + orthanc + R"(, "pacs": [)" + node + R"(, "companions": ["page"]}]})"),
            Texts{"pacs[0].companions: expected a list of pdf and secondary_capture; empty: the SR alone"});
}

TEST(Configuration, WaysToVerifyThatDoNotFitAreMistakes) {
  // Aim: what cannot work is said when the file is read, not when the first draft is sent.
  EXPECT_EQ(mistakes("{" + orthanc + R"(, "pacs": [{"name": "a", "ae_title": "A", "host": "h", "verify": "commitment"},
      {"name": "b", "store": "stow"}, {"name": "c", "store": "stow", "url": "http://h", "verify": "c_get"},
      {"name": "d", "ae_title": "D", "host": "h", "verify": "wado_rs"}, {"name": "e", "ae_title": "E", "host": "h", "store": "ftp"},
      {"name": "f", "store": "stow", "url": "http://h", "priors": "c_get"}]})"),
            (Texts{"pacs[0].verify: storage commitment is answered at a port of ours: set dicom.port, and tell the archive AE title, host and port",
                   "pacs[1].url: expected http://HOST:PORT/PATH or https://..., the address of DICOMweb (user and password have their own keys)",
                   "pacs[2].verify: c_get goes with \"store\": \"c_store\"; after STOW-RS: wado_rs or none",
                   "pacs[3].verify: wado_rs goes with \"store\": \"stow\"; after C-STORE: none, c_find, c_get or commitment",
                   "pacs[4].store: expected c_store or stow",
                   "pacs[5].ae_title: missing; required: the AE title of the remote node",
                   "pacs[5].host: missing; required: the host name or address of the remote node"}));
}

TEST(Configuration, RulesNeedDifferentNames) {
  // Aim: the page and the log name the rule that decided.
  EXPECT_EQ(mistakes("{" + orthanc + R"(, "rules": [{"name": "r"}, {"name": "r"}, {}]})"),
            (Texts{"rules[1].name: two rules have this name", "rules[2].name: missing; required: a name for this rule, shown where it decides"}));
  EXPECT_TRUE(parse("{" + orthanc + R"(, "rules": []})").configuration->rules.empty());
}

TEST(Configuration, ThePluginMindsItsOwnSectionsOnly) {
  // Aim: a mistake for the worker must not stop the plugin; one in the rules must.
  const std::string foreign = R"({"orthanc": {"url": "x", "password": "env:RADFM_TEST_UNSET"}, "pacs": [{"nmae": "a"}],
      "model": {"device": 5}, "dicom": 1, "priors": [], "report": {"x": 1}, "reader": {"nesting_max": 0},
      "rules": [{"name": "r", "action": {"destinations": ["archive"]}}]})";
  EXPECT_TRUE(mistakes(foreign, ConfigurationReader::plugin).empty());
  EXPECT_GE(mistakes(foreign).size(), 8U);
  EXPECT_EQ(parse(foreign, ConfigurationReader::plugin).configuration->model.device, "auto");
  for (const char* own : {R"({"rules": [{}]})", R"({"queue": {"x": 1}})", R"({"database": 5})", R"({"log": 5})", R"({"modle": {}})", "{"}) {
    EXPECT_FALSE(mistakes(own, ConfigurationReader::plugin).empty()) << own;
  }
}

TEST(Configuration, ThePluginStillFindsAMisspelledDestination) {
  // Aim: with a readable `pacs` the names are judged by the plugin too.
  EXPECT_EQ(mistakes(R"({"rules": [{"name": "r", "action": {"destinations": ["archive"]}}]})", ConfigurationReader::plugin).size(), 1U);
}

// A file in a folder of its own, removed with it.
class ConfigurationFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "radfm-configuration-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  fs::path folder_;
};

TEST_F(ConfigurationFile, IsReadFromDisk) {
  // Aim: relative paths are relative to the file, wherever the program runs.
  const auto file = write("radfm-node.json", "{" + orthanc + R"(, "database": {"path": "state/q.sqlite"}})");
  const auto reading = read_configuration(file, ConfigurationReader::all);
  ASSERT_TRUE(reading.configuration);
  EXPECT_EQ(reading.configuration->file, file);
  EXPECT_EQ(reading.configuration->database.path, folder_ / "state/q.sqlite");
}

TEST_F(ConfigurationFile, AMissingFileOrAFolderIsSaid) {
  // Aim: no exception, a sentence.
  const auto missing = read_configuration(folder_ / "none.json", ConfigurationReader::all);
  ASSERT_EQ(missing.mistakes.size(), 1U);
  EXPECT_NE(missing.mistakes[0].text().find("none.json: cannot be opened"), std::string::npos);
  const auto folder = read_configuration(folder_, ConfigurationReader::all);
  ASSERT_EQ(folder.mistakes.size(), 1U);
  EXPECT_NE(folder.mistakes[0].text().find("is a folder"), std::string::npos);
}

TEST_F(ConfigurationFile, EndsAtItsSizeLimit) {
  // Aim: at the limit it is read, one byte past it is refused before parsing.
  std::string text = "{" + orthanc + "}";
  text.resize(configuration_file_bytes_max, ' ');
  EXPECT_TRUE(read_configuration(write("a.json", text), ConfigurationReader::all).configuration);
  const auto refused = read_configuration(write("b.json", text + " "), ConfigurationReader::all);
  ASSERT_EQ(refused.mistakes.size(), 1U);
  EXPECT_EQ(refused.mistakes[0].expected, "expected a file of at most 1048576 bytes");
}

TEST_F(ConfigurationFile, SecretsComeFromFilesAndTheEnvironment) {
  // Aim: a password file's last line break is no part of it; what is missing is named, never shown.
  write("password", "s3cret\n");
  setenv("RADFM_TEST_USER", "node", 1);
  const auto reading = read_configuration(
      write("a.json", R"({"orthanc": {"url": "http://h", "username": "env:RADFM_TEST_USER", "password": "file:password"}})"),
      ConfigurationReader::all);
  unsetenv("RADFM_TEST_USER");
  ASSERT_TRUE(reading.configuration);
  EXPECT_EQ(reading.configuration->orthanc.username, "node");
  EXPECT_EQ(reading.configuration->orthanc.password, "s3cret");
  const auto missing = read_configuration(
      write("b.json", R"({"orthanc": {"url": "http://h", "username": "env:RADFM_TEST_USER", "password": "file:none"}})"),
      ConfigurationReader::all);
  ASSERT_EQ(missing.mistakes.size(), 2U);
  EXPECT_EQ(missing.mistakes[0].expected, "the environment variable RADFM_TEST_USER is not set");
  EXPECT_EQ(missing.mistakes[1].expected, "cannot read the file " + (folder_ / "none").string());
}

TEST_F(ConfigurationFile, ASecretFileEndsAtItsLimit) {
  // Aim: 4096 bytes pass, one more does not: a wrong path must not load a disk image.
  const auto text = R"({"orthanc": {"url": "http://h", "password": "file:p"}})";
  write("p", std::string(4'096, 'x'));
  EXPECT_TRUE(read_configuration(write("a.json", text), ConfigurationReader::all).configuration);
  write("p", std::string(4'097, 'x'));
  EXPECT_FALSE(read_configuration(write("a.json", text), ConfigurationReader::all).configuration);
}

}  // namespace
}  // namespace radfm
