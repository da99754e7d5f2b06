// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/draft_page.h"

#include <nlohmann/json.hpp>

#include "core/dicom_time.h"
#include "orthanc-plugin/report_page.h"
#include "orthanc-plugin/withdrawal_banner.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_emphasised(const json& object) {
  const auto found = object.find("emphasised");
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

// The list of that name, or an empty one.
json list_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : json::array();
}

std::string warnings(const db::Job& job, const db::Job* newer) {
  std::string html =
      withdrawal_banner(job) +
      "<p class=\"draft\" role=\"alert\">DRAFT</p>"
      "<p class=\"notice\">Written by a machine from the images. Not verified by a physician. Not for diagnosis: a "
      "radiologist must read the images and write the report.</p>";
  if (newer != nullptr) {
    html += "<p class=\"newer\" role=\"alert\">A later draft of this study exists: <a href=\"/radfm/report/" +
            escape_html(newer->uids.sr_sop_instance_uid) + "\">revision " + std::to_string(newer->revision) + "</a></p>";
  }
  return html;
}

std::string document_facts(const db::Job& job) {
  return "<details><summary>This document</summary><dl>" + page_row("Study", job.identity.study_instance_uid) +
         page_row("Document", job.uids.sr_sop_instance_uid) + page_row("Revision", job.revision > 0 ? std::to_string(job.revision) : "") +
         page_row("Replaces", job.predecessor_sop_instance_uid) + page_row("Rule", job.rule_name) +
         page_row("Made", format_iso_utc(job.created_wall_ms)) + page_row("State", state_in_words(job)) + "</dl></details>";
}

std::string head(const json& page) {
  const std::string institution = text_of(page, "institution"), subtitle = text_of(page, "subtitle");
  std::string html = institution.empty() ? "" : "<p class=\"quiet\">" + escape_html(institution) + "</p>";
  html += "<h1>" + escape_html(text_of(page, "title")) + (subtitle.empty() ? "" : ": " + escape_html(subtitle)) + "</h1><dl class=\"head\">";
  for (const json& field : list_of(page, "fields")) {
    const std::string value = text_of(field, "value");
    html += std::string(is_emphasised(field) ? "<div class=\"who\">" : "<div>") + "<dt>" + escape_html(text_of(field, "label")) +
            "</dt><dd>" + (value.empty() ? "&ndash;" : escape_html(value)) + "</dd></div>";
  }
  return html + "</dl>";
}

// Where the draft's words stand. Those of a withdrawn one can be read, and look like what nobody may use.
std::string sheet(const db::Job& job, const std::string& language, const std::string& content) {
  const std::string lang = language.empty() ? "" : " lang=\"" + escape_html(language) + "\"";
  if (!job.withdrawal) return "<div class=\"sheet\" data-mark=\"DRAFT\"" + lang + ">" + content + "</div>";
  return "<p class=\"out-of-use\">Withdrawn text. It is kept to be read, not to be used.</p>"
         "<div class=\"sheet withdrawn\" data-mark=\"WITHDRAWN\"" + lang + ">" + content + "</div>";
}

std::string notices(const json& page) {
  std::string html;
  for (const json& notice : list_of(page, "notices")) {
    if (notice.is_string()) html += "<p class=\"flagged\">" + escape_html(notice.get<std::string>()) + "</p>";
  }
  return html;
}

std::string sections(const json& page) {
  std::string html;
  for (const json& section : list_of(page, "sections")) {
    const std::string text = text_of(section, "text");
    if (text.empty()) continue;
    html += std::string(is_emphasised(section) ? "<section class=\"first\">" : "<section>") + "<h2>" +
            escape_html(text_of(section, "heading")) + "</h2><p>" + escape_html(text) + "</p></section>";
  }
  return html;
}

std::string montage(const db::Job& job) {
  if (!job.has_montage) return {};
  return "<figure><img class=\"montage\" src=\"/radfm/api/v1/jobs/" + std::to_string(job.id) +
         "/montage.png\" alt=\"The images of this study as the model was shown them, with letters of orientation, series, slices and "
         "windows\"><figcaption class=\"quiet\">What the model was shown of this study</figcaption></figure>";
}

}  // namespace

std::string draft_page(const db::Job& job, const db::Job* newer, const std::string& page_json) {
  const json page = json::parse(page_json, nullptr, false);
  const std::string title = job.withdrawal ? "WITHDRAWN DRAFT report" : "DRAFT report";
  if (!page.is_object() || list_of(page, "sections").empty()) {
    return page_frame(title, warnings(job, newer) + "<h1>Draft report</h1>" + sheet(job, "", "<pre>" + escape_html(job.report_text) + "</pre>") +
                                 montage(job) + document_facts(job));
  }
  const std::string closing = text_of(page, "closing");
  return page_frame(title, warnings(job, newer) + head(page) + notices(page) + sheet(job, text_of(page, "language"), sections(page)) +
                               (closing.empty() ? "" : "<p class=\"notice\">" + escape_html(closing) + "</p>") + montage(job) +
                               document_facts(job));
}

}  // namespace radfm::plugin
