// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/draft_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace radfm::plugin {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

db::Job job() {
  db::Job made;
  made.id = 7;
  made.state = JobState::done;
  made.outcome = "delivered";
  made.revision = 1;
  made.uids.sr_sop_instance_uid = "2.25.7";
  made.report_text = "The plain text.";
  return made;
}

json page() {
  return {{"institution", "Hospital"},
          {"title", "Diagnostic Imaging Report"},
          {"subtitle", "CT of the chest"},
          {"closing", "Draft. Not reviewed."},
          {"language", "en-US"},
          {"fields", {{{"label", "Patient"}, {"value", "Müller, Änne"}, {"emphasised", true}}, {{"label", "Born"}, {"value", ""}}}},
          {"notices", {"A flag: it compares, though no prior was shown."}},
          {"sections", {{{"heading", "Findings"}, {"text", "A nodule."}}, {{"heading", "Impression"}, {"text", "Nodule."}, {"emphasised", true}}, {{"heading", "Comparison"}, {"text", ""}}}}};
}

TEST(DraftPage, SaysWhoseItIsWhatIsFlaggedAndWhatItSays) {
  // Aim: mark, patient, notice and sections stand on the page; a section without text does not, a field without value has a dash.
  const std::string html = draft_page(job(), nullptr, page().dump());
  for (const char* part : {">DRAFT<", "Not verified by a physician", "Müller, Änne", "A flag: it compares", "<h2>Findings</h2><p>A nodule.</p>",
                           "<section class=\"first\"><h2>Impression</h2><p>Nodule.</p>", "Draft. Not reviewed.", "&ndash;", "2.25.7"})
    EXPECT_THAT(html, HasSubstr(part));
  EXPECT_THAT(html, Not(HasSubstr("<h2>Comparison</h2>")));
  EXPECT_THAT(html, Not(HasSubstr("montage.png")));
  EXPECT_THAT(html, Not(HasSubstr("A later draft")));
}

TEST(DraftPage, ShowsThePictureAndTheLaterDraft) {
  // Aim: what the model was shown, where there is a picture of it; a draft that was replaced says by which.
  db::Job shown = job(), later = job();
  shown.has_montage = true;
  later.revision = 2;
  later.uids.sr_sop_instance_uid = "2.25.8";
  const std::string html = draft_page(shown, &later, page().dump());
  EXPECT_THAT(html, HasSubstr("/radfm/api/v1/jobs/7/montage.png"));
  EXPECT_THAT(html, HasSubstr("href=\"/radfm/report/2.25.8\">revision 2</a>"));
}

TEST(DraftPage, TextIsNeverMarkup) {
  // Aim: whatever stands in a field, a notice, a heading or a text is shown as it is written.
  json hostile = page();
  const std::string script = "<script>alert(\"1\")</script>&'";
  for (const char* key : {"institution", "title", "subtitle", "closing", "language"}) hostile[key] = script;
  hostile["fields"][0] = {{"label", script}, {"value", script}};
  hostile["notices"] = {script};
  hostile["sections"] = {{{"heading", script}, {"text", script}}};
  const std::string html = draft_page(job(), nullptr, hostile.dump());
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;"));
}

TEST(DraftPage, AWithdrawnDraftSaysSoAboveEverything) {
  // Aim: with its parts and without, the banner comes before the mark and the words, which can still be read, marked as out of use.
  db::Job withdrawn = job();
  withdrawn.outcome = "withdrawn";
  withdrawn.withdrawal = Withdrawal{RejectionReason::patient_safety, "Wrong side.", "administrator:anna", 1'700'000'000'000};
  for (const std::string& kept : {page().dump(), std::string()}) {
    const std::string html = draft_page(withdrawn, nullptr, kept);
    EXPECT_LT(html.find(">WITHDRAWN</p>"), html.find(">DRAFT</p>"));
    EXPECT_LT(html.find(">DRAFT</p>"), html.find("class=\"sheet withdrawn\" data-mark=\"WITHDRAWN\""));
    EXPECT_THAT(html, HasSubstr("<title>WITHDRAWN DRAFT report</title>"));
    EXPECT_THAT(html, HasSubstr("It is kept to be read, not to be used."));
    EXPECT_THAT(html, HasSubstr(kept.empty() ? "The plain text." : "<p>A nodule.</p>"));
    EXPECT_THAT(html, Not(HasSubstr("data-mark=\"DRAFT\"")));
  }
  EXPECT_THAT(draft_page(job(), nullptr, page().dump()), Not(HasSubstr("WITHDRAWN")));
}

TEST(DraftPage, WithoutPartsItIsTheText) {
  // Aim: nothing kept, no JSON, JSON of another form: the mark and the plain text, never an empty page.
  for (const char* kept : {"", "no json", "[]", "7", "{}", "{\"sections\": 3}", "{\"sections\": []}"}) {
    const std::string html = draft_page(job(), nullptr, kept);
    EXPECT_THAT(html, HasSubstr("<pre>The plain text.</pre>")) << kept;
    EXPECT_THAT(html, HasSubstr(">DRAFT<")) << kept;
  }
  EXPECT_THAT(draft_page(job(), nullptr, R"({"sections": [1, {"text": 2}, {"text": "x"}], "fields": [1], "notices": [2]})"), HasSubstr("<p>x</p>"));
}

}  // namespace
}  // namespace radfm::plugin
