// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/read_files.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "core/uid.h"
#include "pipeline/imaging/dicom_source.h"
#include "pipeline/imaging/header.h"
#include "pipeline/imaging/identity_check.h"
#include "pipeline/imaging/left_out_list.h"
#include "pipeline/imaging/report_reading.h"
#include "pipeline/imaging/slice_stacks.h"
#include "pipeline/imaging/threads.h"
#include "pipeline/imaging/volume_building.h"
#include "pipeline/process/child_end.h"

namespace radfm::imaging {
namespace {

constexpr int failed_slices_max = 8;  // of one stack; after that the whole stack is left out

class StudyReader {
 public:
  StudyReader(const std::vector<InputFile>& files, const ReadOptions& options, const StudyLimits& limits,
              const Progress& progress)
      : files_(files),
        options_(options),
        limits_(limits),
        progress_(progress),
        of_(static_cast<int>(files.size())),
        pixel_files_{files, options.nesting_max, static_cast<std::size_t>(limits.file_bytes_max), kept_files_},
        keep_files_(options.pixels && bytes_of(files) <= kept_files_bytes_max) {}

  StudyReading run() {
    for (std::size_t i = 0; i < files_.size();) i = read_headers(i);
    read_volumes();
    read_radiographs();
    if (image_header_) {
      reading_.header = std::move(*image_header_);
    } else if (other_header_) {
      reading_.header = std::move(*other_header_);
    }
    reading_.disagreements = identity_.disagreements();
    reading_.left_out = left_out_.take();
    return std::move(reading_);
  }

 private:
  void report_progress() {
    ++done_;
    if (progress_) progress_(done_, std::max(of_, done_));
  }

  // A file that was parsed for its header, and the facts that stand in it; or why not.
  struct Opened {
    Result<ParsedFile> file = permanent_error("broken", "the file was not opened");
    InstanceFacts facts;
    std::string meta_sop_class;  // of a file that could not be parsed
  };

  // First pass: what are these files, and may they be shown? Some at once, from `first` on; they are taken in their order.
  // Returns the first file that comes next.
  std::size_t read_headers(std::size_t first) {
    std::vector<Opened> opened(files_opened_at_once(files_, first));
    for_each_index(opened.size(), [&](std::size_t i) { open_guarded(first + i, opened[i]); });
    for (std::size_t i = 0; i < opened.size(); ++i) {
      take_opened(first + i, opened[i]);
      report_progress();
    }
    return first + opened.size();
  }

  // DCMTK throws nothing of its own, but what it calls may; memory is the study's matter, not the file's.
  void open_guarded(std::size_t index, Opened& opened) const {
    try {
      const auto bytes = map_file(files_[index].fd, static_cast<std::size_t>(limits_.file_bytes_max));
      opened.file = bytes ? parse_file(*bytes, options_.nesting_max) : bytes.error();
      if (opened.file) {
        opened.facts = read_facts(*opened.file->data_set);
      } else if (bytes) {
        opened.meta_sop_class = meta_sop_class(*bytes);
      }
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception&) {
      opened.file = permanent_error("broken", "the file cannot be parsed; send it again from its source");
    }
  }

  void take_opened(std::size_t index, Opened& opened) {
    if (!opened.file) return leave_out_unparsed(index, opened.file.error(), opened.meta_sop_class);
    try {
      if (take_instance(index, *opened.file, std::move(opened.facts)) && keep_files_) kept_files_.keep(index, std::move(*opened.file));
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception&) {
      leave_out_unparsed(index, permanent_error("broken", "the header cannot be read"), {});
    }
  }

  void leave_out_unparsed(std::size_t index, const Error& error, const std::string& sop_class) {
    const Refusal by_class = sop_class.empty() ? Refusal{} : refusal_of_class(sop_class);
    if (by_class.by_policy) return left_out_.add("", by_class);
    left_out_.add("", Refusal{error.code, "file " + files_[index].label + ": " + error.message, false});
  }

  // Whether its pixels may be asked for.
  bool take_instance(std::size_t index, ParsedFile& file, InstanceFacts facts) {
    facts.file = index;
    facts.transfer_syntax_uid = file.transfer_syntax_uid;
    facts.character_set_failed = file.character_set_failed;
    Acceptance acceptance = judge(facts);
    const bool named = Uid::parse(facts.sop_instance_uid) && Uid::parse(facts.series_instance_uid) &&
                       Uid::parse(facts.study_instance_uid) && Uid::parse(facts.sop_class_uid);
    if (!named) {
      leave_out_unparsed(index, permanent_error("no_uid", "its study, series, instance or class UID is missing or illegal"),
                         file.meta_sop_class_uid);
      return false;
    }
    if (!seen_.insert(facts.sop_instance_uid).second) {
      left_out_.add(facts.series_instance_uid, Refusal{"duplicate_instance", "the same instance came twice", true});
      return false;
    }
    identity_.add(facts);
    reading_.instances.push_back({facts.sop_instance_uid, facts.sop_class_uid, facts.series_instance_uid,
                                  facts.modality, facts.body_part, facts.series_description, facts.anatomic_region});
    keep_header(*file.data_set, acceptance.use);
    switch (acceptance.use) {
      case Use::none:
        left_out_.add(facts.series_instance_uid, acceptance.refusal);
        break;
      case Use::slice:
        take_slices(*file.data_set, facts);
        break;
      case Use::picture:
        facts.frame = picture_frame(facts);
        radiographs_.push_back(std::move(facts));
        break;
      case Use::report:
        take_report(*file.data_set, facts);
        break;
    }
    return acceptance.use == Use::slice || acceptance.use == Use::picture;
  }

  // Each frame is a slice of its own.
  void take_slices(DcmDataset& data_set, const InstanceFacts& facts) {
    std::vector<InstanceFacts> frames = read_frames(data_set, facts);
    if (frames.empty()) {
      left_out_.add(facts.series_instance_uid,
                    permanent_error("broken", "the image has fewer functional groups than frames; send it again"));
    }
    if (frames.size() > limits_.slices_max - slices_.size()) return left_out_.add(facts.series_instance_uid, too_many());
    for (auto& frame : frames) {
      if (const auto refusal = judge_slice(frame)) {
        leave_out(frame, *refusal);
      } else {
        slices_.push_back(std::move(frame));
      }
    }
  }

  // An object counts once for each reason, however many of its frames it holds for.
  void leave_out(const InstanceFacts& facts, const Refusal& refusal) {
    if (left_frames_.insert({facts.sop_instance_uid, refusal.code}).second) left_out_.add(facts.series_instance_uid, refusal);
  }

  void keep_header(DcmDataset& data_set, Use use) {
    const bool image = use == Use::slice || use == Use::picture;
    if (image && !image_header_) image_header_ = extract_header(data_set);
    if (!image && !other_header_) other_header_ = extract_header(data_set);
  }

  void take_report(DcmDataset& data_set, const InstanceFacts& facts) {
    const bool wanted = options_.documents && reading_.documents.size() < report_documents_max;
    std::vector<std::uint8_t> pdf;
    if (auto report = read_report(data_set, wanted ? &pdf : nullptr)) {
      if (!pdf.empty()) reading_.documents.push_back({reading_.reports.size(), std::move(pdf)});
      reading_.reports.push_back(std::move(*report));
    } else {
      left_out_.add(facts.series_instance_uid, Refusal{"not_a_report",
                                                       "the document is a dose, measurement or procedure "
                                                       "record, not a report",
                                                       true});
    }
  }

  // Second pass: pixels of what is shown. Files are opened anew: a study's pixels need not fit into memory at once.
  // The stacks of one large object follow one another: it stays open until another file is asked for.
  void decode(const std::vector<InstanceFacts>& frames, const TakeImage& take) {
    const auto of_one_file = [&](const InstanceFacts& frame) { return frame.file == frames.front().file; };
    if (std::all_of(frames.begin(), frames.end(), of_one_file)) return decode_frames_of_one_file(frames, take);
    open_file_.reset();
    decode_all(pixel_files_, frames, take, [this] { report_progress(); });
  }

  void decode_frames_of_one_file(const std::vector<InstanceFacts>& frames, const TakeImage& take) {
    if (!open_file_) open_file_.emplace(pixel_files_);
    std::mutex mutex;
    for_each_index(frames.size(), [&](std::size_t i) {
      take(i, open_file_->decode(frames[i]));
      const std::lock_guard lock(mutex);
      report_progress();
    });
  }

  bool fits(std::int64_t pixels) {
    if (pixels > limits_.pixels_max - pixels_) return false;
    pixels_ += pixels;
    return true;
  }

  Refusal too_large() const {
    return {"study_too_large",
            "the images shown before it fill the limit of " + std::to_string(limits_.pixels_max >> 20) +
                " million pixels of one study",
            false};
  }

  bool is_full() const { return reading_.volumes.size() >= limits_.volumes_max; }

  Refusal too_many() const {
    return {"study_too_large",
            "more than " + std::to_string(limits_.slices_max) + " slices or " + std::to_string(limits_.volumes_max) +
                " volumes and pictures of one study are not read",
            false};
  }

  void keep(BuiltVolume built) {
    reading_.volumes.push_back(std::move(built.description));
    reading_.pixels.push_back(std::move(built.pixels));
  }

  void read_volumes() {
    StackPlan plan = plan_stacks(std::move(slices_), options_.imaging.series_order, options_.thinned);
    for (const auto& [facts, refusal] : plan.left_out) leave_out(facts, refusal);
    count_slices(plan.stacks);
    for (SliceStack& stack : plan.stacks) read_stack(stack);
  }

  void count_slices(const std::vector<SliceStack>& stacks) {
    if (!options_.pixels) return;
    std::size_t decoded = stacks.size();
    if (options_.stacks_max > 0) decoded = std::min(decoded, static_cast<std::size_t>(options_.stacks_max));
    for (std::size_t i = 0; i < decoded; ++i) of_ += static_cast<int>(choose_slices(stacks[i], options_.slices_max).size());
  }

  bool is_decoded(int already, int most) const {
    return options_.pixels && (most == 0 || already < most);
  }

  void describe_only(VolumeDescription description) {
    reading_.volumes.push_back(std::move(description));
    if (options_.pixels) reading_.pixels.emplace_back();
  }

  void read_stack(SliceStack& stack) {
    if (is_full()) return leave_out_stack(stack, too_many());
    for (int failures = 0; !stack.slices.empty(); ++failures) {
      const auto chosen = choose_slices(stack, options_.slices_max);
      const InstanceFacts& first = stack.slices.front();
      if (!is_decoded(decoded_stacks_, options_.stacks_max)) return describe_only(describe_stack(stack, chosen));
      const std::int64_t pixels =
          std::int64_t{first.rows} * first.columns * static_cast<std::int64_t>(chosen.size());
      if (!fits(pixels)) return leave_out_stack(stack, too_large());
      std::optional<std::size_t> failed;
      auto built = build_stack(
          stack, chosen, [this](const auto& frames, const auto& take) { decode(frames, take); }, options_.imaging, options_.values, &failed);
      if (built) {
        ++decoded_stacks_;
        return keep(std::move(*built));
      }
      pixels_ -= pixels;
      const Refusal refusal{built.error().code, built.error().message, false};
      if (!failed || failures >= failed_slices_max) return leave_out_stack(stack, refusal);
      leave_out(stack.slices[*failed], refusal);
      remove_slice(stack, *failed);
    }
  }

  void remove_slice(SliceStack& stack, std::size_t index) const {
    stack.slices.erase(stack.slices.begin() + static_cast<std::ptrdiff_t>(index));
    if (stack.slices.empty()) return;
    const std::string choice = std::move(stack.choice);
    stack = plan_stacks(std::move(stack.slices), options_.imaging.series_order, options_.thinned).stacks.front();  // notes the gap
    stack.choice = choice;
  }

  void leave_out_stack(const SliceStack& stack, const Refusal& refusal) {
    for (const auto& slice : stack.slices) leave_out(slice, refusal);
  }

  void read_radiographs() {
    std::sort(radiographs_.begin(), radiographs_.end(), [](const InstanceFacts& a, const InstanceFacts& b) {
      const auto rank = [](const InstanceFacts& f) {
        const bool frontal = f.view_position == "PA" || f.view_position == "AP";
        return std::make_tuple(!frontal, -std::int64_t{f.rows} * f.columns, f.series_instance_uid,
                               f.instance_number, f.sop_instance_uid);
      };
      return rank(a) < rank(b);
    });
    if (options_.pixels && decoded_stacks_ == 0) of_ += static_cast<int>(radiographs_.size());
    for (const auto& facts : radiographs_) read_radiograph(facts);
  }

  void read_radiograph(const InstanceFacts& facts) {
    if (is_full()) return left_out_.add(facts.series_instance_uid, too_many());
    const bool behind_stacks = options_.stacks_max > 0 && decoded_stacks_ > 0;
    if (behind_stacks || !is_decoded(decoded_pictures_, options_.pictures_max)) return describe_only(describe_radiograph(facts));
    const std::int64_t pixels = std::int64_t{facts.rows} * facts.columns;
    if (!fits(pixels)) return left_out_.add(facts.series_instance_uid, too_large());
    auto built = build_radiograph(
        facts, [this](const auto& frames, const auto& take) { decode(frames, take); }, options_.imaging, options_.values);
    if (built) {
      ++decoded_pictures_;
      return keep(std::move(*built));
    }
    pixels_ -= pixels;
    left_out_.add(facts.series_instance_uid, built.error());
  }

  const std::vector<InputFile>& files_;
  const ReadOptions& options_;
  const StudyLimits& limits_;
  const Progress& progress_;
  StudyReading reading_;
  LeftOutList left_out_;
  IdentityCheck identity_;
  std::set<std::string> seen_;
  std::set<std::pair<std::string, std::string>> left_frames_;  // instance and code
  std::optional<AttributeSet> image_header_, other_header_;
  std::vector<InstanceFacts> slices_, radiographs_;
  std::int64_t pixels_ = 0;
  int done_ = 0, of_ = 0, decoded_stacks_ = 0, decoded_pictures_ = 0;
  KeptFiles kept_files_;
  PixelFiles pixel_files_;
  bool keep_files_;
  std::optional<PixelSource> open_file_;
};

}  // namespace

Result<StudyReading> read_files(const std::vector<InputFile>& files, const ReadOptions& options,
                                const StudyLimits& limits, const Progress& progress) {
  if (files.size() > limits.files_max) {
    return permanent_error("too_many_files", "the study has " + std::to_string(files.size()) +
                                                 " files, more than " + std::to_string(limits.files_max));
  }
  try {
    return StudyReader(files, options, limits, progress).run();
  } catch (const std::bad_alloc&) {
    return process::out_of_memory_error("reader");
  }
}

}  // namespace radfm::imaging
