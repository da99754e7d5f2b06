// SPDX-License-Identifier: Apache-2.0
// Writes the small inputs that fuzzing of the image decoders and of the series builder starts from.
//   make_imaging_corpus FOLDER      (tests/fuzz/corpus)
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/fuzz/study_kinds.h"
#include "tests/pipeline/imaging/jpeg2000_encoders.h"
#include "tests/pipeline/imaging/pictures.h"

namespace {

using namespace radfm::imaging;
using namespace radfm::imaging::testing;

constexpr std::size_t preamble_bytes = 128;

void put(const std::filesystem::path& folder, const std::string& target, const std::string& name,
         const ByteVector& bytes) {
  std::filesystem::create_directories(folder / target);
  std::ofstream(folder / target / name, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

ByteVector joined(ByteVector first, const ByteVector& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

void put_file(const std::filesystem::path& folder, const std::string& name, const ByteVector& file) {
  put(folder, "dicom_file", name, {file.begin() + preamble_bytes, file.end()});
}

// Programs of study_program.h: of each kind three files as they are, out of order; then all kinds in one study, and files
// whose places, sizes and repetitions are changed.
void put_programs(const std::filesystem::path& folder) {
  using Program = ByteVector;
  constexpr std::uint8_t all_pixels = 3, headers_only = 0, few = 1 + 4 + 8;
  const auto kinds = static_cast<std::uint8_t>(radfm::fuzz::study_kinds_count);
  Program mixed = {all_pixels, 11}, rest = {headers_only, 11};
  for (std::uint8_t kind = 0; kind < kinds; ++kind) {
    const Program three = {all_pixels, 2, kind, 10, 0, kind, 0, 0, kind, 5, 0};
    put(folder, "series", std::string("three_") + radfm::fuzz::study_kinds[kind].name, three);
    Program limited = three;
    limited[0] = few;
    put(folder, "series", std::string("limited_") + radfm::fuzz::study_kinds[kind].name, limited);
    (kind < 12 ? mixed : rest) = joined(kind < 12 ? mixed : rest, {kind, kind, 0});
  }
  put(folder, "series", "mixed", mixed);
  mixed[0] |= 64;
  put(folder, "series", "mixed_best", mixed);
  put(folder, "series", "mixed_headers", rest);
  constexpr std::uint8_t in_data_set = 0, position = 46, orientation = 47, rows = 57, echo = 23, slope = 71, text = 1, word = 4;
  put(folder, "series", "repeats", {all_pixels, 3, 1, 0, 0, 1, 5, 0, 1, 0, 1, in_data_set, echo, text, 2, 1, 5, 1, in_data_set, echo, text, 2});
  put(folder, "series", "oblique", {all_pixels, 1, 0, 0, 1, in_data_set, orientation, text, 24, 0, 9, 1, in_data_set, orientation, text, 24});
  put(folder, "series", "no_number", {all_pixels, 1, 0, 0, 1, in_data_set, position, text, 4, 0, 9, 1, in_data_set, orientation, text, 26});
  put(folder, "series", "huge_slope", {all_pixels, 1, 0, 0, 1, in_data_set, slope, text, 10, 0, 9, 1, in_data_set, slope, text, 7});
  put(folder, "series", "tall", {all_pixels, 1, 0, 0, 1, in_data_set, rows, word, 0xFF, 0xFF, 0, 9, 0});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_imaging_corpus FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const CellBits eight{8, 8, 7, false}, twelve{16, 12, 11, false}, sixteen{16, 16, 15, true};
  const Picture small = picture(eight), grey = picture(twelve), deep = picture(sixteen),
                colour = picture(eight, 3);

  put(folder, "native_pixels", "one_bit",
      joined({22, 33, 0, 0, 0, 0, 0, 0}, cells_of(picture({1, 1, 0, false}))));
  put(folder, "native_pixels", "twelve_bits",
      joined({22, 33, 0, 11, 11, 0, 1, 0}, cells_of(picture({12, 12, 11, true}))));
  put(folder, "native_pixels", "colour", joined({22, 33, 0, 7, 7, 0, 6, 0}, cells_of(colour)));
  put(folder, "native_pixels", "halved_chroma", joined({22, 33, 0, 7, 7, 0, 10, 0}, cells_of(colour)));
  put(folder, "native_pixels", "float", {0, 1, 0, 0, 0, 0, 16, 0, 0, 0, 0x80, 0x3F, 0, 0, 0xC0, 0x7F});

  const char* rle = "1.2.840.10008.1.2.5";
  put(folder, "rle", "grey", joined({190, 0}, first_fragment(compressed_file(small, rle))));
  put(folder, "rle", "deep", joined({190, 2}, first_fragment(compressed_file(grey, rle))));
  put(folder, "rle", "colour", joined({190, 1}, first_fragment(compressed_file(colour, rle))));
  for (const auto& [name, image] :
       {std::pair{"grey_8", &small}, {"grey_12", &grey}, {"grey_16", &deep}, {"colour", &colour}}) {
    put(folder, "jpeg", std::string("lossless_") + name,
        first_fragment(compressed_file(*image, "1.2.840.10008.1.2.4.70")));
    put(folder, "jpeg_ls", name, first_fragment(compressed_file(*image, "1.2.840.10008.1.2.4.80")));
    put(folder, "jpeg_2000", name, code_streams(*image, "1.2.840.10008.1.2.4.90").front());
    put(folder, "jpeg_2000", std::string("ht_") + name,
        code_streams(*image, "1.2.840.10008.1.2.4.201").front());
  }
  put(folder, "jpeg", "baseline", first_fragment(compressed_file(small, "1.2.840.10008.1.2.4.50", 90)));
  put(folder, "jpeg", "extended", first_fragment(compressed_file(grey, "1.2.840.10008.1.2.4.51", 90)));
  const CodedImage image{grey.rows, grey.columns, 1, 12, false, grey.values};
  put(folder, "jpeg_2000", "whole_file", jpeg_2000(image, true));

  put(folder, "palette", "plain", {0, 2, 0, 0, 0, 16, 0, 0x00, 0x10, 0x00, 0xFF});
  put(folder, "palette", "bytes", {0, 4, 0, 0, 0, 8, 0, 1, 2, 3, 4});
  put(folder, "palette", "segments",
      {1, 10, 0, 0, 0, 16, 0, 0, 0, 2, 0, 10, 0, 20, 0, 1, 0, 3, 0, 50, 0, 2, 0, 2, 0, 0, 0, 0, 0});

  for (const char* syntax :
       {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"})
    put_file(folder, std::string("native_") + syntax, uncompressed_file(small, syntax));
  const Picture frames = picture(eight, 1, 2);
  for (const char* syntax : {rle, "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
                             "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.202"})
    put_file(folder, std::string("frames_") + syntax, compressed_file(frames, syntax));
  put_programs(folder);
  return 0;
}
