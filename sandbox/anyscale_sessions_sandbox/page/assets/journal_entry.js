// One request of the journal and its response, and what can be made of it.

import { html } from "./vendor/htm-preact.js";
import { ruleItem } from "./actions.js";
import { go } from "./address.js";
import { copy } from "./copy.js";
import { FaultForm } from "./fault_form.js";
import { duration, size } from "./format.js";
import { Status } from "./journal_row.js";
import { useFetched, usePage } from "./page.js";
import { block, line, name, pretty } from "./text.js";

export function JournalEntry({ number, close }) {
  const { store } = usePage();
  const row = store.journal.get(Number(number));
  const path = `/_sandbox/page-data/journal/${encodeURIComponent(number)}`;
  // The faults are part of the version, since the entry says why each one did not hit it.
  const { data, error } = useFetched(row && path, `${row?.status} ${row?.duration_ms} ${JSON.stringify(store.faults)}`);
  return html`
    <section class="pane details" data-details tabindex="-1" aria-label="Request">
      <div class="heading">
        <button type="button" class="back" data-back onClick=${close}>‹ Journal</button>
        <h1>#${name(number)} <bdi>${name(row?.operation ?? row?.method ?? "")}</bdi></h1>
        ${row && html`<${Status} status=${row.status} />`}
        ${data && html`<${Actions} row=${row} data=${data} />`}
      </div>
      <div class="tab-panel" role="region" tabindex="0" aria-label="Request and response">
        ${error && html`<p class="problem">The entry cannot be read: ${error.message}</p>`}
        ${!row && store.isReady && html`<p class="empty">The journal does not contain this request (any more).</p>`}
        ${data && html`<${Exchange} data=${data} faults=${store.faults} />`}
      </div>
    </section>
  `;
}

function Actions({ row, data }) {
  const page = usePage();
  const formats = { Python: data.python, curl: data.curl, HAR: JSON.stringify(data.har, null, 2) };
  return html`
    <span class="group actions">
      ${row?.session_id &&
      page.store.sessions.has(row.session_id) &&
      html`<button type="button" onClick=${() => go({ section: "sessions", session: row.session_id, filter: "", tab: "journal" })}>Session</button>`}
      <span class="muted">Copy as</span>
      ${Object.entries(formats).map(
        ([format, text]) => html`
          <button type="button" key=${format} aria-label=${`Copy as ${format}`} onClick=${() => copy(page, text, format)}>
            ${format}
          </button>
        `,
      )}
      ${data.fault &&
      html`
        <button type="button" onClick=${() => page.showDialog(() => html`<${FaultForm} values=${data.fault} />`)}>
          Make a fault of this
        </button>
      `}
    </span>
  `;
}

function Exchange({ data, faults }) {
  const { entry, near } = data;
  return html`
    <p class="target"><b>${name(entry.method)}</b> <code><bdi>${line(entry.target)}</bdi></code></p>
    <p class="muted">
      ${line(entry.time)}${typeof entry.duration_s === "number" && ` · ${duration(entry.duration_s)}`}
      ${entry.fault && html` · <span class="badge fault">fault: ${name(entry.fault)}</span>`}
    </p>
    <${Near} near=${near} faults=${faults} />
    <h2>Request</h2>
    <${Headers} headers=${entry.request_headers} label="Headers of the request" />
    <${Body} text=${entry.body} bytes=${entry.body_bytes} label="Body of the request" />
    <h2>Response ${entry.status === null && html`<span class="muted">(none was sent)</span>`}</h2>
    <${Headers} headers=${entry.response_headers} label="Headers of the response" />
    <${Body} text=${entry.response} bytes=${entry.response_bytes} label="Body of the response" />
  `;
}

/** Why the faults that exist now do not hit this request. */
function Near({ near, faults }) {
  if (!near.length) return null;
  return html`
    <details class="near">
      <summary>Why ${near.length === 1 ? "a fault" : `${near.length} faults`} did not hit it</summary>
      <ul>
        ${near.map(({ fault_id: id, reasons }) => {
          const fault = faults.find((other) => other.id === id);
          return html`
            <li key=${id}>
              <button type="button" class="link" onClick=${() => go({ section: "faults", item: ruleItem("faults", id) })}>
                ${fault ? `${fault.kind} (fault ${name(id)})` : `fault ${name(id)}`}
              </button>
              : ${line(reasons.join("; "))}
            </li>
          `;
        })}
      </ul>
    </details>
  `;
}

function Headers({ headers, label }) {
  const all = Object.entries(headers);
  if (!all.length) return null;
  return html`
    <details>
      <summary>${all.length} headers</summary>
      <table class="data fields">
        <caption class="hidden">${label}</caption>
        <thead class="hidden"><tr><th scope="col">Header</th><th scope="col">Value</th></tr></thead>
        <tbody>
          ${all.map(([key, value]) => html`<tr key=${key}><th scope="row">${name(key)}</th><td><bdi>${line(value)}</bdi></td></tr>`)}
        </tbody>
      </table>
    </details>
  `;
}

function Body({ text, bytes, label }) {
  if (!text) return html`<p class="muted">${bytes ? size(bytes) : "No body"}</p>`;
  return html`
    <pre class="output" tabindex="0" role="region" aria-label=${label}>${block(pretty(text))}</pre>
    <p class="muted">${size(bytes)}</p>
  `;
}
