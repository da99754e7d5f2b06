// SPDX-License-Identifier: GPL-3.0-or-later
// Whose study a job is of. Names are asked for once a study, not with each refresh: Orthanc is asked for them each time. Nothing of a
// patient is kept by the browser, nor stands in an address.
import { read } from "./node_client.js";
import { dicom_date, person_name } from "./words.js";

const known_for_ms = 300_000;
const studies_kept = 500;
const known = new Map();  // Study Instance UID -> { patient, at_ms }
const switch_box = document.getElementById("show-patients");

export function names_are_shown() { return switch_box.checked; }
export function when_switched(then) { switch_box.addEventListener("change", then); }

function is_known(study) {
  const found = known.get(study);
  return found !== undefined && Date.now() - found.at_ms < known_for_ms;
}

export function learn(study, patient) {
  if (patient === undefined) return;  // this node says nothing of patients
  known.delete(study);
  known.set(study, { patient, at_ms: Date.now() });
  if (known.size > studies_kept) known.delete(known.keys().next().value);
}

export function patient_of(study) { return names_are_shown() ? known.get(study)?.patient || null : null; }

// The rows of a list, after their patients are known. A search is a question to Orthanc by itself, so it is asked once, with them, as is
// a list when nobody is known yet.
export async function read_jobs(query, is_search) {
  const with_patients = "jobs?" + query + "&patients=1";
  const at_once = names_are_shown() && (is_search || known.size === 0);
  const rows = await read(at_once ? with_patients : "jobs?" + query);
  const named = at_once ? rows : names_are_shown() && rows.some(job => !is_known(job.study)) ? await read(with_patients) : [];
  for (const job of named) learn(job.study, job.patient);
  return rows;
}

// { name, ids, study }: three lines, each of what is there.
export function lines_of(patient) {
  const born = dicom_date(patient.birth_date);
  const modalities = Array.isArray(patient.modalities) ? patient.modalities.join(", ") : patient.modalities;
  return {
    name: person_name(patient.name) || "No name",
    ids: [patient.id && "ID " + patient.id, born && "born " + born].filter(Boolean).join(" · "),
    study: [modalities, patient.description, dicom_date(patient.study_date),
      patient.accession && "accession " + patient.accession].filter(Boolean).join(" · "),
  };
}
