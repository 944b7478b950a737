// One session: its name, its actions, and the five tabs about it.

import { html } from "./vendor/htm-preact.js";
import { deleteSession, openLink, startSession, terminateSession } from "./actions.js";
import { TABS, go } from "./address.js";
import { Commands } from "./commands.js";
import { Confirmation } from "./dialog.js";
import { Events } from "./events.js";
import { Operations } from "./operations.js";
import { Overview } from "./overview.js";
import { useFetched, usePage, usePerform } from "./page.js";
import { SessionJournal } from "./session_journal.js";
import { actions } from "./states.js";
import { name } from "./text.js";
import { State } from "./timeline.js";

const TITLES = { overview: "Overview", operations: "Operations", events: "Events", commands: "Commands", journal: "Journal" };
const VIEWS = { overview: Overview, operations: Operations, events: Events, commands: Commands, journal: SessionJournal };

export function SessionDetails({ id, close }) {
  const { store, place } = usePage();
  const row = store.sessions.get(id);
  const path = `/_sandbox/page-data/sessions/${encodeURIComponent(id)}`;
  const { data, error } = useFetched(row && path, row?.rev);
  const isGone = store.isReady && !row;
  const View = VIEWS[place.tab];
  return html`
    <section class="pane details" data-details tabindex="-1" aria-label="Session">
      <div class="heading">
        <button type="button" class="back" data-back onClick=${close}>‹ Sessions</button>
        <h1><bdi>${name(row?.name ?? data?.session.name ?? id)}</bdi></h1>
        ${row && html`<${State} state=${row.state} />`}
        ${row?.pending_state && html`<span class="muted">→ ${row.pending_state}</span>`}
        ${row && data?.session.status_details && html`<span class="muted">${name(data.session.status_details)}</span>`}
        ${row && html`<${Actions} row=${row} links=${data?.links ?? []} />`}
      </div>
      ${isGone
        ? html`<p class="empty">This session does not exist (any more): ${name(id)}</p>`
        : html`
            <${Tabs} place=${place} totals=${totals(data)} />
            <div class="tab-panel" role="tabpanel" id="tab-panel" aria-labelledby=${`tab-${place.tab}`} tabindex="0">
              ${error && html`<p class="problem">The details cannot be read: ${error.message}</p>`}
              ${row && (data || place.tab === "journal")
                ? html`<${View} key=${place.tab} row=${row} details=${data} />`
                : !error && html`<p class="empty">Reading the session…</p>`}
            </div>
          `}
    </section>
  `;
}

function Tabs({ place, totals }) {
  const show = (tab) => go({ tab, item: "" });
  const onKeyDown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const tab = TABS[(TABS.indexOf(place.tab) + step + TABS.length) % TABS.length];
    show(tab);
    document.getElementById(`tab-${tab}`).focus();
    event.preventDefault();
  };
  return html`
    <div class="tabs" role="tablist" aria-label="Parts of the session" onKeyDown=${onKeyDown}>
      ${TABS.map(
        (tab, index) => html`
          <button
            type="button"
            role="tab"
            key=${tab}
            id=${`tab-${tab}`}
            aria-selected=${place.tab === tab ? "true" : "false"}
            aria-controls="tab-panel"
            tabindex=${place.tab === tab ? 0 : -1}
            title=${`Key ${index + 1}`}
            onClick=${() => show(tab)}
          >
            ${TITLES[tab]}${totals[tab] > 0 && html` <span class="count">${totals[tab]}</span>`}
          </button>
        `,
      )}
    </div>
  `;
}

function Actions({ row, links }) {
  const { showDialog } = usePage();
  const perform = usePerform();
  const can = actions(row.state);
  const confirmDeletion = () =>
    showDialog(
      () => html`
        <${Confirmation}
          title="Delete the session"
          text=${`This deletes ${name(row.name)} and all that belongs to it.`}
          button="Delete the session"
          action=${() => perform(() => deleteSession(row.id), "The session was deleted.")}
        />
      `,
    );
  return html`
    <span class="group actions">
      ${links.map(
        (link) => html`
          <button type="button" key=${link.name} onClick=${() => perform(() => openLink(row.id, link.name))}>${link.label} ↗</button>
        `,
      )}
      <button type="button" disabled=${!can.start} onClick=${() => perform(() => startSession(row.id))}>Start</button>
      <button type="button" disabled=${!can.terminate} onClick=${() => perform(() => terminateSession(row.id))}>Terminate</button>
      <button type="button" class="quiet" onClick=${confirmDeletion}>Delete…</button>
    </span>
  `;
}

function totals(data) {
  return data ? { operations: data.operations.total, events: data.events.total, commands: data.commands.total } : {};
}
