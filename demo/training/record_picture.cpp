// SPDX-License-Identifier: Apache-2.0
#include "demo/training/record_picture.h"

#include <png.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "demo/training/record_folder.h"
#include "pipeline/model/file_text.h"
#include "pipeline/model/image_input.h"
#include "pipeline/model/safetensors.h"

namespace radfm::training {
namespace {

constexpr std::size_t name_bytes_max = 255;

Error bad(const std::string& why) {
  return permanent_error("records_bad", why);
}

Status check_file(const std::filesystem::path& file) {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(file, error);
  if (!std::filesystem::exists(status)) return bad("the image file is not there");
  if (!std::filesystem::is_regular_file(status)) return bad("the image file is no plain file");
  if (std::filesystem::file_size(file, error) > image_file_bytes_max)
    return bad("the image file is larger than " + std::to_string(image_file_bytes_max) + " bytes");
  return {};
}

// libpng's simplified reading; freed with the object.
class PngFile {
 public:
  static Result<std::unique_ptr<PngFile>> open(const std::filesystem::path& file) {
    std::error_code error;  // its size was checked (check_file)
    auto bytes = model::read_file_text(file, std::filesystem::file_size(file, error));
    if (!bytes) return bad("the image file cannot be read");
    auto png = std::unique_ptr<PngFile>(new PngFile);
    png->bytes_ = std::move(bytes).value();
    png->image_.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_memory(&png->image_, png->bytes_.data(), png->bytes_.size()))
      return bad(std::string("no PNG: ") + png->image_.message);
    if (png->image_.format & PNG_FORMAT_FLAG_ALPHA) return bad("a PNG with transparency");
    if (png->image_.width > static_cast<unsigned>(model::image_side_max) ||
        png->image_.height > static_cast<unsigned>(model::image_side_max))
      return bad("a PNG of more than " + std::to_string(model::image_side_max) + " pixels a side");
    const bool colour = png->image_.format & PNG_FORMAT_FLAG_COLOR;
    png->image_.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    png->shape_ = {static_cast<int>(png->image_.width), static_cast<int>(png->image_.height), 1, colour ? 3 : 1};
    return png;
  }
  ~PngFile() { png_image_free(&image_); }
  PngFile(const PngFile&) = delete;
  PngFile& operator=(const PngFile&) = delete;

  const model::ImageShape& shape() const { return shape_; }
  Result<std::vector<std::uint8_t>> pixels() {
    std::vector<std::uint8_t> values(shape_.bytes());
    if (!png_image_finish_read(&image_, nullptr, values.data(), 0, nullptr))
      return bad(std::string("a damaged PNG: ") + image_.message);
    return values;
  }

 private:
  PngFile() = default;
  std::string bytes_;
  png_image image_{};
  model::ImageShape shape_;
};

Result<model::ImageShape> shape_of(const model::TensorView& view) {
  const auto& shape = view.shape;
  if (view.dtype != "U8" || (shape.size() != 3 && shape.size() != 4))
    return bad("\"image\" must be U8 [slices, rows, columns] or [slices, rows, columns, 3]");
  const auto small = [](std::int64_t value) { return static_cast<int>(std::clamp<std::int64_t>(value, 0, 1 << 20)); };
  return model::ImageShape{small(shape[2]), small(shape[1]), small(shape[0]),
                           shape.size() == 4 ? small(shape[3]) : 1};
}

Result<const model::TensorView*> image_tensor(const model::SafetensorsFile& file) {
  const auto found = file.tensors().find("image");
  if (found == file.tensors().end()) return bad("no tensor \"image\"");
  return &found->second;
}

Result<model::ImageShape> checked(Result<model::ImageShape> shape) {
  if (!shape) return shape;
  if (auto fits = model::check_image_shape(*shape); !fits) return bad(fits.error().message);
  return shape;
}

bool is_png(const std::filesystem::path& file) {
  return file.extension() == ".png";
}

Result<model::SafetensorsFile> open_tensors(const std::filesystem::path& file) {
  auto opened = model::SafetensorsFile::open(file);
  if (!opened) return bad(opened.error().message);
  return opened;
}

}  // namespace

bool is_inside_name(const std::string& name) {
  if (name.empty() || name.size() > name_bytes_max) return false;
  std::string part;
  for (const char c : name + "/") {
    if (c == '/') {
      if (part.empty() || part == "." || part == "..") return false;
      part.clear();
      continue;
    }
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                       c == '_' || c == '-';
    if (!plain) return false;
    part += c;
  }
  return true;
}

Result<model::ImageShape> read_picture_shape(const std::filesystem::path& file) {
  if (auto good = check_file(file); !good) return good.error();
  if (is_png(file)) {
    const auto png = PngFile::open(file);
    if (!png) return png.error();
    return checked((*png)->shape());
  }
  const auto tensors = open_tensors(file);
  if (!tensors) return tensors.error();
  const auto image = image_tensor(*tensors);
  if (!image) return image.error();
  return checked(shape_of(**image));
}

Result<PictureFile> read_picture(const std::filesystem::path& file, const std::vector<std::string>& maps) {
  if (auto good = check_file(file); !good) return good.error();
  PictureFile read;
  read.maps.resize(maps.size());
  if (is_png(file)) {
    const auto png = PngFile::open(file);
    if (!png) return png.error();
    const auto shape = checked((*png)->shape());
    if (!shape) return shape.error();
    auto pixels = (*png)->pixels();
    if (!pixels) return pixels.error();
    read.picture = {*shape, std::move(pixels).value()};
    return read;
  }
  const auto tensors = open_tensors(file);
  if (!tensors) return tensors.error();
  const auto image = image_tensor(*tensors);
  if (!image) return image.error();
  const auto shape = checked(shape_of(**image));
  if (!shape) return shape.error();
  read.picture = {*shape, {(*image)->data, (*image)->data + (*image)->bytes}};
  for (std::size_t m = 0; m < maps.size(); ++m) {
    const auto found = tensors->tensors().find("map." + maps[m]);
    if (found == tensors->tensors().end()) continue;
    if (found->second.dtype != "F32") return bad("map." + maps[m] + " is not F32");
    read.maps[m].resize(found->second.bytes / sizeof(float));
    std::memcpy(read.maps[m].data(), found->second.data, read.maps[m].size() * sizeof(float));
    for (const float value : read.maps[m])
      if (!(value >= 0 && value <= 1)) return bad("map." + maps[m] + " holds a value outside of 0 to 1");
  }
  return read;
}

std::string picture_bytes(const Picture& picture, const std::vector<std::string>& names,
                          const std::vector<std::vector<float>>& maps) {
  nlohmann::json header = nlohmann::json::object();
  std::string data;
  // Floats first: they lie aligned.
  for (std::size_t m = 0; m < maps.size(); ++m) {
    if (maps[m].empty()) continue;
    const std::size_t begin = data.size();
    data.append(reinterpret_cast<const char*>(maps[m].data()), maps[m].size() * sizeof(float));
    header["map." + names[m]] = {
        {"dtype", "F32"}, {"shape", {maps[m].size()}}, {"data_offsets", {begin, data.size()}}};
  }
  const auto& shape = picture.shape;
  std::vector<int> sizes{shape.depth, shape.height, shape.width};
  if (shape.channels != 1) sizes.push_back(shape.channels);
  const std::size_t begin = data.size();
  data.append(reinterpret_cast<const char*>(picture.pixels.data()), picture.pixels.size());
  header["image"] = {{"dtype", "U8"}, {"shape", sizes}, {"data_offsets", {begin, data.size()}}};
  std::string head = header.dump(), bytes;
  head.resize((head.size() + 7) / 8 * 8, ' ');
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(head.size() >> (8 * i) & 0xff);
  return bytes + head + data;
}

}  // namespace radfm::training
