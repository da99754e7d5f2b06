// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/sr_file.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcmetinf.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcwcache.h>

#include "core/digest.h"
#include "pipeline/report/sr_nesting.h"

namespace radfm::report {
namespace {

constexpr std::size_t chunk_bytes = 64u << 10;

Error not_written(const OFCondition& condition) {
  return permanent_error("report_not_valid", std::string("DCMTK cannot write the report: ") + condition.text());
}

// DCMTK's meta header with our implementation in it instead of OFFIS's.
OFCondition write_meta_header(DcmFileFormat& file) {
  OFCondition condition = file.validateMetaInfo(EXS_LittleEndianExplicit, EWM_createNewMeta);
  if (condition.bad()) return condition;
  DcmMetaInfo& meta = *file.getMetaInfo();
  condition = meta.putAndInsertString(DCM_ImplementationClassUID, uid_from_name("implementation class").c_str());
  if (condition.good()) condition = meta.putAndInsertString(DCM_ImplementationVersionName, "RADFM_" RADFM_VERSION);
  if (condition.bad()) return condition;
  return meta.computeGroupLengthAndPadding(EGL_withGL, EPD_noChange, EXS_LittleEndianExplicit, EET_ExplicitLength);
}

// DcmFileFormat::write() would put OFFIS's implementation back, so its two halves are written by themselves.
OFCondition append(DcmItem& part, std::vector<std::uint8_t>& bytes) {
  std::vector<std::uint8_t> chunk(chunk_bytes);
  DcmOutputBufferStream stream(chunk.data(), static_cast<offile_off_t>(chunk.size()));
  DcmWriteCache cache;
  OFCondition condition;
  part.transferInit();
  do {
    condition = part.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, &cache);
    void* written = nullptr;
    offile_off_t length = 0;
    stream.flushBuffer(written, length);
    const auto* first = static_cast<const std::uint8_t*>(written);
    bytes.insert(bytes.end(), first, first + length);
  } while (condition == EC_StreamNotifyClient);
  part.transferEnd();
  return condition;
}

}  // namespace

Result<std::vector<std::uint8_t>> to_file_bytes(DcmFileFormat& file) {
  OFCondition condition = write_meta_header(file);
  if (condition.bad()) return not_written(condition);
  std::vector<std::uint8_t> bytes;
  for (DcmItem* part : {static_cast<DcmItem*>(file.getMetaInfo()), static_cast<DcmItem*>(file.getDataset())}) {
    condition = append(*part, bytes);
    if (condition.bad()) return not_written(condition);
  }
  return bytes;
}

Result<std::unique_ptr<DcmFileFormat>> from_file_bytes(const std::vector<std::uint8_t>& bytes) {
  if (bytes.size() > sr_bytes_max || !is_safely_nested(bytes, sr_nesting_max)) {
    return permanent_error("not_an_sr_file",
                           "the file is no uncompressed DICOM file, is cut short, is larger than 64 MiB or has sequences "
                           "nested deeper than 64 levels: it is not read");
  }
  auto file = std::make_unique<DcmFileFormat>();
  DcmInputBufferStream stream;
  stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  stream.setEos();
  file->transferInit();
  const OFCondition condition = file->read(stream, EXS_Unknown, EGL_noChange, DCM_MaxReadLength);
  file->transferEnd();
  if (condition.bad()) {
    return permanent_error("not_an_sr_file", std::string("DCMTK cannot read the file: ") + condition.text());
  }
  return file;
}

}  // namespace radfm::report
