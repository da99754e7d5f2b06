// SPDX-License-Identifier: Apache-2.0
#include "demo/training/record_folder.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "core/log.h"
#include "demo/training/example_stream.h"
#include "demo/training/record_picture.h"
#include "pipeline/model/conversion/output_folder.h"
#include "pipeline/model/file_text.h"

namespace radfm::training {
namespace {

using nlohmann::json;

constexpr std::size_t kinds_bytes_max = 1u << 20;

Error bad(const std::string& why) {
  return permanent_error("records_bad", why);
}

// A record without its pixels.
struct Entry {
  std::vector<std::string> files;
  Record record;  // its images are empty, its labels have no maps
  bool volume = false;
};

Result<std::vector<LabelKinds::Classes>> classes_from(const json& list) {
  std::vector<LabelKinds::Classes> kinds;
  if (list.is_null()) return kinds;
  if (!list.is_array() || list.size() > label_kinds_max)
    return bad("a list of at most " + std::to_string(label_kinds_max) + " kinds is expected");
  for (const auto& item : list) {
    if (!item.is_object() || !item.contains("name") || !item["name"].is_string() || !item.contains("classes") ||
        !item["classes"].is_number_integer())
      return bad("a kind must be {\"name\": text, \"classes\": number}");
    const auto classes = item["classes"].get<std::int64_t>();
    if (classes < 2 || classes > label_classes_max)
      return bad("a kind has 2 to " + std::to_string(label_classes_max) + " classes");
    kinds.push_back({item["name"].get<std::string>(), static_cast<int>(classes)});
  }
  return kinds;
}

Result<LabelKinds> read_kinds(const std::filesystem::path& folder) {
  LabelKinds kinds;
  const auto file = folder / "kinds.json";
  if (!std::filesystem::exists(file)) return kinds;
  const auto text = model::read_file_text(file, kinds_bytes_max);
  if (!text) return bad("kinds.json: " + text.error().message);
  const json root = json::parse(*text, nullptr, false);
  if (!root.is_object()) return bad("kinds.json: no JSON object");
  for (const auto& [key, into] : {std::pair{"of_image", &kinds.of_image}, std::pair{"of_pair", &kinds.of_pair}}) {
    auto list = classes_from(root.value(key, json()));
    if (!list) return bad(std::string("kinds.json: ") + key + ": " + list.error().message);
    *into = std::move(list).value();
  }
  const json maps = root.value("maps", json::array());
  if (!maps.is_array() || maps.size() > label_kinds_max)
    return bad("kinds.json: maps: at most " + std::to_string(label_kinds_max) + " names");
  for (const auto& name : maps) {
    if (!name.is_string()) return bad("kinds.json: maps: a name is no text");
    kinds.maps.push_back(name.get<std::string>());
  }
  return kinds;
}

// One whole number for each kind, within its classes or -1; nothing, or null: none.
Result<std::vector<int>> labels_from(const json& list, const std::vector<LabelKinds::Classes>& kinds) {
  std::vector<int> labels;
  if (list.is_null() || (list.is_array() && list.empty())) return labels;
  if (!list.is_array() || list.size() != kinds.size())
    return bad("one label for each kind of kinds.json is expected");
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    if (!list[k].is_number_integer()) return bad("a label is no whole number");
    const auto label = list[k].get<std::int64_t>();
    if (label < no_label || label >= kinds[k].classes)
      return bad("\"" + kinds[k].name + "\" has no class " + std::to_string(label));
    labels.push_back(static_cast<int>(label));
  }
  return labels;
}

Status take_emphasis(const json& list, Record& record) {
  if (list.is_null()) return {};
  if (!list.is_array() || list.size() > record_emphases_max)
    return bad("emphasis: a list of at most " + std::to_string(record_emphases_max) + " stretches is expected");
  for (const auto& item : list) {
    if (!item.is_array() || item.size() != 2 || !item[0].is_number_unsigned() || !item[1].is_number_unsigned())
      return bad("emphasis: a stretch is [begin, end]");
    const Emphasis stretch{item[0].get<std::size_t>(), item[1].get<std::size_t>()};
    if (stretch.begin > stretch.end || stretch.end > record.answer.size())
      return bad("emphasis: outside of the answer");
    record.emphasis.push_back(stretch);
  }
  return {};
}

Result<Entry> entry_from(const json& line, const LabelKinds& kinds, const std::filesystem::path& folder) {
  if (!line.is_object()) return bad("no JSON object");
  Entry entry;
  const json images = line.value("images", json::array());
  if (!images.is_array() || images.size() > model::prompt_images_max)
    return bad("images: a list of at most " + std::to_string(model::prompt_images_max) + " names is expected");
  for (const auto& name : images) {
    if (!name.is_string() || !is_inside_name(name.get_ref<const std::string&>()))
      return bad("images: a name must be a path inside the folder, of letters, digits, '.', '_' and '-'");
    entry.files.push_back(name.get<std::string>());
    const auto shape = read_picture_shape(folder / entry.files.back());
    if (!shape) return bad(entry.files.back() + ": " + shape.error().message);
    entry.volume = entry.volume || shape->depth > 1;
  }
  auto prompt = model::prompt_from_json(line.value("prompt", json()));
  if (!prompt) return bad("prompt: " + prompt.error().message);
  entry.record.prompt = std::move(prompt).value();
  for (const auto& part : entry.record.prompt)
    if (const auto* image = std::get_if<model::ImagePart>(&part); image && image->image >= entry.files.size())
      return bad("prompt: speaks of image " + std::to_string(image->image) + ", which is not in images");
  const json answer = line.value("answer", json());
  if (!answer.is_string() || answer.get_ref<const std::string&>().empty() ||
      answer.get_ref<const std::string&>().size() > answer_bytes_max)
    return bad("answer: a text of 1 to " + std::to_string(answer_bytes_max) + " bytes is expected");
  entry.record.answer = answer.get<std::string>();
  const json given = line.value("given", json(0u));
  if (!given.is_number_unsigned() || given.get<std::uint64_t>() > entry.record.answer.size())
    return bad("given: a number of bytes of the answer is expected");
  entry.record.given = given.get<std::size_t>();
  if (auto taken = take_emphasis(line.value("emphasis", json()), entry.record); !taken) return taken.error();
  const json labels = line.value("labels", json::array());
  if (!labels.is_array() || (!labels.empty() && labels.size() != entry.files.size()))
    return bad("labels: one for each image, or none");
  for (const auto& item : labels) {
    if (!item.is_object()) return bad("labels: {\"classes\": [...]} is expected");
    auto classes = labels_from(item.value("classes", json()), kinds.of_image);
    if (!classes) return bad("labels: " + classes.error().message);
    entry.record.labels.push_back({std::move(classes).value(), {}});
  }
  auto pair = labels_from(line.value("pair_labels", json()), kinds.of_pair);
  if (!pair) return bad("pair_labels: " + pair.error().message);
  if (!pair->empty() && entry.files.size() < 2) return bad("pair_labels: of fewer than two images");
  entry.record.pair_labels = std::move(pair).value();
  return entry;
}

class FolderRecords : public RecordSource {
 public:
  FolderRecords(std::filesystem::path folder, LabelKinds kinds, std::vector<Entry> entries)
      : folder_(std::move(folder)), kinds_(std::move(kinds)), entries_(std::move(entries)) {
    const std::size_t back = entries_.size() < 2 ? 0 : std::max<std::size_t>(1, entries_.size() / held_out_one_of);
    learned_ = entries_.size() - back;
  }
  const LabelKinds& kinds() const override { return kinds_; }
  bool is_volume(std::uint64_t number) const override { return entry(number).volume; }
  Record record(Stage, std::uint64_t number) const override {
    const Entry& own = entry(number);
    Record record = own.record;
    for (std::size_t i = 0; i < own.files.size(); ++i) {
      auto read = read_picture(folder_ / own.files[i], kinds_.maps);
      if (!read) {  // was there when the folder was opened; without its image the record is refused by who prepares it
        log_line(LogLevel::error, "training", own.files[i] + ": " + read.error().message);
        record.images.clear();
        record.labels.clear();
        return record;
      }
      record.images.push_back(std::move(read->picture));
      if (i < record.labels.size()) record.labels[i].maps = std::move(read->maps);
    }
    return record;
  }
  std::uint64_t texts() const override { return learned_; }
  std::string text(std::uint64_t number) const override {
    const Record& record = entries_[number].record;
    return text_of(record.prompt, record.answer);
  }

 private:
  // Each round takes all records, in an order of its own: i -> (a i + b) mod n with a and n without a common factor.
  const Entry& entry(std::uint64_t number) const {
    if (number >= held_out_begin && learned_ < entries_.size())
      return entries_[learned_ + (number - held_out_begin) % (entries_.size() - learned_)];
    const std::uint64_t n = learned_, round = number / n;
    std::uint64_t factor = (0x9E3779B1u + 2 * round) % n;
    while (std::gcd(factor, n) != 1) factor = (factor + 1) % n;
    return entries_[(factor * (number % n) + round) % n];
  }

  std::filesystem::path folder_;
  LabelKinds kinds_;
  std::vector<Entry> entries_;
  std::size_t learned_ = 0;
};

Status read_line(std::istream& in, std::string& line) {
  line.clear();
  for (int c = in.get(); c != EOF && c != '\n'; c = in.get()) {
    if (line.size() == record_line_bytes_max)
      return bad("longer than " + std::to_string(record_line_bytes_max) + " bytes");
    line += static_cast<char>(c);
  }
  return {};
}

std::string line_of(const Record& record, const std::vector<std::string>& files) {
  json line = {{"images", files}, {"prompt", model::to_json(record.prompt)}, {"answer", record.answer}};
  if (record.given > 0) line["given"] = record.given;
  for (const auto& stretch : record.emphasis) line["emphasis"].push_back({stretch.begin, stretch.end});
  for (const auto& labels : record.labels) line["labels"].push_back({{"classes", labels.classes}});
  if (!record.pair_labels.empty()) line["pair_labels"] = record.pair_labels;
  return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string kinds_text(const LabelKinds& kinds) {
  json root = {{"of_image", json::array()}, {"of_pair", json::array()}, {"maps", kinds.maps}};
  for (const auto& kind : kinds.of_image)
    root["of_image"].push_back({{"name", kind.name}, {"classes", kind.classes}});
  for (const auto& kind : kinds.of_pair) root["of_pair"].push_back({{"name", kind.name}, {"classes", kind.classes}});
  return root.dump(2) + "\n";
}

}  // namespace

Result<std::unique_ptr<RecordSource>> open_record_folder(const std::filesystem::path& folder) {
  const auto file = folder / "records.jsonl";
  std::ifstream in(file, std::ios::binary);
  if (!in) return permanent_error("records_missing", file.string() + " cannot be read");
  auto kinds = read_kinds(folder);
  if (!kinds) return kinds.error();
  std::vector<Entry> entries;
  std::string line;
  for (std::size_t number = 1; in.peek() != EOF; ++number) {
    const auto wrong = [&](const Error& error) {
      return bad(file.string() + ", line " + std::to_string(number) + ": " + error.message);
    };
    if (auto read = read_line(in, line); !read) return wrong(read.error());
    if (line.empty()) continue;
    if (entries.size() == folder_records_max)
      return wrong(bad("more than " + std::to_string(folder_records_max) + " records"));
    auto entry = entry_from(json::parse(line, nullptr, false), *kinds, folder);
    if (!entry) return wrong(entry.error());
    entries.push_back(std::move(entry).value());
  }
  if (entries.empty()) return permanent_error("records_missing", file.string() + " holds no record");
  return std::unique_ptr<RecordSource>(
      std::make_unique<FolderRecords>(folder, std::move(kinds).value(), std::move(entries)));
}

Status write_record_folder(const RecordSource& source, RecordSource::Stage stage, std::uint64_t count,
                           const std::filesystem::path& folder) {
  auto out = model::OutputFolder::create(folder);
  if (!out) return out.error();
  std::error_code error;
  std::filesystem::create_directory(out->path() / "images", error);
  std::string lines;
  for (std::uint64_t number = 0; number < count; ++number) {
    const Record record = source.record(stage, number);
    std::vector<std::string> files;
    for (std::size_t i = 0; i < record.images.size(); ++i) {
      files.push_back("images/" + std::to_string(number) + "-" + std::to_string(i) + ".safetensors");
      const auto maps = i < record.labels.size() ? record.labels[i].maps : std::vector<std::vector<float>>();
      if (auto done = out->write_file(files.back(), picture_bytes(record.images[i], source.kinds().maps, maps));
          !done)
        return done;
    }
    lines += line_of(record, files);
  }
  if (auto done = out->write_file("kinds.json", kinds_text(source.kinds())); !done) return done;
  if (auto done = out->write_file("records.jsonl", lines); !done) return done;
  return out->publish();
}

}  // namespace radfm::training
