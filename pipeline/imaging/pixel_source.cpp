// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/pixel_source.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <sys/stat.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <set>

#include "pipeline/imaging/colour.h"
#include "pipeline/imaging/dicom_source.h"
#include "pipeline/imaging/frame_decoder.h"
#include "pipeline/imaging/frame_items.h"
#include "pipeline/imaging/threads.h"

namespace radfm::imaging {

struct PixelSource::OpenFile {
  std::size_t index = 0;
  ParsedFile parsed;
  std::unique_ptr<FunctionalGroups> groups;
  std::optional<FrameDecoder> decoder;  // looks into `parsed`
};

namespace {

Result<DecodedImage> grey_image(DcmDataset& data_set, const FrameItems& items, StoredPixels stored) {
  auto grey = read_grey_scale(data_set, items.items());
  if (!grey) return grey.error();
  return DecodedImage{std::move(stored), std::move(*grey), {}};
}

Result<DecodedImage> colour_image(DcmDataset& data_set, const StoredPixels& stored) {
  DecodedImage image;
  image.stored.rows = stored.rows;
  image.stored.columns = stored.columns;
  if (stored.colour == ColourSpace::palette) {
    const auto palette = read_palette(data_set);
    if (!palette) return palette.error();
    image.rgb = rgb8(stored, *palette);
  } else {
    image.rgb = rgb8(stored);
  }
  return image;
}

}  // namespace

PixelSource::PixelSource(const PixelFiles& files) : files_(files), data_set_(std::make_unique<std::mutex>()) {}
PixelSource::PixelSource(PixelSource&&) noexcept = default;
PixelSource::~PixelSource() = default;

Result<ParsedFile> PixelSource::parsed(std::size_t file) const {
  if (auto kept = files_.kept.take(file)) return std::move(*kept);
  const auto bytes = map_file(files_.files[file].fd, files_.file_bytes_max);
  if (!bytes) return bytes.error();
  return parse_file(*bytes, files_.nesting_max);
}

Result<PixelSource::OpenFile*> PixelSource::open(std::size_t file) {
  if (last_ && last_->index == file) return last_.get();
  last_.reset();  // two large objects at once are one too many
  auto found = parsed(file);
  if (!found) return found.error();
  auto opened = std::make_unique<OpenFile>();
  opened->index = file;
  opened->parsed = std::move(*found);
  DcmDataset& data_set = *opened->parsed.data_set;
  opened->groups = std::make_unique<FunctionalGroups>(data_set);
  auto decoder = FrameDecoder::open(data_set, opened->parsed.transfer_syntax_uid);
  if (!decoder) return decoder.error();
  opened->decoder = std::move(*decoder);
  last_ = std::move(opened);
  return last_.get();
}

Result<DecodedImage> PixelSource::decode(const InstanceFacts& facts) {
  try {
    std::unique_lock lock(*data_set_);
    const auto file = open(facts.file);
    if (!file) return file.error();
    if (facts.frame >= (*file)->decoder->frames()) return permanent_error("broken", "the image has fewer frames than it said");
    lock.unlock();
    auto stored = (*file)->decoder->decode(facts.frame);
    if (!stored) return stored.error();
    lock.lock();
    if (stored->rows != facts.rows || stored->columns != facts.columns) {
      return permanent_error("broken", "the image changed its size when it was decompressed");
    }
    DcmDataset& data_set = *(*file)->parsed.data_set;
    if (stored->colour != ColourSpace::grey) return colour_image(data_set, *stored);
    return grey_image(data_set, (*file)->groups->of_frame(static_cast<std::size_t>(facts.frame)), std::move(*stored));
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {  // DCMTK throws nothing of its own, but what it calls may
    return permanent_error("broken", "the pixel data cannot be decompressed; send the image again");
  }
}

namespace {

// Bytes of files that may be open at once while pixels are decoded: each is held twice.
constexpr std::int64_t open_bytes_max = std::int64_t{512} << 20;

std::int64_t size_of(const InputFile& file) {
  struct stat facts {};
  return fstat(file.fd, &facts) == 0 ? facts.st_size : 0;
}

// Each thread parses the files that it needs: frames of few files are one thread's work, and so are frames of large ones.
std::size_t useful_threads(const std::vector<InputFile>& files, const std::vector<InstanceFacts>& wanted) {
  std::set<std::size_t> asked;
  for (const auto& facts : wanted) asked.insert(facts.file);
  std::int64_t largest = 1;
  for (const std::size_t file : asked) largest = std::max(largest, size_of(files[file]));
  return std::min(asked.size(), static_cast<std::size_t>(std::max<std::int64_t>(open_bytes_max / largest, 1)));
}

}  // namespace

std::size_t files_opened_at_once(const std::vector<InputFile>& files, std::size_t first) {
  constexpr std::size_t for_each_thread = 4;
  const std::size_t most = std::min(files.size() - first, for_each_thread * usable_threads());
  std::int64_t bytes = size_of(files[first]);
  std::size_t count = 1;
  while (count < most && (bytes += size_of(files[first + count])) <= open_bytes_max / 8) ++count;
  return count;
}

std::int64_t bytes_of(const std::vector<InputFile>& files) {
  std::int64_t bytes = 0;
  for (const InputFile& file : files) bytes += size_of(file);
  return bytes;
}

void decode_all(const PixelFiles& files, const std::vector<InstanceFacts>& wanted, const TakeImage& take,
                const std::function<void()>& done) {
  std::mutex mutex;
  const std::size_t threads = std::min<std::size_t>(usable_threads(), useful_threads(files.files, wanted));
  share_indices(wanted.size(), threads, [&]() -> IndexWorker {
    // Its own open file for each thread.
    return [&, source = std::make_shared<PixelSource>(files)](std::size_t i) {
      take(i, source->decode(wanted[i]));
      const std::lock_guard lock(mutex);
      if (done) done();
    };
  });
}

}  // namespace radfm::imaging
