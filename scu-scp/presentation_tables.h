// SPDX-License-Identifier: Apache-2.0
// Which presentation contexts this node proposes and accepts (PS3.7 D.3.3, PS3.8 9.3.2). Every association of
// ours is negotiated from these tables, and docs/dicom-conformance.md is printed from them
// (`radfmctl conformance`), so the document says what the network does. Data only, made at the first use and
// never changed; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/sop_class.h"
#include "scu-scp/association.h"

namespace radfm::scu {

struct TransferSyntax {
  const char* uid;
  const char* name;  // PS3.6 A
};
const std::vector<std::string>& native_transfer_syntaxes();      // explicit VR first
const std::vector<std::string>& compressed_transfer_syntaxes();  // lossless first
// Both, with their names, in that order: what our server prefers.
std::span<const TransferSyntax> known_transfer_syntaxes();

// What an association is for.
enum class Activity {
  echo,
  find_study_root,
  find_patient_root,
  get_study_root,
  get_patient_root,
  move_study_root,
  move_patient_root,
  deliver,  // the draft, to an archive
  request_commitment,
  serve,  // associations that others request
};
struct ActivityEntry {
  Activity activity;
  const char* id;  // for programs: "find_study_root"
  // The class of the request itself; of `serve` and `deliver` there are others, see presentation_lines().
  const char* sop_class_uid;
  const char* purpose;
  const char* asked_by;  // what of the configuration makes it happen
};
std::span<const ActivityEntry> activities();
const char* service_class_uid(Activity activity);

enum class ServiceRole { scu, scp };  // ours

// One presentation context; our server takes any of these syntaxes, and prefers them in this order.
struct PresentationLine {
  std::string sop_class_uid;
  std::string_view sop_class_name;
  ServiceRole role;
  std::vector<std::string> transfer_syntaxes;
};
// In the order of the contexts of a request. A delivery is the one of a Basic Text SR: of a draft of another
// class (core/sop_class.h SrClass) that class is proposed in its place, see stored_object_context().
std::vector<PresentationLine> presentation_lines(Activity activity);
// Other objects that may be delivered (`deliver`): each on an association of its own, on which its class alone is proposed, as
// stored_object_context() of a native object.
struct DeliveredClass {
  std::string_view sop_class_uid;
  const char* what;      // for people
  const char* asked_by;  // what of the configuration, or who, makes it happen
};
std::span<const DeliveredClass> delivered_classes();

// The same as a requestor sends them: our role as SCP is proposed by role selection (PS3.7 D.3.3.4).
std::vector<ProposedContext> proposed_contexts(Activity activity);
// What is proposed for one object that is sent: uncompressed ones may be re-encoded, others travel as they are.
ProposedContext stored_object_context(const std::string& sop_class_uid, const std::string& transfer_syntax_uid);

}  // namespace radfm::scu
