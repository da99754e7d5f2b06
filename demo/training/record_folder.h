// SPDX-License-Identifier: Apache-2.0
// Records in a folder, so that a site can train on its own; docs/training.md is for those who write one.
//
//   records.jsonl   one record a line:
//     {"images": ["images/1-0.safetensors", "images/1-1.png"],        paths inside the folder
//      "prompt": [{"text": "Prior study:"}, {"image": 0}, ...], "answer": "Findings: ...",
//      "emphasis": [[10, 16], ...],                                    bytes of the answer; may be absent
//      "labels": [{"classes": [2, -1]}, ...], "pair_labels": [1]}      of kinds.json; may be absent
//   kinds.json      {"of_image": [{"name": "kind", "classes": 4}, ...], "of_pair": [...], "maps": ["nodule", ...]}; may be
//                   absent: then no record has labels
//   image files     PNG (8-bit grey or RGB), or safetensors with "image" U8 [slices, rows, columns] or [.., 3] and, for
//                   maps, "map.NAME" F32 [rows, columns, depths] of the patch grid
//
// Every byte is hostile: limits below, paths that stay inside, nothing allocated by a size that was not checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "core/result.h"
#include "demo/training/record.h"

namespace radfm::training {

inline constexpr std::size_t record_line_bytes_max = 1u << 20;
inline constexpr std::size_t folder_records_max = 1'000'000;
inline constexpr std::size_t answer_bytes_max = 16u << 10;
inline constexpr std::size_t record_emphases_max = 256;
inline constexpr std::size_t label_kinds_max = 64;
inline constexpr int label_classes_max = 1024;
inline constexpr std::size_t image_file_bytes_max = 256u << 20;
inline constexpr int held_out_one_of = 20;  // the last of so many records are kept from learning

// Opens and checks the whole folder: every line, and every image file's shape; pixels are read when a record is drawn.
// A number below held_out_begin is a record that is learned from, in a new order in each round through them; from
// held_out_begin on those that are kept back (the last lines). The stage makes no difference.
// Errors (permanent): "records_missing" (no records.jsonl, or no record in it), "records_bad" (file, line, what is wrong).
Result<std::unique_ptr<RecordSource>> open_record_folder(const std::filesystem::path& folder);

// Writes records [0, count) of a source as such a folder, which must not be there and appears whole. Errors: those of
// OutputFolder.
Status write_record_folder(const RecordSource& source, RecordSource::Stage stage, std::uint64_t count,
                           const std::filesystem::path& folder);

}  // namespace radfm::training
