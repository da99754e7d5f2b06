// SPDX-License-Identifier: Apache-2.0
// An archive in memory: studies of two series, images and a report.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/worker/fakes.h"
#include "worker/prior_archives.h"

namespace radfm::test {

inline constexpr const char* ct_class = "1.2.840.10008.5.1.4.1.1.2";

class FakeArchive {
 public:
  FakeArchive(std::string name, ManualClock& clock) : name_(std::move(name)), clock_(clock) {}

  FakeArchive& add(const std::string& uid, const std::string& date, const std::string& modality = "CT") {
    scu::FoundStudy study;
    study.study_uid = uid;
    study.date = date;
    study.description = "Chest";
    study.patient_id = "P-1";
    study.modalities = modality;
    found.push_back(study);
    return *this;
  }
  worker::PriorArchive entry() {
    return {name_, 60'000, [this](std::int64_t timeout_ms) -> Result<std::unique_ptr<scu::PriorSource>> {
              timeouts_ms.push_back(timeout_ms);
              return std::unique_ptr<scu::PriorSource>(std::make_unique<Source>(*this));
            }};
  }

  std::vector<scu::FoundStudy> found;
  std::optional<Error> search_error, retrieve_error;
  std::int64_t call_takes_ms = 0;
  std::size_t images_of_each = 3, lacks_images = 0, object_bytes = 10, refused = 0;
  // What was asked of it.
  int searches = 0;
  scu::StudyQuery query;
  std::vector<std::int64_t> timeouts_ms;
  std::vector<std::string> retrieved;  // studies, each once

 private:
  class Source final : public scu::PriorSource {
   public:
    explicit Source(FakeArchive& archive) : archive_(archive), name_("fake from " + archive.name_) {}
    const std::string& name() const override { return name_; }
    Result<scu::Found<scu::FoundStudy>> studies(const scu::StudyQuery& query, std::size_t, int) const override {
      archive_.clock_.now_ms += archive_.call_takes_ms;
      ++archive_.searches;
      archive_.query = query;
      if (archive_.search_error) return *archive_.search_error;
      scu::Found<scu::FoundStudy> answer;
      answer.matches = archive_.found;
      return answer;
    }
    Result<scu::Found<scu::FoundSeries>> series(const std::string& study_uid, const std::string&, std::size_t, int) const override {
      archive_.clock_.now_ms += archive_.call_takes_ms;
      scu::Found<scu::FoundSeries> answer;
      for (const scu::FoundStudy& study : archive_.found) {
        if (study.study_uid != study_uid) continue;
        for (const std::string& modality : {study.modalities, std::string("SR"), std::string("PR")}) {
          scu::FoundSeries series;
          series.series_uid = study_uid + (modality == "SR" ? ".2" : modality == "PR" ? ".3" : ".1");
          series.modality = modality;
          answer.matches.push_back(series);
        }
      }
      return answer;
    }
    Result<scu::Found<scu::FoundDocument>> documents(const std::string&, const std::string&, std::size_t, int) const override {
      return scu::Found<scu::FoundDocument>();
    }
    Result<scu::RetrievalResult> retrieve(const scu::RetrievalRequest& request, std::shared_ptr<scu::ObjectSink> sink, std::uint64_t,
                                          int) const override {
      if (archive_.retrieve_error) return *archive_.retrieve_error;
      if (std::ranges::find(archive_.retrieved, request.study_uid) == archive_.retrieved.end()) archive_.retrieved.push_back(request.study_uid);
      scu::RetrievalResult result;
      for (const std::string& series : request.series_uids) {
        const bool images = series.ends_with(".1");
        const std::size_t count = images ? archive_.images_of_each : 1;
        for (std::size_t i = 0; i < count; ++i) {
          if (images && i < archive_.lacks_images) {
            ++result.failed;
            continue;
          }
          if (Status sent = send(request.study_uid, series, i, *sink); !sent) {
            result.stopped = sent.error();
            return result;
          }
          ++result.kept;
        }
      }
      if (archive_.refused > 0) result.refused["object_not_asked_for"] = archive_.refused;
      return result;
    }

   private:
    Status send(const std::string& study, const std::string& series, std::size_t number, scu::ObjectSink& sink) const {
      Result<std::unique_ptr<scu::ObjectSink::Writer>> writer = sink.begin({ct_class, series + "." + std::to_string(number), "", study, series});
      if (!writer) return writer.error();
      if (Status written = (*writer)->write(std::vector<std::uint8_t>(archive_.object_bytes)); !written) return written;
      return (*writer)->keep();
    }

    FakeArchive& archive_;
    const std::string name_;
  };

  const std::string name_;
  ManualClock& clock_;
};

}  // namespace radfm::test
