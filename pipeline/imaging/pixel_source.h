// SPDX-License-Identifier: Apache-2.0
// From the descriptors of a study to decoded frames: opens a file, parses it, decodes the frame that is asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/grey_scale.h"
#include "pipeline/imaging/instance_facts.h"
#include "pipeline/imaging/kept_files.h"
#include "pipeline/imaging/stored_pixels.h"

namespace radfm::imaging {

// An open regular file or memfd; not owned. `label` names it in reasons where its own UIDs are not known.
struct InputFile {
  int fd = -1;
  std::string label;
};

// One frame: of grey, its stored values with the rules for showing them; of a colour picture, as it is shown.
struct DecodedImage {
  StoredPixels stored;            // without values for colour
  GreyScale grey;                 // of grey
  std::vector<std::uint8_t> rgb;  // [row][column][3], for colour
};

// How many files from `first` on, at least one, are parsed at the same time: a few for each thread, within a bound of memory.
std::size_t files_opened_at_once(const std::vector<InputFile>& files, std::size_t first);

// Bytes of all of them.
std::int64_t bytes_of(const std::vector<InputFile>& files);

// What a study's pixels are decoded from. Not owned.
struct PixelFiles {
  const std::vector<InputFile>& files;
  int nesting_max;
  std::size_t file_bytes_max;
  KeptFiles& kept;  // is asked first
};

// Keeps the file that was asked for last, so that the frames of one object are parsed once. Frames of one and the same file may
// be asked for by several threads at a time.
class PixelSource {
 public:
  explicit PixelSource(const PixelFiles& files);
  PixelSource(PixelSource&&) noexcept;
  ~PixelSource();

  // Errors, permanent: those of map_file and parse_file, "broken" and those of the decoders. std::bad_alloc is the
  // study's matter, not the file's, and goes through.
  Result<DecodedImage> decode(const InstanceFacts& facts);

 private:
  struct OpenFile;
  Result<OpenFile*> open(std::size_t file);

  Result<ParsedFile> parsed(std::size_t file) const;

  PixelFiles files_;
  std::unique_ptr<std::mutex> data_set_;  // DCMTK's objects remember where they were last asked
  std::unique_ptr<OpenFile> last_;
};

// What becomes of a decoded frame: its place among those that were wanted. Called by the thread that decoded it, each once.
using TakeImage = std::function<void(std::size_t i, Result<DecodedImage> image)>;

// Decodes many frames at once, on several threads (one when they are frames of few files). `done` is called after each, from
// one thread at a time.
void decode_all(const PixelFiles& files, const std::vector<InstanceFacts>& wanted, const TakeImage& take,
                const std::function<void()>& done);

}  // namespace radfm::imaging
