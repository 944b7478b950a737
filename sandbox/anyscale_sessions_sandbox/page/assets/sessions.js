// The section Sessions: the list on the left, the selected session on the right.

import { html } from "./vendor/htm-preact.js";
import { go } from "./address.js";
import { CreateForm } from "./create_form.js";
import { count } from "./format.js";
import { useDetails, usePage } from "./page.js";
import { SessionDetails } from "./session.js";
import { name } from "./text.js";
import { SmallTimeline, State } from "./timeline.js";
import { WindowedList } from "./windowed_list.js";

const ROW_HEIGHT_PX = 46;

export function Sessions() {
  const { store, place, showDialog } = usePage();
  const { isOpen, open, close } = useDetails(Boolean(place.session));
  const rows = store.findSessions(place.filter);
  const now = store.now();
  return html`
    <main class="split" data-main data-open=${isOpen && place.session ? "details" : "list"}>
      <section class="pane" aria-label="Sessions">
        <div class="bar">
          <input
            type="search"
            data-filter
            placeholder="Filter by name, id, project, state"
            aria-label="Filter the sessions"
            value=${place.filter}
            onInput=${(event) => go({ filter: event.target.value })}
          />
          <button type="button" class="primary" onClick=${() => showDialog(() => html`<${CreateForm} />`)}>New session</button>
        </div>
        <${WindowedList}
          label="Sessions"
          items=${rows}
          keyOf=${(row) => row.id}
          rowHeight=${ROW_HEIGHT_PX}
          selected=${place.session}
          select=${(id) => go({ session: id, item: "" }, { replace: true })}
          open=${open}
          empty=${emptyText(store, place.filter)}
          renderRow=${(row) => html`<${Row} row=${row} now=${now} />`}
        />
        <p class="foot" role="status">${footText(store, rows, place.filter)}</p>
      </section>
      ${place.session
        ? html`<${SessionDetails} key=${place.session} id=${place.session} close=${close} />`
        : html`<section class="pane details empty" aria-label="Session"><p>Select a session to see its history.</p></section>`}
    </main>
  `;
}

function Row({ row, now }) {
  return html`
    <span class="session-name"><bdi>${name(row.name)}</bdi></span>
    <span class="session-state">
      ${row.running > 0 && html`<span class="badge" title="Running commands">${row.running} running</span>`}
      <${State} state=${row.state} />
    </span>
    <${SmallTimeline} states=${row.states} now=${now} />
  `;
}

function emptyText(store, filter) {
  if (!store.isReady) return "Reading the sessions…";
  if (filter && store.sessions.size) return "No session matches the filter.";
  return "There are no sessions. Create one here, or with a client.";
}

function footText(store, rows, filter) {
  const total = store.isReady ? store.sessions.size : Math.max(store.facts.sessions_total, store.sessions.size);
  return filter ? `${rows.length.toLocaleString("en")} of ${count(total, "session")}` : count(total, "session");
}
