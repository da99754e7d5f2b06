// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/configuration.h"
#include "core/draft_flags.h"

namespace radfm {
namespace {

// The keys that are wrong when `section` stands in an otherwise good file.
std::vector<std::string> wrong_keys(const std::string& section) {
  const bool has_orthanc = section.starts_with("\"orthanc\"");
  const std::string text = "{" + std::string(has_orthanc ? "" : R"("orthanc": {"url": "http://h:1"}, )") + section + "}";
  std::vector<std::string> keys;
  for (const auto& mistake : parse_configuration(text, "/c/f.json", ConfigurationReader::all).mistakes) keys.push_back(mistake.key);
  return keys;
}

using Keys = std::vector<std::string>;

TEST(ConfigurationSections, UrlsAreChecked) {
  // Aim: schemes, hosts, addresses of version 6; no credentials, no queries.
  for (const char* url : {"http://127.0.0.1:8042", "https://pacs", "http://[::1]:8042", "http://h/orthanc/", "http://h///"}) {
    EXPECT_EQ(wrong_keys(R"("orthanc": {"url": ")" + std::string(url) + "\"}"), Keys{}) << url;
  }
  for (const char* url : {"", "127.0.0.1:8042", "ftp://h", "http://", "http://:8042", "http:///x", "http://u:p@h", "http://h?x", "http://h x"}) {
    EXPECT_EQ(wrong_keys(R"("orthanc": {"url": ")" + std::string(url) + "\"}"), Keys{"orthanc.url"}) << url;
  }
}

TEST(ConfigurationSections, RemoteNodesAreChecked) {
  // Aim: every key of an entry, the limits of ports, names used twice.
  EXPECT_EQ(wrong_keys(R"("pacs": [{"name": "a", "ae_title": "A", "host": "h", "port": 65535}])"), Keys{});
  EXPECT_EQ(wrong_keys(R"("pacs": [{"name": "a", "ae_title": "A", "host": "h", "port": 65536}])"), Keys{"pacs[0].port"});
  EXPECT_EQ(wrong_keys(R"("pacs": [{"name": "a", "ae_title": "A", "host": "h", "port": 0}])"), Keys{"pacs[0].port"});
  EXPECT_EQ(wrong_keys(R"("pacs": [{}])"), (Keys{"pacs[0].name", "pacs[0].ae_title", "pacs[0].host"}));
  EXPECT_EQ(wrong_keys(R"("pacs": [{"name": "a/b", "ae_title": "SEVENTEEN_LETTERS", "host": "h;rm"}])"),
            (Keys{"pacs[0].name", "pacs[0].ae_title", "pacs[0].host"}));
  EXPECT_EQ(wrong_keys(R"("pacs": [{"name": "a", "ae_title": "A", "host": "h"}, {"name": "a", "ae_title": "B", "host": "i"}])"),
            Keys{"pacs[1].name"});
  EXPECT_EQ(wrong_keys(R"("pacs": {})"), Keys{"pacs"});
}

TEST(ConfigurationSections, TimesOfTheQueueFitTogether) {
  // Aim: a lease that one late heartbeat would lose, and waits that shrink, are refused.
  EXPECT_EQ(wrong_keys(R"("queue": {"lease_ms": 1000, "heartbeat_ms": 500})"), Keys{});
  EXPECT_EQ(wrong_keys(R"("queue": {"lease_ms": 1000, "heartbeat_ms": 501})"), Keys{"queue.heartbeat_ms"});
  EXPECT_EQ(wrong_keys(R"("queue": {"lease_ms": 1000})"), Keys{"queue.heartbeat_ms"});
  EXPECT_EQ(wrong_keys(R"("queue": {"backoff_first_ms": 20, "backoff_max_ms": 10})"), Keys{"queue.backoff_first_ms"});
  EXPECT_EQ(wrong_keys(R"("queue": {"poison_limit": 0, "vanished_limit": 1001})"), (Keys{"queue.poison_limit", "queue.vanished_limit"}));
}

TEST(ConfigurationSections, RolesAreListsOfUsers) {
  // Aim: a list that is absent and one that is empty differ; a name that no user can have is refused.
  EXPECT_EQ(wrong_keys(R"("access": {"read": ["a"], "operate": [], "administer": ["b c"]})"), Keys{});
  EXPECT_EQ(wrong_keys(R"("access": {"operate": ["a:b"]})"), Keys{"access.operate"});
  EXPECT_EQ(wrong_keys(R"("access": {"administer": [")" + std::string(129, 'a') + R"("]})"), Keys{"access.administer"});
  const auto reading =
      parse_configuration(R"({"orthanc": {"url": "http://h:1"}, "access": {"operate": []}})", "/c/f.json", ConfigurationReader::all);
  ASSERT_TRUE(reading.configuration);
  EXPECT_FALSE(reading.configuration->access.read);
  ASSERT_TRUE(reading.configuration->access.operate);
  EXPECT_TRUE(reading.configuration->access.operate->empty());
}

TEST(ConfigurationSections, AuditRepositoryIsKnownByItsCertificate) {
  // Aim: nothing is sent to one that could be anybody, and a certificate needs its key.
  EXPECT_EQ(wrong_keys(R"("audit": {"syslog_host": "arr"})"), Keys{"audit.tls"});
  EXPECT_EQ(wrong_keys(R"("audit": {"syslog_host": "arr", "tls": {"trusted_certificates_file": "ca.pem"}})"), Keys{});
  EXPECT_EQ(wrong_keys(R"("audit": {"syslog_host": "a;b"})"), Keys{"audit.syslog_host"});
  EXPECT_EQ(wrong_keys(R"("audit": {"syslog_port": 65536})"), Keys{"audit.syslog_port"});
  EXPECT_EQ(wrong_keys(R"("audit": {"tls": {"certificate_file": "c.pem"}})"), Keys{"audit.tls"});
}

TEST(ConfigurationSections, CompanionsAreNamed) {
  // Aim: the two that there are, or none.
  EXPECT_EQ(wrong_keys(R"("report": {"companions": []})"), Keys{});
  EXPECT_EQ(wrong_keys(R"("report": {"companions": ["pdf", "secondary_capture"]})"), Keys{});
  EXPECT_EQ(wrong_keys(R"("report": {"companions": ["pdf", "jpeg"]})"), Keys{"report.companions"});
  EXPECT_EQ(wrong_keys(R"("report": {"companions": "pdf"})"), Keys{"report.companions"});
}

TEST(ConfigurationSections, DevicesAreNamed) {
  // Aim: what the engine understands and nothing else.
  for (const char* device : {"auto", "cpu", "cuda", "cuda:0", "cuda:15"}) {
    EXPECT_EQ(wrong_keys(R"("model": {"device": ")" + std::string(device) + "\"}"), Keys{}) << device;
  }
  for (const char* device : {"", "gpu", "cuda:", "cuda:x", "cuda:100", "CPU"}) {
    EXPECT_EQ(wrong_keys(R"("model": {"device": ")" + std::string(device) + "\"}"), Keys{"model.device"}) << device;
  }
}

TEST(ConfigurationSections, ComputeTypesAndTheCacheHaveBounds) {
  // Aim: what the engine understands and nothing else; the cache's limit and one past it.
  for (const char* type : {"auto", "f32", "bf16", "f16", "int8", "int4"}) {
    EXPECT_EQ(wrong_keys(R"("model": {"dtype": ")" + std::string(type) + "\"}"), Keys{}) << type;
  }
  for (const char* type : {"", "float32", "F32", "int3"}) {
    EXPECT_EQ(wrong_keys(R"("model": {"dtype": ")" + std::string(type) + "\"}"), Keys{"model.dtype"}) << type;
  }
  EXPECT_EQ(wrong_keys(R"("model": {"embedding_cache_mb": 65536})"), Keys{});
  EXPECT_EQ(wrong_keys(R"("model": {"embedding_cache_mb": 65537})"), Keys{"model.embedding_cache_mb"});
  EXPECT_EQ(wrong_keys(R"("model": {"embedding_cache_mb": -1})"), Keys{"model.embedding_cache_mb"});
  for (const char* fits : {"1", "64"}) EXPECT_EQ(wrong_keys(R"("model": {"jobs_at_once": )" + std::string(fits) + "}"), Keys{}) << fits;
  for (const char* not_so : {"0", "65"}) {
    EXPECT_EQ(wrong_keys(R"("model": {"jobs_at_once": )" + std::string(not_so) + "}"), Keys{"model.jobs_at_once"}) << not_so;
  }
}

TEST(ConfigurationSections, ADraftCannotBeMadeMore) {
  // Aim: no key makes a report final or verified.
  EXPECT_EQ(wrong_keys(R"("report": {"completion_flag": "FINAL"})"), Keys{"report.completion_flag"});
  EXPECT_EQ(wrong_keys(R"("report": {"verification_flag": "VERIFIED"})"), Keys{"report.verification_flag"});
  EXPECT_EQ(wrong_keys(R"("report": {"preliminary_flag": "FINAL"})"), Keys{"report.preliminary_flag"});
  EXPECT_EQ(wrong_keys(R"("report": {"institution_notice": ")" + std::string(500, 'x') + "\"}"), Keys{});
  EXPECT_EQ(wrong_keys(R"("report": {"institution_notice": ")" + std::string(501, 'x') + "\"}"), Keys{"report.institution_notice"});
  EXPECT_EQ(wrong_keys(R"("report": {"language": "en US"})"), Keys{"report.language"});
}

TEST(ConfigurationSections, ADraftHasOneOfFourSrClasses) {
  // Aim: each class by its name; anything else is told what was expected, and leaves the default.
  const auto reading_of = [](const std::string& value) {
    return parse_configuration(R"({"orthanc": {"url": "http://h:1"}, "report": {"sop_class": )" + value + "}}", "f.json", ConfigurationReader::all);
  };
  for (const SrClass sr_class : sr_classes) {
    const auto reading = reading_of("\"" + std::string(to_string(sr_class)) + "\"");
    ASSERT_TRUE(reading.configuration) << to_string(sr_class);
    EXPECT_EQ(reading.configuration->report.sop_class, sr_class);
  }
  for (const char* wrong : {R"("")", R"("Basic Text SR")", R"("1.2.840.10008.5.1.4.1.1.88.11")", R"("extensible")", "3", "null", "[]"}) {
    EXPECT_EQ(wrong_keys(R"("report": {"sop_class": )" + std::string(wrong) + "}"), Keys{"report.sop_class"}) << wrong;
  }
  EXPECT_EQ(reading_of(R"("basic")").mistakes.at(0).text(),
            "f.json: report.sop_class: expected basic_text or enhanced or comprehensive or comprehensive_3d");
}

TEST(ConfigurationSections, FlagsMarkOrHold) {
  // Aim: each code, both effects, nothing else; a slip of the keyboard is told the nearest code.
  for (const std::string_view code : draft_flag_codes) {
    for (const char* effect : {"marks", "holds"}) {
      EXPECT_EQ(wrong_keys(R"("report": {"flags": {")" + std::string(code) + R"(": ")" + effect + "\"}}"), Keys{}) << code;
    }
  }
  EXPECT_EQ(wrong_keys(R"("report": {"flags": {"repeats": "hides"}})"), Keys{"report.flags.repeats"});
  EXPECT_EQ(wrong_keys(R"("report": {"flags": {"repeats": true}})"), Keys{"report.flags.repeats"});
  EXPECT_EQ(wrong_keys(R"("report": {"flags": ["repeats"]})"), Keys{"report.flags"});
  EXPECT_EQ(wrong_keys(R"("report": {"flags": {"patients_name": "holds"}})"), Keys{"report.flags.patients_name"});
}

TEST(ConfigurationSections, TheDoorbellIsASocket) {
  // Aim: 107 bytes is what a Unix socket's address holds.
  const std::string at_limit = "/" + std::string(106, 'd');
  EXPECT_EQ(wrong_keys(R"("database": {"doorbell": ")" + at_limit + "\"}"), Keys{});
  EXPECT_EQ(wrong_keys(R"("database": {"doorbell": ")" + at_limit + "d\"}"), Keys{"database.doorbell"});
}

TEST(ConfigurationSections, AgesAndReaderLimitsHaveRanges) {
  // Aim: the ends of the ranges and the order of two ages.
  EXPECT_EQ(wrong_keys(R"("rules": [{"name": "r", "match": {"age_min_years": 20, "age_max_years": 19}}])"),
            Keys{"rules[0].match.age_min_years"});
  EXPECT_EQ(wrong_keys(R"("rules": [{"name": "r", "max_study_age_days": -1}])"), Keys{"rules[0].max_study_age_days"});
  EXPECT_EQ(wrong_keys(R"("reader": {"nesting_max": 100, "memory_max_mb": 64})"), Keys{});
  EXPECT_EQ(wrong_keys(R"("reader": {"nesting_max": 101, "memory_max_mb": 63})"), (Keys{"reader.memory_max_mb", "reader.nesting_max"}));
}

}  // namespace
}  // namespace radfm
