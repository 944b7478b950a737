// The frame of the page: sections, clock and connection above; the section that the address names below.

import { html } from "./vendor/htm-preact.js";
import { resetSandbox } from "./actions.js";
import { go } from "./address.js";
import { Clock } from "./clock.js";
import { Connection } from "./connection.js";
import { Confirmation } from "./dialog.js";
import { Faults } from "./faults.js";
import { Help } from "./keyboard.js";
import { Journal } from "./journal.js";
import { Notices } from "./notices.js";
import { Page, usePage, usePerform } from "./page.js";
import { Sessions } from "./sessions.js";
import { TokenForm } from "./token_form.js";

const TITLES = { sessions: "Sessions", journal: "Journal", faults: "Faults and rules" };
const VIEWS = { sessions: Sessions, journal: Journal, faults: Faults };

export function App({ page }) {
  const { store, place, dialog } = page;
  const isRefused = store.connection.state === "refused";
  const View = VIEWS[place.section];
  return html`
    <${Page.Provider} value=${page}>
      <${Header} />
      ${isRefused ? html`<${TokenForm} connection=${store.connection} />` : html`<${View} key=${place.section} />`}
      <${Notices} notices=${store.notices} />
      ${dialog && dialog()}
    <//>
  `;
}

function Header() {
  const { store, place, showDialog } = usePage();
  const counts = { sessions: store.sessions.size, journal: store.journal.size, faults: store.faults.length + store.rules.length };
  return html`
    <header class="top">
      <nav aria-label="Sections">
        ${Object.entries(TITLES).map(
          ([section, title]) => html`
            <button
              type="button"
              key=${section}
              aria-current=${place.section === section ? "page" : undefined}
              onClick=${() => go({ section, item: "" })}
            >
              ${title} <span class="count">${counts[section].toLocaleString("en")}</span>
            </button>
          `,
        )}
      </nav>
      <${Clock} />
      <span class="end">
        <${Connection} connection=${store.connection} />
        <button type="button" class="quiet" onClick=${() => showDialog(() => html`<${ResetDialog} />`)}>Reset…</button>
        <button type="button" class="quiet" aria-label="Keys" title="Keys (?)" onClick=${() => showDialog(() => html`<${Help} />`)}>
          ?
        </button>
      </span>
    </header>
  `;
}

function ResetDialog() {
  const perform = usePerform();
  return html`
    <${Confirmation}
      title="Reset the sandbox"
      text="This deletes all sessions and the journal, and restores the initial faults and transition rules. The clock does not change."
      button="Reset the sandbox"
      action=${() => perform(resetSandbox)}
    />
  `;
}
