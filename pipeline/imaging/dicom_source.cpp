// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/dicom_source.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcspchrs.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <new>

#include "pipeline/imaging/file_meta.h"
#include "pipeline/imaging/japanese_text.h"
#include "pipeline/imaging/nesting_guard.h"

namespace radfm::imaging {
namespace {

constexpr const char* deflated_uid = "1.2.840.10008.1.2.1.99";

// How the data set is encoded. Syntaxes that DCMTK does not know are encapsulated ones (PS3.5 A.4): explicit
// little endian.
E_TransferSyntax parser_syntax(const std::string& uid) {
  if (uid == deflated_uid) return EXS_LittleEndianExplicit;
  const E_TransferSyntax known = DcmXfer(uid.c_str()).getXfer();
  return known == EXS_Unknown ? EXS_JPEG2000 : known;
}

Encoding encoding_of(E_TransferSyntax syntax) {
  const DcmXfer xfer(syntax);
  if (xfer.isImplicitVR()) return Encoding::implicit_little_endian;
  return xfer.isBigEndian() ? Encoding::explicit_big_endian : Encoding::explicit_little_endian;
}

Result<std::unique_ptr<DcmDataset>> parse_data_set(std::span<const std::uint8_t> bytes,
                                                   E_TransferSyntax syntax) {
  auto data_set = std::make_unique<DcmDataset>();
  DcmInputBufferStream stream;
  stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  stream.setEos();
  data_set->transferInit();
  const OFCondition condition = data_set->read(stream, syntax);
  data_set->transferEnd();
  if (condition.bad()) {
    return permanent_error("broken", std::string("the file cannot be parsed (") + condition.text() +
                                         "); send it again from its source");
  }
  return data_set;
}

// DCMTK stops at the first value that does not fit (one that a modality cut within a character): it must not cost the others, least of
// all the patient's name. What does not fit stays as it is.
void convert_what_fits(DcmDataset& data_set) {
  OFString declared;
  DcmSpecificCharacterSet converter;
  data_set.findAndGetOFStringArray(DCM_SpecificCharacterSet, declared);
  if (converter.selectCharacterSet(declared, "ISO_IR 192").bad()) return;
  DcmStack stack;
  while (data_set.nextObject(stack, OFTrue).good()) {
    if (stack.top()->isLeaf()) stack.top()->convertCharacterSet(converter);
  }
}

// What declares nothing is ASCII where it fits; Japanese text has been converted value by value and is called UTF-8 since.
bool is_convertible(DcmDataset& data_set) {
  OFString declared;
  return data_set.findAndGetOFStringArray(DCM_SpecificCharacterSet, declared).good() && !declared.empty() && declared != "ISO_IR 6" &&
         declared != "ISO_IR 192";
}

// Text to UTF-8, as far as it fits the declared character set; false when not all of it does.
Result<bool> convert_text(std::unique_ptr<DcmDataset>& data_set, std::span<const std::uint8_t> bytes, E_TransferSyntax syntax) {
  if (data_set->convertToUTF8().good() || convert_japanese_text(*data_set)) return true;
  if (!is_convertible(*data_set)) return false;
  data_set.reset();  // part of it is converted already
  auto again = parse_data_set(bytes, syntax);
  if (!again) return again.error();
  data_set = std::move(*again);
  convert_what_fits(*data_set);
  return false;
}

}  // namespace

ParsedFile::ParsedFile() = default;
ParsedFile::ParsedFile(ParsedFile&&) noexcept = default;
ParsedFile& ParsedFile::operator=(ParsedFile&&) noexcept = default;
ParsedFile::~ParsedFile() = default;

FileBytes::~FileBytes() {
  if (bytes_ != nullptr) ::munmap(const_cast<std::uint8_t*>(bytes_), size_);
}

Result<FileBytes> map_file(int fd, std::size_t bytes_max) {
  struct stat facts {};
  if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return permanent_error("unreadable", "the file is no regular file");
  }
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size > bytes_max) {
    return permanent_error("file_too_large", "the file has " + std::to_string(size >> 20) +
                                                 " MiB, more than " + std::to_string(bytes_max >> 20) +
                                                 " MiB");
  }
  if (size == 0) return FileBytes();
  void* bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (bytes == MAP_FAILED && errno == ENOMEM) throw std::bad_alloc();
  if (bytes == MAP_FAILED) return permanent_error("unreadable", "the file cannot be read from its disk");
  return FileBytes(static_cast<const std::uint8_t*>(bytes), size);
}

Result<ParsedFile> parse_file(std::span<const std::uint8_t> bytes, int nesting_max) {
  const auto meta = read_file_meta(bytes);
  if (!meta) return meta.error();
  if (meta->transfer_syntax_uid.empty()) {
    return permanent_error("no_transfer_syntax",
                           "the file does not say in which transfer syntax it is written");
  }
  std::span<const std::uint8_t> data_set = bytes.subspan(meta->data_set_at);
  std::vector<std::uint8_t> inflated;
  if (meta->transfer_syntax_uid == deflated_uid) {
    auto result = inflate_data_set(data_set, inflated_bytes_max);
    if (!result) return result.error();
    inflated = std::move(*result);
    data_set = inflated;
  }
  const E_TransferSyntax syntax = parser_syntax(meta->transfer_syntax_uid);
  StructureLimits limits;
  limits.nesting_max = nesting_max;
  const auto checked = check_structure(data_set, encoding_of(syntax), limits);
  if (!checked) return checked.error();
  auto parsed = parse_data_set(data_set.first(*checked), syntax);
  if (!parsed) return parsed.error();
  const auto converted = convert_text(*parsed, data_set.first(*checked), syntax);
  if (!converted) return converted.error();
  ParsedFile file;
  file.data_set = std::move(*parsed);
  file.transfer_syntax_uid = meta->transfer_syntax_uid;
  file.meta_sop_class_uid = meta->sop_class_uid;
  file.character_set_failed = !*converted;
  return file;
}

std::string meta_sop_class(std::span<const std::uint8_t> bytes) {
  const auto meta = read_file_meta(bytes);
  return meta ? meta->sop_class_uid : std::string();
}

}  // namespace radfm::imaging
