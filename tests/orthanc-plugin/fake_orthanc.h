// SPDX-License-Identifier: GPL-3.0-or-later
// An Orthanc for tests: an index in memory that logs changes and answers as 1.10.1 does, behind the plugin's
// own seam; and a clock that moves only when a test moves it.
// A request that is not known to be answered from the index alone fails the test that made it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/clock.h"
#include "orthanc-plugin/arrivals.h"
#include "orthanc-plugin/orthanc_api.h"

namespace radfm::plugin {

class FakeClock final : public Clock {
 public:
  std::int64_t wall_ms() const override { return wall; }
  std::int64_t boot_ms() const override { return boot; }
  std::string boot_id() const override { return "test-boot"; }
  void advance(std::int64_t ms) {
    wall += ms;
    boot += ms;
  }
  std::int64_t wall = 1'790'000'000'000;  // 2026-09-21, on a full second
  std::int64_t boot = 1'000'000;
};

inline constexpr const char* ct_class = "1.2.840.10008.5.1.4.1.1.2";
inline constexpr const char* sr_class = "1.2.840.10008.5.1.4.1.1.88.11";

class FakeOrthanc final : public OrthancApi {
 public:
  explicit FakeOrthanc(const Clock& clock) : clock_(clock) {}

  // Names are any words; the study's UID is "1.2.3." + its number. Logs NewStudy, NewSeries, NewInstance like
  // Orthanc, then calls `stored`.
  void receive(const std::string& study, const std::string& series, const std::string& sop_uid,
               const std::string& sop_class = ct_class, const std::string& remote_aet = "MODALITY");
  void stable(const std::string& study);                              // logs StableStudy
  void log_other(const std::string& type, const std::string& study);  // UpdatedMetadata and the like
  void remove(const std::string& study);  // as Orthanc: its changes go too, the last number stays
  void remove_instance(const std::string& study, const std::string& sop_uid);  // as Orthanc: nobody is told
  void restart();                         // every study is stable at once, no StableStudy ever comes
  void replace_index();                   // another index: nothing in it or kept in it, counting begins anew
  void clear_changes() { changes_.clear(); }  // DELETE /changes: the last number stays
  void mark(const std::string& study, const std::string& metadata);
  // A main tag of the study or of its patient ("PatientName"), as a file of it would have brought.
  void tell(const std::string& study, const std::string& tag, const std::string& value);

  // The next `times` requests whose path and body contain `part` answer an error of Orthanc.
  void fail(const std::string& part, int times);
  // Called with path and body of each request, or "kept_text", "keep_text", before it is answered.
  std::function<void(const std::string&)> before = [](const std::string&) {};
  // As OnStoredInstance: Orthanc's name of the instance, and a file whose identifiers it is the hash of.
  std::function<void(const std::string&, std::span<const std::uint8_t>, const ArrivalMetadata&)> stored =
      [](const std::string&, std::span<const std::uint8_t>, const ArrivalMetadata&) {};

  // Orthanc's own way to name things, for a patient "P" whose studies' UIDs are their names here.
  static std::string id(const std::string& name);
  std::int64_t last_change() const { return last_; }

  Result<std::string> get(const std::string& path) override;
  Result<std::string> post(const std::string& path, const std::string& body) override;
  Result<std::string> kept_text() override;
  Status keep_text(const std::string& text) override;

  std::string kept;
  std::size_t largest_answer_bytes = 0;
  std::vector<std::string> requests;

 private:
  struct Instance {
    std::string study, series, sop_uid, sop_class, remote_aet;
  };
  struct Study {
    int number = 0;
    std::int64_t updated_ms = 0;
    bool stable = false;
    std::string metadata;
    std::vector<std::string> instances;
    std::map<std::string, int> series;  // and how many instances of it
    std::map<std::string, std::string> tags;
  };
  struct LoggedChange {
    std::int64_t sequence = 0;
    std::string type, level, id, study, date;
  };
  void log(const std::string& type, const std::string& level, const std::string& id,
           const std::string& study);
  Result<std::string> answer_to(const std::string& path) const;
  Result<std::string> changes(const std::string& query) const;
  Result<std::string> studies(const std::string& query) const;
  Result<std::string> study(const std::string& id) const;
  Result<std::string> series_of(const std::string& id) const;
  std::map<std::string, std::string> tags_of(const Study& study) const;
  static std::vector<std::string> series_ids(const Study& study);
  std::string series_named(const std::vector<std::string>& ids) const;
  std::string find(const std::string& question) const;
  std::string bulk_content(const std::string& question) const;
  std::string instances_named(const std::vector<std::string>& ids) const;
  std::string studies_above(const std::vector<std::string>& ids) const;
  bool must_fail(const std::string& request);

  const Clock& clock_;
  std::map<std::string, Study> studies_;       // by Orthanc's identifier
  std::map<std::string, Instance> instances_;  // by Orthanc's identifier
  std::map<std::string, std::string> series_;  // to their study, both by Orthanc's identifier
  std::vector<LoggedChange> changes_;
  std::int64_t last_ = 0;
  int studies_made_ = 0;
  std::map<std::string, int> failures_;
};

}  // namespace radfm::plugin
