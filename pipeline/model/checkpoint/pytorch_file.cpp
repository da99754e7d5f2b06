// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint/pytorch_file.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "pipeline/model/checkpoint/crc32.h"
#include "pipeline/model/checkpoint/refusal.h"
#include "pipeline/model/checkpoint/state_dict.h"
#include "pipeline/model/checkpoint/zip_directory.h"

namespace radfm::model {
namespace {

constexpr std::uint64_t small_record_bytes_max = 64;  // byteorder

using Records = std::map<std::string, ZipRecord>;

// Where a tensor's values are.
struct Place {
  std::uint64_t record_offset = 0, record_bytes = 0;
  std::uint32_t record_crc = 0;
  std::uint64_t begin = 0;  // of the first element, in the record
  std::size_t element_bytes = 0;
  std::vector<std::int64_t> strides;
  std::string record;  // its name
};

// "<root>" of "<root>/data.pkl". Everything lies in one folder.
Result<std::string> root_of(const ByteSource& source, const Records& records) {
  constexpr std::string_view pickle = "/data.pkl";
  std::optional<std::string> root;
  for (const auto& [name, record] : records) {
    if (!name.ends_with(pickle) || name.find('/') != name.size() - pickle.size()) continue;
    if (root) return refusal(source.name(), "duplicate_record", "it holds two saved objects");
    root = name.substr(0, name.size() - pickle.size());
  }
  if (!root)
    return refusal(source.name(), "missing_record",
                   "it holds no data.pkl: a zip file, but not of torch.save");
  for (const auto& [name, record] : records)
    if (!name.starts_with(*root + "/"))
      return refusal(source.name(), "bad_record_name",
                     "record " + printable(name) + " lies outside the folder " + printable(*root));
  return *root;
}

Status check_byte_order(const ByteSource& source, const Records& records, const std::string& root) {
  const auto found = records.find(root + "/byteorder");
  if (found == records.end()) return {};  // before torch 2.1: that of the machine, which was little endian
  const auto text = read_zip_record(source, found->first, found->second, small_record_bytes_max);
  if (!text) return text.error();
  if (*text == "little") return {};
  return refusal(
      source.name(), "byte_order",
      "its numbers are stored in the order " + printable(*text) + "; save it on a little-endian machine");
}

// The bytes between first and last element must lie in the record, and no number may wrap on the way.
Status check_bounds(const ByteSource& source, const PickledTensor& tensor, const PickledStorage& storage) {
  const auto outside = [&] {
    return refusal(source.name(), "out_of_bounds",
                   "tensor " + printable(tensor.name) + " lies outside its storage");
  };
  if (tensor.offset < 0 || tensor.offset > storage.values) return outside();
  std::int64_t last = tensor.offset, count = 1;
  bool empty = false;
  for (std::size_t axis = 0; axis < tensor.sizes.size(); ++axis) {
    const std::int64_t size = tensor.sizes[axis], stride = tensor.strides[axis];
    if (size < 0 || stride < 0) return outside();
    if (size == 0) empty = true;
    std::int64_t step = 0;
    if (size > 0 &&
        (__builtin_mul_overflow(size - 1, stride, &step) || __builtin_add_overflow(last, step, &last)))
      return outside();
    if (size > 0 && __builtin_mul_overflow(count, size, &count)) return outside();
  }
  if (empty) return {};
  if (last >= storage.values) return outside();
  // Elements that share places (stride 0) could make a tensor of any size out of a few bytes.
  if (count > storage.values)
    return refusal(source.name(), "non_contiguous",
                   "tensor " + printable(tensor.name) + " repeats its elements; save it with .contiguous()");
  return {};
}

std::int64_t count_of(const std::vector<std::int64_t>& sizes) {
  std::int64_t count = 1;
  for (const auto size : sizes) count *= size;
  return count;
}

bool is_c_order(const std::vector<std::int64_t>& sizes, const std::vector<std::int64_t>& strides) {
  std::int64_t dense = 1;
  for (std::size_t axis = sizes.size(); axis-- > 0;) {
    if (sizes[axis] != 1 && strides[axis] != dense) return false;
    dense *= sizes[axis];
  }
  return true;
}

// The same elements without gaps, but another order of the axes: a transposed matrix.
bool is_permuted(const std::vector<std::int64_t>& sizes, const std::vector<std::int64_t>& strides) {
  std::vector<std::size_t> axes;
  for (std::size_t axis = 0; axis < sizes.size(); ++axis)
    if (sizes[axis] != 1) axes.push_back(axis);
  std::sort(axes.begin(), axes.end(), [&](auto a, auto b) { return strides[a] < strides[b]; });
  std::int64_t dense = 1;
  for (const auto axis : axes) {
    if (strides[axis] != dense) return false;
    dense *= sizes[axis];
  }
  return true;
}

}  // namespace

struct PytorchFile::State {
  std::shared_ptr<const ByteSource> source;
  std::map<std::string, TensorView> tensors;
  std::map<std::string, Place> places;
  mutable std::mutex mutex;
  mutable std::set<std::string> sound;  // records whose CRC was found right

  Status bind(const StateDict& dict, const Records& records, const std::string& root);
  Status read_range(std::uint64_t offset, std::uint64_t bytes, const ChunkSink& sink) const;
  Status read_whole_record(const Place& place, const ChunkSink& sink) const;
  Status check_record(const Place& place) const;
  Status read_permuted(const Place& place, const TensorView& view, const ChunkSink& sink) const;
  Error damaged(const Place& place) const {
    return refusal(
        source->name(), "bad_crc",
        "record " + printable(place.record) + " is damaged (its CRC differs); copy the file again");
  }
};

Status PytorchFile::State::bind(const StateDict& dict, const Records& records, const std::string& root) {
  std::vector<const Records::value_type*> record_of;
  for (const auto& storage : dict.storages) {
    const auto found = records.find(root + "/data/" + storage.key);
    if (found == records.end())
      return refusal(source->name(), "missing_record",
                     "record data/" + printable(storage.key) + " is not there; copy the file again");
    std::uint64_t bytes = 0;
    if (storage.values < 0 ||
        __builtin_mul_overflow(static_cast<std::uint64_t>(storage.values), storage.type->bytes, &bytes) ||
        bytes > found->second.bytes)
      return refusal(source->name(), "short_record",
                     "record " + printable(found->first) + " is shorter than its storage");
    record_of.push_back(&*found);
  }
  for (const auto& tensor : dict.tensors) {
    const PickledStorage& storage = dict.storages[tensor.storage];
    if (auto inside = check_bounds(*source, tensor, storage); !inside) return inside.error();
    const auto& [record_name, record] = *record_of[tensor.storage];
    TensorView view;
    view.dtype = storage.type->name;
    view.type = storage.type->weight;
    view.shape = tensor.sizes;
    view.bytes = static_cast<std::size_t>(count_of(tensor.sizes)) * storage.type->bytes;
    tensors.emplace(tensor.name, std::move(view));
    places.emplace(tensor.name, Place{record.data_offset, record.bytes, record.crc32,
                                      static_cast<std::uint64_t>(tensor.offset) * storage.type->bytes,
                                      storage.type->bytes, tensor.strides, record_name});
  }
  return {};
}

Status PytorchFile::State::read_range(std::uint64_t offset, std::uint64_t bytes,
                                      const ChunkSink& sink) const {
  std::vector<std::uint8_t> chunk(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, chunk_bytes_max)));
  while (bytes > 0) {
    const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, chunk.size()));
    if (auto done = source->read(offset, chunk.data(), now); !done) return done;
    if (auto taken = sink(chunk.data(), now); !taken) return taken;
    offset += now;
    bytes -= now;
  }
  return {};
}

Status PytorchFile::State::read_whole_record(const Place& place, const ChunkSink& sink) const {
  std::uint32_t crc = 0;
  const auto counted = [&](const std::uint8_t* data, std::size_t bytes) {
    crc = crc32_of(crc, data, bytes);
    return sink(data, bytes);
  };
  if (auto done = read_range(place.record_offset, place.record_bytes, counted); !done) return done;
  if (crc != place.record_crc) return damaged(place);
  return {};
}

// A record that several tensors share is read once more than its tensors are, to know that it is sound.
Status PytorchFile::State::check_record(const Place& place) const {
  {
    const std::lock_guard lock(mutex);
    if (sound.contains(place.record)) return {};
  }
  if (auto done = read_whole_record(place, [](const std::uint8_t*, std::size_t) { return Status(); }); !done)
    return done;
  const std::lock_guard lock(mutex);
  sound.insert(place.record);
  return {};
}

Status PytorchFile::State::read_permuted(const Place& place, const TensorView& view,
                                         const ChunkSink& sink) const {
  std::vector<std::uint8_t> stored(view.bytes);
  if (auto done = source->read(place.record_offset + place.begin, stored.data(), stored.size()); !done)
    return done;
  std::vector<std::uint8_t> chunk(std::min(view.bytes, chunk_bytes_max));
  std::vector<std::int64_t> at(view.shape.size(), 0);  // of the element that comes next, in C order
  std::int64_t element = 0;
  std::size_t filled = 0;
  for (std::size_t done_bytes = 0; done_bytes < view.bytes; done_bytes += place.element_bytes) {
    std::memcpy(chunk.data() + filled,
                stored.data() + static_cast<std::size_t>(element) * place.element_bytes, place.element_bytes);
    filled += place.element_bytes;
    if (filled == chunk.size()) {
      if (auto taken = sink(chunk.data(), filled); !taken) return taken;
      filled = 0;
    }
    for (std::size_t axis = at.size(); axis-- > 0;) {
      element += place.strides[axis];
      if (++at[axis] < view.shape[axis]) break;
      element -= place.strides[axis] * view.shape[axis];
      at[axis] = 0;
    }
  }
  return filled > 0 ? sink(chunk.data(), filled) : Status();
}

Result<PytorchFile> PytorchFile::open(const std::filesystem::path& file) {
  auto source = open_byte_source(file);
  if (!source) return source.error();
  return open(std::move(source).value());
}

Result<PytorchFile> PytorchFile::open(std::shared_ptr<const ByteSource> source) {
  const auto records = read_zip_directory(*source);
  if (!records) return records.error();
  const auto root = root_of(*source, *records);
  if (!root) return root.error();
  if (auto little = check_byte_order(*source, *records, *root); !little) return little.error();
  const std::string pickle_name = *root + "/data.pkl";
  const auto pickle = read_zip_record(*source, pickle_name, records->at(pickle_name), pickle_bytes_max);
  if (!pickle) return pickle.error();
  const auto dict = unpickle_state_dict(source->name(), *pickle);
  if (!dict) return dict.error();
  auto state = std::make_shared<State>();
  state->source = std::move(source);
  if (auto bound = state->bind(*dict, *records, *root); !bound) return bound.error();
  return PytorchFile(std::move(state));
}

const std::map<std::string, TensorView>& PytorchFile::tensors() const {
  return state_->tensors;
}

Status PytorchFile::read_chunks(const std::string& name, const ChunkSink& sink) const {
  const auto found = state_->tensors.find(name);
  if (found == state_->tensors.end())
    broken_invariant("a tensor was asked for that the checkpoint does not hold");
  const TensorView& view = found->second;
  const Place& place = state_->places.at(name);
  if (view.bytes == 0) return {};
  const bool in_order = is_c_order(view.shape, place.strides);
  if (!in_order && !is_permuted(view.shape, place.strides))
    return refusal(state_->source->name(), "non_contiguous",
                   "the elements of tensor " + printable(name) + " lie apart; save it with .contiguous()");
  if (in_order && view.bytes == place.record_bytes) return state_->read_whole_record(place, sink);
  if (auto sound = state_->check_record(place); !sound) return sound;
  return in_order ? state_->read_range(place.record_offset + place.begin, view.bytes, sink)
                  : state_->read_permuted(place, view, sink);
}

}  // namespace radfm::model
