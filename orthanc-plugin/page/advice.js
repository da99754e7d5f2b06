// SPDX-License-Identifier: GPL-3.0-or-later
// What each code wants somebody to do, in a sentence. The longer words, with the why, are in the operating document (docs/) under the
// heading that stands with each table; a test looks for each code there.

const dead = {
  heading: "Dead jobs",
  lead: "A dead job waits for a person. Mend the cause, then try it again.",
  advice: {
    unsupported_transfer_syntax: ["No image of the study is in a coding that this node reads.",
      "Exclude such studies by a rule, or wait for a version that reads them."],
    unsupported_sop_class: ["No image of the study is of a kind that this node reads.",
      "Exclude such studies by a rule, or wait for a version that reads them."],
    colour_image: ["The study's images are colour images that cannot be used.", "Exclude such studies by a rule."],
    no_geometry: ["The study's images do not say where they lie in the patient.", "Exclude such studies by a rule, or ask the modality's vendor."],
    broken: ["Pixel data is shorter than its header says, or unreadable.", "Send the study again from its source, then try again."],
    prompt_too_long: ["Even without priors the prompt does not fit the model.",
      "Shorten the rule's question or lower its max_new_tokens, then try again."],
    identity_conflict: ["Instances of the study disagree on who the patient is.", "Correct the study in the PACS. No draft is made in doubt."],
    engine_crashed: ["The model's program died three times over this study.", "Keep the study's files and report it as a fault of this product."],
    engine_timeout: ["The model's program took too long three times over this study.", "Keep the study's files and report it."],
    reader_crashed: ["The program that opens files died three times over this study.", "Keep the study's files and report it."],
    reader_timeout: ["The program that opens files took too long three times.", "Keep the study's files and report it."],
    out_of_memory: ["Memory ran out three times; the message says where.",
      "Give the machine, the service or reader.memory_max_mb more, or take model.dtype bf16, int8 or int4; then try again."],
    engine_stalled: ["Three times the model said nothing for longer than model.stall_timeout_ms.",
      "Look at its device (nvidia-smi, dmesg); on a slow processor raise the setting. Then try again."],
    uid_taken: ["A destination holds another object under the draft's UID. Nothing was overwritten.",
      "Compare both objects first. After a restore of the queue the other one may be good: then leave this job; else make another draft."],
    orthanc_refused_object: ["Orthanc does not accept the draft.", "Orthanc's log says why. Then try again."],
    destination_unknown: ["The rule names a destination that pacs does not have.",
      "Add the entry and restart the worker, or correct the rule; then try again."],
    study_ambiguous: ["The study is in Orthanc under several patients.", "Correct the patient IDs, then try again."],
    too_many_files: ["The worker may not open so many files at once.", "Raise LimitNOFILE of the service, then try again."],
    report_not_conformant: ["The finished draft breaks a rule of drafts; nothing was sent.",
      "A fault of this product: report it with the job's number."],
    held_for_review: ["A flag of the draft's text holds it back; nothing was sent.",
      "Read the held text against the images. Send it as it is, or leave the job."],
    peer_refused_object: ["A destination refuses the draft for good.",
      "Its conformance statement tells which SR classes it takes: set report.sop_class, then make another draft."],
    peer_lacks_service: ["A destination does not offer what verify asks it.",
      "Allow it there for our AE title, or choose another verify; then try again."],
    peer_refused_query: ["A destination refuses the question that verify asks it.",
      "Allow it there for our AE title, or choose another verify; then try again."],
    web_not_authorized: ["A DICOMweb destination does not take the user or the password.",
      "Correct username and password of its entry, then try again."],
  },
};

const waiting = {
  heading: "Where drafts go",
  lead: "A draft that waits for a destination says why. It goes on by itself.",
  advice: {
    peer_unreachable: ["The destination does not answer.", "Is it running? Are host, port and AE titles right on both sides?"],
    peer_timeout: ["The destination is slow.", "Raise the entry's timeout_ms if that is how it is."],
    peer_busy: ["The destination takes nothing now.", "Nothing: it is asked again."],
    http_unreachable: ["The destination's web server does not answer.", "Is it running, is its url right?"],
    destination_rests: ["It failed a moment ago and is left alone for up to five minutes.", "Nothing, if it is known to be down."],
    predecessor_waits: ["An earlier draft of the study still has to arrive there.", "Nothing: they arrive in order."],
    not_stored: ["It took the draft and does not name it when asked.", "Its log says why."],
    peer_sent_nothing: ["It names the draft and does not send it to be compared.", "Its log says why; or choose another verify."],
    commitment_not_answered: ["No answer to the storage commitment came in time.", "Does it know this machine and dicom.port?"],
    final_report_present: ["Somebody's final report is there.", "Nothing: the draft is not sent beside it."],
    commitment_failed: ["It took the draft and does not commit itself to keep it.", "The message has its reason."],
  },
};

const worker = {
  heading: "Health",
  lead: "What keeps the worker from its work.",
  advice: {
    orthanc_away: ["The worker does not reach Orthanc.", "Are orthanc.url, user and password right? It goes on by itself."],
    model_loading: ["The model is being loaded.", "Wait."],
    model_not_ready: ["The model cannot be used.", "The message has the code: see The model in the operating document."],
    queue_not_usable: ["The worker cannot use the queue's database.", "The message says what it needs."],
    disk_nearly_full: ["Less than 1024 MB are free beside the queue's file.", "Free space there."],
  },
};

export const advice_tables = [dead, waiting, worker];

// [what happened, what to do], or nothing for a code that is not known here.
export function advice_for(code) {
  for (const { advice } of advice_tables) if (Object.hasOwn(advice, code)) return advice[code];
  return null;
}

export const dead_codes = Object.keys(dead.advice);
