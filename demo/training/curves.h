// SPDX-License-Identifier: Apache-2.0
// What a training run did, step by step: two CSV files that a run which goes on continues, and a picture of both.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"

namespace radfm::training {

// One CSV file: "step" and `columns` numbers. Rows are appended and kept in memory too.
class CurveFile {
 public:
  // An existing file is continued: its rows up to and including `last_step` stay, later ones (of a run that was killed
  // after its last state) are dropped. A file that is no such table is begun anew. transient "curve_cannot_write".
  static Result<CurveFile> open(const std::filesystem::path& file, const std::vector<std::string>& columns,
                                std::int64_t last_step);
  struct Row {
    std::int64_t step = 0;
    std::vector<double> values;  // one for each column; NaN: an empty cell
  };
  Status append(const Row& row);

  const std::vector<std::string>& columns() const { return columns_; }
  const std::vector<Row>& rows() const { return rows_; }

 private:
  std::filesystem::path file_;
  std::vector<std::string> columns_;
  std::vector<Row> rows_;
};

// Columns of shares (0 to 1) that are drawn together, one line each, named at the side.
struct SharePanel {
  std::string title;
  std::vector<std::size_t> columns;
};
// Panels over the steps, one below the other: the loss (column `loss_column`, logarithmic), and held-out shares. transient
// "curve_cannot_write", "no_memory".
Status draw_curves(const std::filesystem::path& file, const CurveFile& losses, std::size_t loss_column,
                   const CurveFile& held_out, const std::vector<SharePanel>& panels);

}  // namespace radfm::training
