// SPDX-License-Identifier: Apache-2.0
// Kind "preprocess3d": the volumes of a prompt brought to the network's size. Path "npy" is what the product
// does.
#include <algorithm>

#include "pipeline/model/check/preprocess_case.h"
#include "pipeline/model/resize.h"

namespace radfm::model::check {
namespace {

struct VolumesCase {
  std::vector<ImageShape> volumes;
  PictureKind kind = PictureKind::noise;
  std::string path;
  std::vector<std::int64_t> shape;  // [S, 3, H, W, D]

  VolumesCase(const Fields& fields, const Fields& config)
      : kind(picture_kind(config)), path(config.text("path")), shape(fields.shape("shape", 5)) {
    std::size_t bytes = 0;
    for (const Fields& volume : config.objects("volumes")) {
      volumes.push_back(picture_shape(volume, true));
      bytes += volumes.back().bytes();
    }
    if (volumes.empty() || volumes.size() > prompt_images_max || bytes > image_bytes_max)
      config.wrong("volumes",
                   "must be 1 to " + std::to_string(prompt_images_max) + " volumes, 1 GiB together");
    if (shape[1] != image_channels || shape[2] > image_side_max || shape[3] > image_side_max)
      fields.wrong("shape", "must be [images, 3, rows, columns, depth]");
  }

  std::vector<DrawnImage> draw() const {
    std::vector<DrawnImage> drawn;
    for (const ImageShape& volume : volumes)
      drawn.push_back(
          draw_volume(kind, volume.width, volume.height, volume.depth, static_cast<int>(drawn.size())));
    return drawn;
  }
};

// What the case data sets do, and this product with them.
Result<ModelInput> npy_input(const VolumesCase& golden) {
  const auto drawn = golden.draw();
  std::vector<SourceImage> sources;
  for (const DrawnImage& volume : drawn) sources.push_back(volume.source());
  return prepare_images(sources, input_config(golden.shape[2], golden.shape[3]));
}

// What the modality data set does by the order of its axes, and this product does not: the volume, its slices
// at the network's size, is turned to [slice, row, column] and resized again as if each column were a channel
// of a picture of slices x rows. Slices are stretched to H, columns become the depth, of which order-0 zoom
// keeps D.
Result<ModelInput> modality_input(const VolumesCase& golden) {
  if (golden.volumes.size() != 1)
    return permanent_error("case_unreadable", "path modality is known for one volume only");
  const auto rows = static_cast<int>(golden.shape[2]), columns = static_cast<int>(golden.shape[3]);
  const auto depth = static_cast<int>(golden.shape[4]), slices = golden.volumes[0].depth;
  const DrawnImage drawn = golden.draw()[0];
  // [slice][row][place]: only the columns that zoom keeps.
  const std::vector<int> kept = median_depth_slices(columns, depth);
  if (static_cast<int>(kept.size()) != depth)
    return permanent_error("case_unreadable", "path modality needs a depth below its columns");
  std::vector<std::uint8_t> turned;
  const std::size_t slice_bytes = drawn.shape.bytes() / static_cast<std::size_t>(slices);
  for (int z = 0; z < slices; ++z) {
    const Picture slice = resize_bilinear(drawn.pixels.data() + static_cast<std::size_t>(z) * slice_bytes,
                                          drawn.shape.width, drawn.shape.height, 1, columns, rows);
    for (int row = 0; row < rows; ++row)
      for (const int column : kept)
        turned.push_back(slice.values[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
                                      static_cast<std::size_t>(column)]);
  }
  const Picture stretched = resize_bilinear(turned.data(), rows, slices, depth, columns, rows);

  ModelInput input{1, rows, columns, depth, {}};
  const auto [low, high] = std::minmax_element(stretched.values.begin(), stretched.values.end());
  const int min = *low, range = *high - *low;
  if (range == 0) return permanent_error("image_constant", "the volume has one value everywhere");
  for (int c = 0; c < image_channels; ++c)
    for (const std::uint8_t value : stretched.values)
      input.values.push_back(static_cast<float>(value - min) / static_cast<float>(range));
  return input;
}

// [S, 3, H, W, depth before the common one is chosen]
std::vector<int> stored_shape(const VolumesCase& golden) {
  std::vector<int> depths;
  for (const ImageShape& volume : golden.volumes) depths.push_back(volume.depth);
  std::sort(depths.begin(), depths.end());
  const std::size_t middle = depths.size() / 2;
  const double median = depths.size() % 2 ? depths[middle] : (depths[middle - 1] + depths[middle]) / 2.0;
  const auto slices = static_cast<int>(median_depth_slices(depths.back(), median).size());
  return {static_cast<int>(golden.volumes.size()), image_channels, static_cast<int>(golden.shape[2]),
          static_cast<int>(golden.shape[3]), slices};
}

}  // namespace

Result<CaseFindings> check_preprocess3d(Case& golden, const CheckOptions&) {
  const Fields fields = golden.fields(), config = fields.object("config");
  const VolumesCase volumes(fields, config);
  std::int64_t values = 1;
  for (const std::int64_t size : volumes.shape) values *= size;
  const auto samples = read_samples(golden, fields, values);
  const double tolerance = fields.tolerance("tolerance");
  const bool modality = volumes.path == "modality";
  if (!modality && volumes.path != "npy") config.wrong("path", "must be npy or modality");
  if (golden.mistakes().any()) return golden.mistakes().first();

  const auto input = modality ? modality_input(volumes) : npy_input(volumes);
  if (!input) return input.error();
  CaseFindings findings;
  const std::vector<std::int64_t> shape{input->images, image_channels, input->height, input->width,
                                        input->depth};
  if (const auto& same = findings.add(compare_exact("shape", shape, volumes.shape)); !same.within())
    return findings;
  findings.add(compare_samples("samples", samples, input->values, tolerance));
  if (fields.has("mean"))
    findings.add(compare_value("mean", mean_of(input->values), fields.number("mean"),
                               fields.tolerance("tolerance_mean")));
  if (!modality && fields.has("stored_shape"))
    findings.add(compare_exact("stored_shape", stored_shape(volumes), fields.ids("stored_shape")));
  return findings;
}

}  // namespace radfm::model::check
