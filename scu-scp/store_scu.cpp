// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/store_scu.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcmetinf.h>
#include <dcmtk/dcmnet/dimse.h>

#include <cstdio>
#include <set>

#include "core/sop_class.h"
#include "scu-scp/association.h"
#include "scu-scp/presentation_tables.h"

namespace radfm::scu {
namespace {

struct Object {
  DcmFileFormat file;
  std::string sop_class_uid, sop_instance_uid, transfer_syntax_uid;
};

std::string meta_value(DcmFileFormat& file, const DcmTagKey& tag) {
  OFString value;
  file.getMetaInfo()->findAndGetOFString(tag, value);
  return value.c_str();
}

// The header only when `whole` is false: what the presentation contexts need.
Status read_object(std::span<const std::uint8_t> bytes, bool whole, Object& object) {
  const Error unreadable = permanent_error(
      "object_not_readable", "an object to be sent is no readable DICOM file with SOP class, instance and transfer syntax");
  if (bytes.size() > store_object_bytes_max) return unreadable;
  DcmInputBufferStream stream;
  stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  stream.setEos();
  object.file.transferInit();
  const OFCondition condition =
      whole ? object.file.read(stream) : object.file.getMetaInfo()->read(stream, EXS_Unknown, EGL_noChange);
  object.file.transferEnd();
  object.sop_class_uid = meta_value(object.file, DCM_MediaStorageSOPClassUID);
  object.sop_instance_uid = meta_value(object.file, DCM_MediaStorageSOPInstanceUID);
  object.transfer_syntax_uid = meta_value(object.file, DCM_TransferSyntaxUID);
  if (condition.bad() || object.sop_class_uid.empty() || object.sop_instance_uid.empty() ||
      object.transfer_syntax_uid.empty()) {
    return unreadable;
  }
  return {};
}

Result<std::vector<ProposedContext>> contexts_for(const std::vector<std::span<const std::uint8_t>>& files) {
  std::set<ProposedContext> contexts;
  for (const auto& bytes : files) {
    Object object;
    if (auto read = read_object(bytes, false, object); !read) return read.error();
    contexts.insert(stored_object_context(object.sop_class_uid, object.transfer_syntax_uid));
  }
  return std::vector<ProposedContext>(contexts.begin(), contexts.end());
}

std::string status_text(std::uint16_t status, const std::string& sop_instance_uid) {
  char hex[8];
  std::snprintf(hex, sizeof hex, "%04X", static_cast<unsigned>(status));
  return std::string(hex) + " for " + sop_instance_uid;
}

Result<std::uint16_t> send_object(Association& association, Object& object) {
  const std::uint8_t context = association.context_for(object.sop_class_uid, object.transfer_syntax_uid);
  if (context == 0) {
    return permanent_error("peer_refused_object", "the peer accepts no " + std::string(sop_class_name(object.sop_class_uid)) +
                                                      " in transfer syntax " + object.transfer_syntax_uid +
                                                      ": allow it in the peer's configuration");
  }
  T_ASC_Association* handle = association.handle();
  T_DIMSE_C_StoreRQ request{};
  request.MessageID = handle->nextMsgID++;
  std::snprintf(request.AffectedSOPClassUID, sizeof request.AffectedSOPClassUID, "%s", object.sop_class_uid.c_str());
  std::snprintf(request.AffectedSOPInstanceUID, sizeof request.AffectedSOPInstanceUID, "%s",
                object.sop_instance_uid.c_str());
  request.DataSetType = DIMSE_DATASET_PRESENT;
  request.Priority = DIMSE_PRIORITY_MEDIUM;
  T_DIMSE_C_StoreRSP response{};
  DcmDataset* detail = nullptr;
  const OFCondition condition =
      DIMSE_storeUser(handle, context, &request, nullptr, object.file.getDataset(), nullptr, nullptr, DIMSE_NONBLOCKING,
                      static_cast<int>(association.left_ms() / 1000 + 1), &response, &detail);
  delete detail;
  if (condition.bad()) return association.failure(condition, "sending " + object.sop_instance_uid);
  return static_cast<std::uint16_t>(response.DimseStatus);
}

}  // namespace

std::optional<Error> store_status_error(std::uint16_t status, const std::string& sop_instance_uid) {
  if (status == 0x0000 || (status & 0xF000) == 0xB000) return std::nullopt;
  const std::string answer = "the peer answers C-STORE with status " + status_text(status, sop_instance_uid);
  if ((status & 0xFF00) == 0xA700) {
    return transient_error("peer_busy", answer + ": it is out of resources; it is asked again later");
  }
  return permanent_error("peer_refused_object", answer + ": it does not take this object; see its log");
}

Result<StoreResult> StoreScu::store(const std::vector<std::span<const std::uint8_t>>& files, int wake_fd) const {
  StoreResult result;
  if (files.empty()) return result;
  if (files.size() > store_objects_max) {
    return permanent_error("too_many_objects", std::to_string(files.size()) + " objects in one call; at most " +
                                                   std::to_string(store_objects_max) + " are sent at once");
  }
  const auto contexts = contexts_for(files);
  if (!contexts) return contexts.error();
  auto association = Association::request(peer_, *contexts, wake_fd);
  if (!association) return association.error();
  for (const auto& bytes : files) {
    Object object;
    if (auto read = read_object(bytes, true, object); !read) return read.error();
    const auto status = send_object(**association, object);
    if (!status) return status.error();
    if (auto error = store_status_error(*status, object.sop_instance_uid)) return *error;
    if (*status != 0) result.warnings.push_back(status_text(*status, object.sop_instance_uid));
    ++result.stored;
  }
  (*association)->release();
  return result;
}

}  // namespace radfm::scu
