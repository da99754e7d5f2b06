// SPDX-License-Identifier: Apache-2.0
// What is measured of a model: images, prompts, new tokens of several sequences at once, and a whole report.
#pragma once

#include <memory>
#include <vector>

#include "pipeline/model/bench/measurement.h"
#include "pipeline/model/bench/model_work.h"
#include "pipeline/model/radfm.h"

namespace radfm::model {

// How much of each. What a model's context or the memory does not hold is left out.
struct Workload {
  std::vector<int> pictures{1, 2, 4, 7, 10};             // of the least depth, one behind the other; the first also of the largest
  std::vector<int> prompts{200, 600, 1000, 1400, 1800};  // tokens
  std::vector<int> batches{1, 2, 4, 8, 16, 32, 64};      // sequences
  int cached = 256;                                      // positions before the first new token
  int new_tokens = 8;                                    // of a run of "decode", for each sequence
  int report_prompt = 400, report_new = 100;             // tokens; with a radiograph and a prior one; no new ones: no report
};

// What the runs of "report" took, of each run.
struct ReportParts {
  std::vector<double> vision_s, prefill_s, decode_s;
  ReportSizes sizes;  // as it came out: an end token ends it before its length
};

// Refers to the model. One run at a time.
class ModelMeasurements {
 public:
  ModelMeasurements(const Radfm& model, WeightForm form, const Workload& workload,
                    std::int64_t cache_bytes_max);
  const std::vector<Measurement>& list() const { return list_; }
  const ReportParts& report() const { return *report_; }
  const std::vector<std::string>& left_out() const { return left_out_; }  // sentences

 private:
  void add_pictures(const Workload& workload);
  void add_prompts(const Workload& workload);
  void add_batches(const Workload& workload, std::int64_t cache_bytes_max);
  void add_report(const Workload& workload);

  const Radfm& model_;
  WeightForm form_;
  std::vector<Measurement> list_;
  std::shared_ptr<ReportParts> report_ = std::make_shared<ReportParts>();
  std::vector<std::string> left_out_;
};

// Sequences whose caches are filled to a length, and begun again when they are full: what stands in a cache does not
// change what a step costs.
class FilledSequences {
 public:
  FilledSequences(const Radfm& model, int sequences, int cached, int capacity);
  bool full(int new_tokens) const;
  void begin_again();
  void step(int sequences);  // one more token for each of the first ones

 private:
  const Radfm& model_;
  int count_, cached_, capacity_;
  std::vector<KeyValueCache> caches_;
};

}  // namespace radfm::model
