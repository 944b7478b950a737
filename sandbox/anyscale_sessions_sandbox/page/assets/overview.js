// The tab Overview: the timeline, the states, a change of the state by hand, and all fields.

import { html, useRef } from "./vendor/htm-preact.js";
import { changeState } from "./actions.js";
import { dateAndTime } from "./format.js";
import { usePage, usePerform } from "./page.js";
import { line, name } from "./text.js";
import { LargeTimeline, StateTable } from "./timeline.js";

const MAIN_FIELDS = [
  ["id", "Id"],
  ["project_id", "Project"],
  ["cloud_id", "Cloud"],
  ["build_id", "Build"],
  ["compute_template_id", "Compute template"],
  ["idle_timeout", "Idle timeout"],
  ["user_service_access", "User service access"],
];

export function Overview({ row, details }) {
  const { store } = usePage();
  const now = store.now();
  const { session, states } = details;
  return html`
    <${LargeTimeline} states=${states} now=${now} />
    <dl class="facts">
      ${MAIN_FIELDS.filter(([key]) => session[key] !== null && session[key] !== undefined).map(
        ([key, title]) => html`<div key=${key}><dt>${title}</dt><dd><bdi>${fieldText(key, session[key])}</bdi></dd></div>`,
      )}
      <div key="created"><dt>Created</dt><dd>${dateAndTime(row.created_ms)}</dd></div>
    </dl>
    <h2>States</h2>
    ${row.states_before + row.states.length > states.length &&
    html`<p class="muted">Only the last ${states.length} states are shown.</p>`}
    <${StateTable} states=${states} now=${now} />
    <${StateForm} row=${row} />
    <details>
      <summary>All fields</summary>
      <table class="data fields">
        <caption class="hidden">Fields of the session</caption>
        <thead class="hidden"><tr><th scope="col">Field</th><th scope="col">Value</th></tr></thead>
        <tbody>
          ${Object.entries(session).map(
            ([key, value]) => html`<tr key=${key}><th scope="row">${name(key)}</th><td><bdi>${fieldText(key, value)}</bdi></td></tr>`,
          )}
        </tbody>
      </table>
    </details>
  `;
}

/** Changes the state without a request of a client, as a failure of the platform would. */
function StateForm({ row }) {
  const { store } = usePage();
  const perform = usePerform();
  const state = useRef();
  const message = useRef();
  const submit = (event) => {
    event.preventDefault();
    perform(() => changeState(row.id, state.current.value, message.current.value));
  };
  return html`
    <form class="inline" onSubmit=${submit}>
      <label for="new-state">Change the state by hand to</label>
      <select id="new-state" ref=${state}>
        ${store.facts.states.map((known) => html`<option key=${known} value=${known}>${known}</option>`)}
      </select>
      <label class="hidden" for="new-state-message">Message of an error</label>
      <input id="new-state-message" ref=${message} placeholder="Message, for an error" />
      <button type="submit">Change</button>
    </form>
  `;
}

function fieldText(key, value) {
  if (key === "idle_timeout") return value < 0 ? "never" : `${value} min`;
  return line(typeof value === "string" ? value : JSON.stringify(value));
}
