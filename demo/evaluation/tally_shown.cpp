// SPDX-License-Identifier: Apache-2.0
#include "demo/evaluation/tally_shown.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>

#include "pipeline/imaging/canvas.h"

namespace radfm::demo {
namespace {

constexpr const char* neither = "neither";

std::string percent(const Share& share) {
  if (share.asked == 0) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %% of %d", 100 * share.value(), share.asked);
  return text;
}

// What was asked of nothing has no line.
std::string line(const std::string& name, const Share& radiographs, const Share& ct, const Share& all) {
  if (all.asked == 0) return {};
  char text[160];
  std::snprintf(text, sizeof text, "  %-18s %18s %18s %18s\n", name.c_str(), percent(radiographs).c_str(), percent(ct).c_str(),
                percent(all).c_str());
  return text;
}

Share share_of(const Group& group, std::string_view attribute) {
  const auto found = group.attributes.find(attribute);
  return found == group.attributes.end() ? Share{} : found->second;
}

template <class Key>
nlohmann::json shares_json(const std::map<Key, Share>& shares) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [name, share] : shares) {
    if (share.asked > 0) json[std::string(name)] = share.value();
  }
  return json;
}

nlohmann::json change_json(const Group& group) {
  nlohmann::json json = nlohmann::json::object();
  for (std::size_t i = 0; i < group.by_change.size(); ++i) {
    if (group.by_change[i].asked > 0) json[group.change.names[i]] = group.by_change[i].value();
  }
  return json;
}

nlohmann::json confusion_json(const Confusion& confusion) {
  nlohmann::json json = nlohmann::json::object();
  for (std::size_t truth = 0; truth < confusion.counts.size(); ++truth) {
    for (std::size_t said = 0; said < confusion.counts[truth].size(); ++said) {
      const int count = confusion.counts[truth][said];
      const std::string name = said < confusion.names.size() ? confusion.names[said] : neither;
      if (count > 0) json[confusion.names[truth]][name] = count;
    }
  }
  return json;
}

nlohmann::json group_json(const Group& group) {
  return {{"accuracy", shares_json(group.attributes)},
          {"change", change_json(group)},
          {"contradicting_prior_report", shares_json(group.against_report)},
          {"confusion", {{"kind", confusion_json(group.kind)}, {"change", confusion_json(group.change)}}}};
}

std::string confusion_text(const Confusion& confusion) {
  std::string text = "  truth \\ said   ";
  char cell[32];
  const auto column = [&](const std::string& value) {
    std::snprintf(cell, sizeof cell, " %10.10s", value.c_str());
    text += cell;
  };
  for (const std::string& name : confusion.names) column(name);
  column(neither);
  for (std::size_t truth = 0; truth < confusion.counts.size(); ++truth) {
    std::snprintf(cell, sizeof cell, "\n  %-15.15s", confusion.names[truth].c_str());
    text += cell;
    for (const int count : confusion.counts[truth]) column(count == 0 ? "." : std::to_string(count));
  }
  return text + "\n";
}

}  // namespace

std::string table_of(const Tally& tally) {
  char text[160];
  std::snprintf(text, sizeof text, "  %-18s %18s %18s %18s\n", "", "radiographs", "CT", "all");
  std::string table = text;
  for (const std::string_view attribute : judged_attributes()) {
    table += line(std::string(attribute), share_of(tally.radiographs, attribute), share_of(tally.ct, attribute), share_of(tally.all, attribute));
  }
  table += "by class of change\n";
  for (std::size_t i = 0; i < tally.all.by_change.size(); ++i) {
    table += line(tally.all.change.names[i], tally.radiographs.by_change[i], tally.ct.by_change[i], tally.all.by_change[i]);
  }
  if (!tally.all.against_report.empty()) table += "where the prior report contradicts the pixels\n";
  for (const auto& [attribute, share] : tally.all.against_report) {
    const auto of = [&](const Group& group) { return group.against_report.contains(attribute) ? group.against_report.at(attribute) : Share{}; };
    table += line(std::string(attribute), of(tally.radiographs), of(tally.ct), share);
  }
  table += "kinds\n" + confusion_text(tally.all.kind) + "changes\n" + confusion_text(tally.all.change);
  table += "reports that ended by themselves: " + percent(tally.ended) + "\n";
  table += "no diagnostic image, and said so or refused: " + percent(tally.not_diagnostic) + "\n";
  table += "a comparison claimed without a prior image: " + percent(tally.compares_with_none) + "\n";
  if (tally.same_text.asked > 0) table += "the same text as through model input: " + percent(tally.same_text) + "\n";
  std::snprintf(text, sizeof text, "milliseconds a report: median %.0f, longest %.0f\n", tally.median_ms(), tally.longest_ms());
  return table + text;
}

nlohmann::json json_of(const Tally& tally) {
  nlohmann::json json = group_json(tally.all);
  json["radiographs"] = group_json(tally.radiographs);
  json["ct"] = group_json(tally.ct);
  if (tally.ended.asked > 0) json["ended"] = tally.ended.value();
  if (tally.not_diagnostic.asked > 0) json["not_diagnostic"] = tally.not_diagnostic.value();
  if (tally.compares_with_none.asked > 0) json["compares_with_none"] = tally.compares_with_none.value();
  if (tally.same_text.asked > 0) json["same_text"] = tally.same_text.value();
  json["report_ms"] = {{"median", tally.median_ms()}, {"longest", tally.longest_ms()}};
  return json;
}

Result<std::vector<std::uint8_t>> picture_of(const Tally& tally) {
  constexpr int width = 104, height = 44, names_width = 204, gap = 24, line_height = 20;  // the longest name has 16 letters
  const auto height_of = [](const Confusion& c) { return static_cast<int>(c.names.size()) * height + 2 * line_height + gap; };
  const int columns = static_cast<int>(tally.all.change.names.size()) + 1;
  imaging::Canvas canvas(names_width + columns * width + gap, height_of(tally.all.kind) + height_of(tally.all.change), 1);
  int top = 0;
  for (const Confusion* confusion : {&tally.all.kind, &tally.all.change}) {
    canvas.write(confusion == &tally.all.kind ? "KIND: TRUTH IN ROWS, SAID IN COLUMNS" : "CHANGE: TRUTH IN ROWS, SAID IN COLUMNS", 4, top + 2, 2, 255);
    for (std::size_t said = 0; said <= confusion->names.size(); ++said) {
      const std::string name = said < confusion->names.size() ? confusion->names[said] : neither;
      canvas.write(name, names_width + static_cast<int>(said) * width + 2, top + line_height + 6, 1, 200);
    }
    for (std::size_t truth = 0; truth < confusion->counts.size(); ++truth) {
      const std::vector<int>& row = confusion->counts[truth];
      const int of = std::max(1, std::accumulate(row.begin(), row.end(), 0)), y = top + 2 * line_height + static_cast<int>(truth) * height;
      canvas.write(confusion->names[truth], 4, y + height / 2 - 7, 2, 255);
      for (std::size_t said = 0; said < row.size(); ++said) {
        const auto grey = static_cast<std::uint8_t>(24 + 200 * row[said] / of);
        const int x = names_width + static_cast<int>(said) * width;
        canvas.draw({&grey, 1, 1, 1}, x, y, width - 2, height - 2);
        if (row[said] > 0) canvas.write(std::to_string(row[said]), x + 6, y + height / 2 - 7, 2, 255);
      }
    }
    top += height_of(*confusion);
  }
  return canvas.png();
}

}  // namespace radfm::demo
