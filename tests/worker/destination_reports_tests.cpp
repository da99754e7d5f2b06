// SPDX-License-Identifier: Apache-2.0
#include "worker/destination_reports.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <optional>

#include "core/sop_class.h"

namespace radfm::worker {
namespace {

using scu::FoundDocument;

// What an archive says and sends, and what it was asked for.
struct Shelf {
  scu::Found<FoundDocument> found;
  std::optional<Error> search_error, retrieve_error;
  std::map<std::string, std::string> contents;  // by SOP Instance UID
  std::vector<std::string> fetched;
  std::string asked;  // the study and the patient of the search
};

class ShelfSource final : public scu::PriorSource {
 public:
  explicit ShelfSource(Shelf& shelf) : shelf_(shelf) {}
  const std::string& name() const override { return name_; }
  Result<scu::Found<scu::FoundStudy>> studies(const scu::StudyQuery&, std::size_t, int) const override { return scu::Found<scu::FoundStudy>(); }
  Result<scu::Found<scu::FoundSeries>> series(const std::string&, const std::string&, std::size_t, int) const override {
    return scu::Found<scu::FoundSeries>();
  }
  Result<scu::Found<FoundDocument>> documents(const std::string& study_uid, const std::string& patient_id, std::size_t matches_max,
                                              int) const override {
    EXPECT_EQ(matches_max, destination_documents_max);
    shelf_.asked = study_uid + " " + patient_id;
    if (shelf_.search_error) return *shelf_.search_error;
    return shelf_.found;
  }
  Result<scu::RetrievalResult> retrieve(const scu::RetrievalRequest& request, std::shared_ptr<scu::ObjectSink> sink, std::uint64_t,
                                        int) const override {
    shelf_.fetched.push_back(request.sop_instance_uid);
    if (shelf_.retrieve_error) return *shelf_.retrieve_error;
    scu::RetrievalResult result;
    const auto content = shelf_.contents.find(request.sop_instance_uid);
    if (content == shelf_.contents.end()) return result;
    Result<std::unique_ptr<scu::ObjectSink::Writer>> writer = sink->begin({});
    if (!writer) return writer.error();
    const std::vector<std::uint8_t> bytes(content->second.begin(), content->second.end());
    Status kept = (*writer)->write(bytes);
    if (kept) kept = (*writer)->keep();
    if (kept) ++result.kept;
    if (!kept) result.stopped = kept.error();
    return result;
  }

 private:
  Shelf& shelf_;
  const std::string name_ = "C-GET from SHELF";
};

class DestinationReports : public ::testing::Test {
 protected:
  FoundDocument& add(const std::string& verification, const std::string& preliminary, const std::string& content = "") {
    FoundDocument& document = shelf_.found.matches.emplace_back();
    const std::string number = std::to_string(shelf_.found.matches.size());
    document.series_uid = "1.2.3." + number;
    document.sop_instance_uid = document.series_uid + ".1";
    document.sop_class_uid = basic_text_sr_uid;
    document.verification_flag = verification;
    document.preliminary_flag = preliminary;
    if (!content.empty()) shelf_.contents[document.sop_instance_uid] = content;
    return document;
  }
  // "final", "none", or the error's code. Contents are "final", "draft", and errors of the reader.
  std::string ask(bool fetch) {
    const ReportJudge judge{"/tmp", [](const std::vector<imaging::StudyFile>& files) -> Result<bool> {
                              char kind = 0;
                              EXPECT_EQ(files.size(), 1u);
                              EXPECT_EQ(::pread(files.front().fd.get(), &kind, 1, 0), 1);
                              if (kind == 'p') return poison_error("reader_crashed", "killed");
                              if (kind == 't') return transient_error("disk_full", "no room");
                              if (kind == 'c') return cancelled_error("woken", "the worker stops");
                              return kind == 'f';
                            }};
    const ShelfSource source(shelf_);
    const Result<bool> answer = holds_final_report({source, fetch, {"1.2.3", {"1.2.9"}, "P-1", "1.2.9.1"}, -1}, judge);
    return answer ? (*answer ? "final" : "none") : answer.error().code;
  }

  Shelf shelf_;
};

TEST_F(DestinationReports, FlagsAreBelievedWhereNothingIsFetched) {
  // Aim: each flag makes somebody's reading final; what the archive does not say is not known, and that is not final.
  EXPECT_EQ(ask(false), "none");
  EXPECT_EQ(shelf_.asked, "1.2.3 P-1");
  add("UNVERIFIED", "PRELIMINARY");
  add("", "");
  add("UNVERIFIED", "");
  EXPECT_EQ(ask(false), "none");
  add("VERIFIED", "");
  EXPECT_EQ(ask(false), "final");
  shelf_.found.matches.back().verification_flag = "UNVERIFIED";
  shelf_.found.matches.back().preliminary_flag = "FINAL";
  EXPECT_EQ(ask(false), "final");
  shelf_.found.matches.back().sop_class_uid.clear();
  EXPECT_EQ(ask(false), "none");
  EXPECT_TRUE(shelf_.fetched.empty());
}

TEST_F(DestinationReports, WhatIsOursOrNoReadingNeverCounts) {
  // Aim: by model name, by series and by UID; a document of another class or with the title of another kind. None is fetched.
  add("VERIFIED", "FINAL", "final").model_name = product_model_name;
  add("VERIFIED", "FINAL", "final").series_uid = "1.2.9";
  add("VERIFIED", "FINAL", "final").sop_instance_uid = "1.2.9.1";
  add("VERIFIED", "FINAL", "final").sop_class_uid = "1.2.840.10008.5.1.4.1.1.88.67";  // X-Ray Radiation Dose SR
  FoundDocument& measurements = add("VERIFIED", "FINAL", "final");
  measurements.sop_class_uid = "1.2.840.10008.5.1.4.1.1.88.33";
  measurements.title_code = "126000";
  measurements.title_scheme = "DCM";
  for (const bool fetch : {false, true}) EXPECT_EQ(ask(fetch), "none");
  EXPECT_TRUE(shelf_.fetched.empty());
}

TEST_F(DestinationReports, WhatIsFetchedDecides) {
  // Aim: what may be final is looked at, what is called final first; known drafts are not fetched.
  add("UNVERIFIED", "PRELIMINARY", "final");
  add("", "", "draft");
  add("VERIFIED", "", "draft");
  EXPECT_EQ(ask(true), "none");
  EXPECT_EQ(shelf_.fetched, (std::vector<std::string>{"1.2.3.3.1", "1.2.3.2.1"}));
  shelf_.contents["1.2.3.2.1"] = "final";
  EXPECT_EQ(ask(true), "final");
}

TEST_F(DestinationReports, WhatDoesNotComeIsAsItIsCalled) {
  // Aim: the archive sends nothing, or what no reader reads: a report that it calls final is final, another one is not known.
  for (const std::string content : {"", "poison"}) {
    shelf_ = {};
    add("", "", content);
    EXPECT_EQ(ask(true), "none");
    add("VERIFIED", "", content);
    EXPECT_EQ(ask(true), "final");
  }
  shelf_.retrieve_error = permanent_error("peer_refused_query", "no");
  EXPECT_EQ(ask(true), "final");
  shelf_.found.matches.pop_back();
  EXPECT_EQ(ask(true), "none");
}

TEST_F(DestinationReports, AnotherTryOrNone) {
  // Aim: an archive that does not take the question withholds nothing; what may be answered later waits, as does a full disk.
  add("VERIFIED", "", "transient");
  shelf_.search_error = permanent_error("peer_refused_query", "no");
  EXPECT_EQ(ask(false), "none");
  shelf_.search_error = transient_error("peer_unreachable", "nobody listens");
  EXPECT_EQ(ask(false), "peer_unreachable");
  shelf_.search_error.reset();
  EXPECT_EQ(ask(true), "disk_full");
  shelf_.contents["1.2.3.1.1"] = "cancelled";
  EXPECT_EQ(ask(true), "woken");
  shelf_.retrieve_error = transient_error("peer_timeout", "silent");
  EXPECT_EQ(ask(true), "peer_timeout");
}

TEST_F(DestinationReports, SoManyAreFetchedAndNoMore) {
  // Aim: the limit of documents, at it and one past it, and the limit of bytes of one.
  for (std::size_t i = 1; i < fetched_documents_max; ++i) add("", "", "draft");
  add("", "", "final");
  EXPECT_EQ(ask(true), "final");
  EXPECT_EQ(shelf_.fetched.size(), fetched_documents_max);
  shelf_.contents[shelf_.found.matches.back().sop_instance_uid] = "draft";
  add("", "", "final");
  EXPECT_EQ(ask(true), "none");
  shelf_ = {};
  add("", "", "f" + std::string(fetched_document_bytes_max - 1, '.'));
  EXPECT_EQ(ask(true), "final");
  shelf_.contents["1.2.3.1.1"] += '.';
  EXPECT_EQ(ask(true), "none");
}

}  // namespace
}  // namespace radfm::worker
