// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/report_page.h"

#include "core/dicom_time.h"
#include "orthanc-plugin/withdrawal_banner.h"

namespace radfm::plugin {

std::string page_frame(const std::string& title, const std::string& content) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
         "<title>" +
         escape_html(title) +
         "</title><link rel=\"icon\" href=\"/radfm/page/icon.svg\">"
         "<link rel=\"stylesheet\" href=\"/radfm/page/look.css\"><link rel=\"stylesheet\" href=\"/radfm/page/paper.css\"></head>"
         "<body class=\"paper\"><main>" +
         content + "<p class=\"quiet\"><a href=\"/radfm/\">All jobs</a></p></main></body></html>\n";
}

std::string page_row(const std::string& name, const std::string& value) {
  return value.empty() ? "" : "<div><dt>" + name + "</dt><dd>" + escape_html(value) + "</dd></div>";
}

std::string state_in_words(const db::Job& job) {
  if (std::string withdrawn = withdrawal_in_words(job); !withdrawn.empty()) return withdrawn;
  if (job.state == JobState::done && job.outcome == "delivered") return "delivered";
  if (job.state == JobState::delivering) return "being delivered";
  return std::string(to_string(job.state)) + (job.outcome.empty() ? "" : " (" + job.outcome + ")");
}

std::string escape_html(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

namespace {

bool is_in_use(const db::Job& job) {
  return job.revision > 0 && !job.withdrawal;
}

// `newest`: no draft in use comes before it.
std::string job_section(const db::Job& job, bool newest) {
  const std::string number = std::to_string(job.id);
  std::string html = "<section class=\"job\">" + withdrawal_banner(job) + "<div class=\"detail\"><h3>";
  if (is_in_use(job)) html += "<span class=\"mark\">DRAFT</span> ";
  html += "<a href=\"/radfm/#job-" + number + "\">Job " + number + "</a>, " + escape_html(state_in_words(job)) + "</h3><dl>" +
          page_row("Made", format_iso_utc(job.created_wall_ms)) +
          page_row("Revision", job.revision > 0 ? std::to_string(job.revision) : "") + page_row("Rule", job.rule_name) +
          page_row(job.error_code, job.error_message) + "</dl>";
  if (job.revision > 0) {
    html += "<p><a href=\"/radfm/report/" + escape_html(job.uids.sr_sop_instance_uid) + "\">" +
            (job.withdrawal ? "Read the withdrawn draft" : newest ? "Read the draft" : "Read this earlier draft") + "</a></p>";
  }
  return html + "</div></section>";
}

}  // namespace

std::string study_page(const std::string& study_instance_uid, const std::vector<db::Job>& jobs) {
  std::string content = "<h1>Drafts of a study</h1><dl>" + page_row("Study", study_instance_uid) + "</dl>";
  if (jobs.empty()) {
    content += "<p>This node has done nothing with this study: it is not stable yet, or it came before the node did. "
               "<code>radfmctl queue add</code> asks for a draft, and so does the button here for those who may.</p>";
  }
  content += "<div id=\"report-study\" data-study=\"" + escape_html(study_instance_uid) +
             "\"></div><script type=\"module\" src=\"/radfm/page/study.js\"></script>";
  bool newest = true;
  for (const db::Job& job : jobs) {
    content += job_section(job, newest);
    if (is_in_use(job)) newest = false;
  }
  return page_frame("Drafts of a study", content);
}

std::string message_page(const std::string& title, const std::string& message) {
  return page_frame(title, "<h1>" + escape_html(title) + "</h1><p>" + escape_html(message) + "</p>");
}

}  // namespace radfm::plugin
