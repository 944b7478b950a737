// The section Journal: every request to the Sessions API, with full text search.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { clearJournal } from "./actions.js";
import { go } from "./address.js";
import { get } from "./api.js";
import { Confirmation } from "./dialog.js";
import { count } from "./format.js";
import { JournalEntry } from "./journal_entry.js";
import { JournalRow, ROW_HEIGHT_PX } from "./journal_row.js";
import { NearMisses } from "./near_misses.js";
import { useDetails, usePage, usePerform, useSettled, useThrottled } from "./page.js";
import { WindowedList } from "./windowed_list.js";

const SEARCH_DELAY_MS = 200;
// How often the search is repeated while requests come.
const SEARCH_INTERVAL_MS = 500;

export function Journal() {
  const { store, place, showDialog } = usePage();
  const { isOpen, open, close } = useDetails(Boolean(place.entry));
  const { rows, isSearching } = useSearch(place.search);
  return html`
    <main class="split journal" data-main data-open=${isOpen && place.entry ? "details" : "list"}>
      <section class="pane" aria-label="Journal">
        <div class="bar">
          <input
            type="search"
            data-filter
            placeholder="Search in addresses, headers, bodies, faults"
            aria-label="Search in the journal"
            value=${place.search}
            onInput=${(event) => go({ search: event.target.value })}
          />
          <button type="button" onClick=${() => showDialog(() => html`<${NearMisses} />`)}>Why no match?</button>
          <button type="button" class="quiet" onClick=${() => showDialog(() => html`<${ClearDialog} />`)}>Clear…</button>
        </div>
        <${WindowedList}
          label="Journal"
          items=${rows}
          keyOf=${(row) => String(row.number)}
          rowHeight=${ROW_HEIGHT_PX}
          selected=${place.entry}
          select=${(number) => go({ entry: number }, { replace: true })}
          open=${open}
          empty=${emptyText(store, place.search, isSearching)}
          renderRow=${(row) => html`<${JournalRow} row=${row} />`}
        />
        <p class="foot" role="status">
          ${place.search ? `${count(rows.length, "request")} with this text` : `${count(rows.length, "request")}, newest first`}
        </p>
      </section>
      ${place.entry
        ? html`<${JournalEntry} key=${place.entry} number=${place.entry} close=${close} />`
        : html`<section class="pane details empty" aria-label="Request"><p>Select a request to see it and its response.</p></section>`}
    </main>
  `;
}

/** The rows that contain a text. The sandbox searches, since the rows here have neither headers nor bodies. */
function useSearch(search) {
  const { store } = usePage();
  const [found, setFound] = useState({ search: "", numbers: new Set() });
  const text = useSettled(search.trim(), SEARCH_DELAY_MS);
  const version = useThrottled(store.journalVersion, SEARCH_INTERVAL_MS);
  useEffect(() => {
    if (!text) return undefined;
    const aborter = new AbortController();
    get(`/_sandbox/page-data/journal?${new URLSearchParams({ search: text })}`, { signal: aborter.signal }).then(
      ({ numbers }) => setFound({ search: text, numbers: new Set(numbers) }),
      (error) => error.name !== "AbortError" && store.notify(`The journal cannot be searched: ${error.message}`, "error"),
    );
    return () => aborter.abort();
  }, [text, version]);
  const all = store.journalRows();
  if (!search.trim()) return { rows: all, isSearching: false };
  const isSearching = found.search !== search.trim();
  return { rows: all.filter((row) => found.numbers.has(row.number)), isSearching };
}

function emptyText(store, search, isSearching) {
  if (!store.isReady) return "Reading the journal…";
  if (isSearching) return "Searching…";
  if (search) return "No request contains this text.";
  return "There are no requests.";
}

function ClearDialog() {
  const perform = usePerform();
  return html`
    <${Confirmation}
      title="Clear the journal"
      text="This deletes all entries of the journal."
      button="Clear the journal"
      action=${() => perform(clearJournal)}
    />
  `;
}
