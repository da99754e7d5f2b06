// SPDX-License-Identifier: Apache-2.0
#include "demo/training/record_folder.h"

#include <gtest/gtest.h>

#include <set>

#include "demo/training/example_stream.h"
#include "demo/training/record_picture.h"
#include "pipeline/imaging/canvas.h"
#include "tests/demo/training/test_folder.h"
#include "tests/demo/training/toy_records.h"

namespace radfm::training {
namespace {

using Stage = RecordSource::Stage;

const std::string good_line =
    R"({"images": ["a.safetensors"], "prompt": [{"image": 0}, {"text": "Which side?"}], "answer": "left"})";

std::string small_image() {
  return picture_bytes({{4, 3, 1, 1}, std::vector<std::uint8_t>(12, 7)}, {}, {});
}

// What opening a folder with this records.jsonl says: a message, or nothing when it is good.
std::string opened(const TestFolder& folder, const std::string& lines) {
  folder.write("records.jsonl", lines);
  const auto source = open_record_folder(folder.path);
  return source ? "" : source.error().code + ": " + source.error().message;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

// What is written is read again: images, maps, labels, prompt, answer; every record once a round, the last ones kept back.
TEST(RecordFolder, WrittenIsRead) {
  const TestFolder folder;
  const ToyRecords toy;
  constexpr std::uint64_t count = 40;
  ASSERT_TRUE(write_record_folder(toy, Stage::instruct, count, folder.path / "records").ok());
  const auto source = open_record_folder(folder.path / "records");
  ASSERT_TRUE(source.ok()) << source.error().message;
  EXPECT_EQ((*source)->kinds().of_pair[0].name, "moved");
  EXPECT_EQ((*source)->kinds().maps, toy.kinds().maps);
  for (std::uint64_t i = 0; i < 2; ++i) {
    const Record read = (*source)->record(Stage::instruct, held_out_begin + i),
                 drawn = toy.record(Stage::instruct, 38 + i);
    EXPECT_EQ(read.answer, drawn.answer);
    EXPECT_EQ(read.prompt.size(), drawn.prompt.size());
    EXPECT_EQ(read.pair_labels, drawn.pair_labels);
    EXPECT_EQ(read.emphasis.size(), drawn.emphasis.size());
    ASSERT_EQ(read.images.size(), drawn.images.size());
    for (std::size_t image = 0; image < read.images.size(); ++image) {
      EXPECT_EQ(read.images[image].pixels, drawn.images[image].pixels);
      EXPECT_EQ(read.images[image].shape.depth, drawn.images[image].shape.depth);
      EXPECT_EQ(read.labels[image].classes, drawn.labels[image].classes);
      EXPECT_EQ(read.labels[image].maps, drawn.labels[image].maps);
    }
    EXPECT_EQ((*source)->is_volume(held_out_begin + i), toy.is_volume(38 + i));
  }
  for (const std::uint64_t round : {0u, 1u, 2u}) {
    std::set<std::vector<std::uint8_t>> seen;
    for (std::uint64_t i = 0; i < 38; ++i)
      seen.insert((*source)->record(Stage::caption, round * 38 + i).images[0].pixels);
    EXPECT_EQ(seen.size(), 38u) << round;
  }
}

// A folder that is there already is not written into.
TEST(RecordFolder, NothingIsOverwritten) {
  const TestFolder folder;
  EXPECT_EQ(write_record_folder(ToyRecords(), Stage::caption, 1, folder.path).error().code, "conversion_out_exists");
}

// PNG pictures are read, grey and RGB; what is no PNG, or has transparency, is refused.
TEST(RecordFolder, PngPictures) {
  const TestFolder folder;
  for (const int channels : {1, 3}) {
    const auto png = imaging::Canvas(5, 4, channels).png();
    ASSERT_TRUE(png.ok());
    const auto file = folder.write("a.png", {png->begin(), png->end()});
    const auto read = read_picture(file, {});
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(read->picture.shape.channels, channels);
    EXPECT_EQ(read->picture.pixels.size(), static_cast<std::size_t>(20 * channels));
    folder.write("a.png", {png->begin(), png->end() - 20});
    EXPECT_FALSE(read_picture(file, {}).ok());
  }
  folder.write("a.png", "GIF89a");
  EXPECT_NE(opened(folder, replaced(good_line, "a.safetensors", "a.png")).find("no PNG"), std::string::npos);
}

// Lines that are wrong are refused with their number and what is wrong.
TEST(RecordFolder, WrongLinesAreRefused) {
  const TestFolder folder;
  folder.write("a.safetensors", small_image());
  ASSERT_EQ(opened(folder, good_line), "");
  ASSERT_EQ(opened(folder, good_line + "\n\n" + good_line + "\n"), "");
  const std::pair<std::string, std::string> cases[] = {
      {"{", "no JSON object"},
      {"[1]", "no JSON object"},
      {replaced(good_line, "\"left\"", "7"), "answer"},
      {replaced(good_line, "\"left\"", "\"\""), "answer"},
      {replaced(good_line, "{\"image\": 0}", "{\"image\": 1}"), "speaks of image 1"},
      {replaced(good_line, "{\"image\": 0}", "{\"image\": -1}"), "prompt"},
      {replaced(good_line, "a.safetensors", "b.safetensors"), "not there"},
      {replaced(good_line, "a.safetensors", "../a.safetensors"), "inside the folder"},
      {replaced(good_line, "a.safetensors", "/etc/passwd"), "inside the folder"},
      {replaced(good_line, "a.safetensors", "x//y"), "inside the folder"},
      {replaced(good_line, "\"answer\"", "\"labels\": [{\"classes\": [1]}], \"answer\""), "one label for each kind"},
      {replaced(good_line, "\"answer\"", "\"pair_labels\": [1], \"answer\""), "one label for each kind"},
      {replaced(good_line, "\"answer\"", "\"emphasis\": [[0, 5]], \"answer\""), "outside of the answer"},
      {replaced(good_line, "\"answer\"", "\"emphasis\": [[2, 1]], \"answer\""), "outside of the answer"},
  };
  for (const auto& [line, words] : cases) {
    const std::string said = opened(folder, good_line + "\n" + line);
    EXPECT_TRUE(said.starts_with("records_bad")) << line << ": " << said;
    EXPECT_NE(said.find("line 2"), std::string::npos) << said;
    EXPECT_NE(said.find(words), std::string::npos) << said;
  }
  std::filesystem::create_symlink("a.safetensors", folder.path / "link.safetensors");
  EXPECT_NE(opened(folder, replaced(good_line, "a.safetensors", "link.safetensors")).find("no plain file"),
            std::string::npos);
  EXPECT_TRUE(opened(folder, "").starts_with("records_missing"));
}

// Limits hold at the limit and refuse one past it.
TEST(RecordFolder, Limits) {
  const TestFolder folder;
  folder.write("a.safetensors", small_image());
  const auto with_answer = [](std::size_t bytes) { return replaced(good_line, "left", std::string(bytes, 'x')); };
  EXPECT_EQ(opened(folder, with_answer(answer_bytes_max)), "");
  EXPECT_NE(opened(folder, with_answer(answer_bytes_max + 1)).find("answer"), std::string::npos);

  const auto padded = [](std::size_t bytes) { return good_line + std::string(bytes - good_line.size(), ' '); };
  EXPECT_EQ(opened(folder, padded(record_line_bytes_max)), "");
  EXPECT_NE(opened(folder, padded(record_line_bytes_max + 1)).find("longer than"), std::string::npos);

  const auto with_images = [](std::size_t count) {
    std::string names = "\"a.safetensors\"";
    for (std::size_t i = 1; i < count; ++i) names += ", \"a.safetensors\"";
    return replaced(good_line, "\"a.safetensors\"", names);
  };
  EXPECT_EQ(opened(folder, with_images(model::prompt_images_max)), "");
  EXPECT_NE(opened(folder, with_images(model::prompt_images_max + 1)).find("images"), std::string::npos);

  const auto with_emphases = [](std::size_t count) {
    std::string stretches = "[0, 1]";
    for (std::size_t i = 1; i < count; ++i) stretches += ", [0, 1]";
    return replaced(good_line, "\"answer\"", "\"emphasis\": [" + stretches + "], \"answer\"");
  };
  EXPECT_EQ(opened(folder, with_emphases(record_emphases_max)), "");
  EXPECT_NE(opened(folder, with_emphases(record_emphases_max + 1)).find("emphasis"), std::string::npos);

  const auto kinds = [&](std::size_t count, int classes) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i)
      list += std::string(i ? "," : "") + R"({"name": "k", "classes": )" + std::to_string(classes) + "}";
    folder.write("kinds.json", "{\"of_image\": [" + list + "]}");
    return opened(folder, good_line);
  };
  EXPECT_EQ(kinds(label_kinds_max, label_classes_max), "");
  EXPECT_NE(kinds(label_kinds_max + 1, 2).find("kinds.json"), std::string::npos);
  EXPECT_NE(kinds(1, label_classes_max + 1).find("classes"), std::string::npos);
  EXPECT_NE(kinds(1, 1).find("classes"), std::string::npos);

  EXPECT_TRUE(is_inside_name(std::string(255, 'a')));
  EXPECT_FALSE(is_inside_name(std::string(256, 'a')));
}

// Image files that are no images of this form are refused when the folder is opened.
TEST(RecordFolder, WrongImagesAreRefused) {
  const TestFolder folder;
  const auto said_of = [&](const std::string& bytes) {
    folder.write("a.safetensors", bytes);
    return opened(folder, good_line);
  };
  EXPECT_EQ(said_of(small_image()), "");
  EXPECT_NE(said_of(replaced(small_image(), "image", "imago")).find("no tensor"), std::string::npos);
  EXPECT_NE(said_of(replaced(small_image(), "U8", "I8")).find("must be U8"), std::string::npos);
  EXPECT_NE(said_of(replaced(small_image(), "[1,3,4]", "[12,1] ")).find("must be U8"), std::string::npos);
  EXPECT_NE(said_of(replaced(small_image(), "[1,3,4]", "[0,3,4]")), "");
  EXPECT_NE(said_of(small_image().substr(0, small_image().size() - 1)), "");
  EXPECT_NE(said_of("short"), "");
  const std::vector<float> map(4, 2.0f);
  folder.write("a.safetensors", picture_bytes({{4, 3, 1, 1}, std::vector<std::uint8_t>(12, 7)}, {"m"}, {map}));
  EXPECT_FALSE(read_picture(folder.path / "a.safetensors", {"m"}).ok()) << "a value over 1";
}

}  // namespace
}  // namespace radfm::training
