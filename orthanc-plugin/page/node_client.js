// SPDX-License-Identifier: GPL-3.0-or-later
// The REST interface of this node. What it answered before is asked for with If-None-Match, and is given back as the same object when
// nothing changed, so that a caller sees by identity that there is nothing to draw.

const api = "/radfm/api/v1/";
const answers_kept = 48, patience_ms = 20_000;
const answers = new Map();  // path -> { etag, body }, the least recently used first

export class Refusal extends Error {
  constructor(response, body) {
    super(body?.error?.message || "Orthanc answered HTTP " + response.status);
    this.status = response.status;
    this.code = body?.error?.code || "";
    this.mistakes = body?.error?.mistakes || [];
    this.trials = body?.error?.trials || [];
  }
}

async function body_of(response) {
  try { return await response.json(); } catch { return null; /* not JSON: the status says enough */ }
}

export async function read(path) {
  const known = answers.get(path);
  const headers = { "X-RadFM": "1" };
  if (known) headers["If-None-Match"] = known.etag;
  const response = await fetch(api + path, { headers, signal: AbortSignal.timeout(patience_ms) });
  if (response.status === 304 && known) {
    answers.delete(path);
    answers.set(path, known);
    return known.body;
  }
  const body = await body_of(response);
  if (!response.ok) throw new Refusal(response, body);
  const etag = response.headers.get("ETag");
  answers.delete(path);
  if (etag) answers.set(path, { etag, body });
  if (answers.size > answers_kept) answers.delete(answers.keys().next().value);
  return body;
}

// `version`: only while the job is still as it was shown.
export async function send(path, sent, version) {
  const headers = { "X-RadFM": "1" };
  if (sent) headers["Content-Type"] = "application/json";
  if (version !== undefined && version !== null) headers["If-Match"] = '"v' + version + '"';
  const response = await fetch(api + path,
    { method: "POST", headers, body: sent ? JSON.stringify(sent) : undefined, signal: AbortSignal.timeout(patience_ms) });
  const body = await body_of(response);
  if (!response.ok) throw new Refusal(response, body);
  return body;
}

// The job is not any more as it was shown to who asked.
export function is_changed_meanwhile(failure) { return failure.status === 412; }
export const changed_meanwhile = "Somebody changed this job meanwhile. It is shown as it is now: look at it, then decide again.";
