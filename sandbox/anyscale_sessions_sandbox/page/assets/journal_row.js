// One request in a list: when, what, and how it ended.

import { html } from "./vendor/htm-preact.js";
import { duration, preciseTime } from "./format.js";
import { name } from "./text.js";

export const ROW_HEIGHT_PX = 30;

export function JournalRow({ row }) {
  return html`
    <span class="number">#${row.number}</span>
    <span class="time">${preciseTime(row.at_ms)}</span>
    <${Status} status=${row.status} />
    <span class="method">${name(row.method)}</span>
    <span class="what" title=${name(row.path)}><bdi>${name(row.operation ?? row.path)}</bdi></span>
    ${row.fault && html`<span class="badge fault" title=${`The fault that hit it: ${name(row.fault)}`}>${faultKind(row.fault)}</span>`}
    ${!row.authenticated && html`<span class="badge">no token</span>`}
    <span class="time muted">${row.duration_ms === null ? "" : duration(row.duration_ms / 1000)}</span>
  `;
}

/** The kind of a fault that is written with its fields: "throttle; phase=before". */
function faultKind(fault) {
  return name(fault.split(";")[0]);
}

export function Status({ status }) {
  const kind = status === null ? "none" : status < 400 ? "good" : "bad";
  return html`<span class="status ${kind}">${status ?? "none"}</span>`;
}
