// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/prior_source.h"

#include "scu-scp/get_scu.h"
#include "scu-scp/move_scu.h"

namespace radfm::scu {
namespace {

class DimseSource : public PriorSource {
 public:
  DimseSource(const std::string& way, const Peer& peer, QueryModel model)
      : name_(way + " from " + peer.ae_title), find_(peer, model) {}
  const std::string& name() const override { return name_; }
  Result<Found<FoundStudy>> studies(const StudyQuery& query, std::size_t matches_max,
                                    int wake_fd) const override {
    return find_.studies(query, matches_max, wake_fd);
  }
  Result<Found<FoundSeries>> series(const std::string& study_uid, const std::string& patient_id,
                                    std::size_t matches_max, int wake_fd) const override {
    return find_.series(study_uid, patient_id, matches_max, wake_fd);
  }

  Result<Found<FoundDocument>> documents(const std::string& study_uid, const std::string& patient_id,
                                         std::size_t matches_max, int wake_fd) const override {
    return find_.documents(study_uid, patient_id, matches_max, wake_fd);
  }

 private:
  const std::string name_;
  const FindScu find_;
};

class GetSource final : public DimseSource {
 public:
  GetSource(const Peer& peer, QueryModel model) : DimseSource("C-GET", peer, model), get_(peer, model) {}
  Result<RetrievalResult> retrieve(const RetrievalRequest& request, std::shared_ptr<ObjectSink> sink,
                                   std::uint64_t bytes_max, int wake_fd) const override {
    return get_.get(request, *sink, bytes_max, wake_fd);
  }

 private:
  const GetScu get_;
};

class MoveSource final : public DimseSource {
 public:
  MoveSource(const Peer& peer, QueryModel model, ExpectedMoves& moves)
      : DimseSource("C-MOVE", peer, model), move_(peer, model, moves) {}
  // The objects come on associations of the archive's own, whose bytes the storage SCP bounds; the sink
  // bounds theirs.
  Result<RetrievalResult> retrieve(const RetrievalRequest& request, std::shared_ptr<ObjectSink> sink,
                                   std::uint64_t, int wake_fd) const override {
    return move_.move(request, std::move(sink), wake_fd);
  }

 private:
  const MoveScu move_;
};

}  // namespace

std::unique_ptr<PriorSource> get_source(const Peer& peer, QueryModel model) {
  return std::make_unique<GetSource>(peer, model);
}

std::unique_ptr<PriorSource> move_source(const Peer& peer, QueryModel model, ExpectedMoves& moves) {
  return std::make_unique<MoveSource>(peer, model, moves);
}

}  // namespace radfm::scu
