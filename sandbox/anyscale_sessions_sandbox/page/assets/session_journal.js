// The tab Journal of a session: the requests about it.

import { html } from "./vendor/htm-preact.js";
import { go } from "./address.js";
import { JournalRow, ROW_HEIGHT_PX } from "./journal_row.js";
import { usePage } from "./page.js";
import { WindowedList } from "./windowed_list.js";

export function SessionJournal({ row }) {
  const { store, place } = usePage();
  const rows = store.journalRows().filter((entry) => entry.session_id === row.id);
  return html`
    <${WindowedList}
      label="Requests about the session"
      items=${rows}
      keyOf=${(entry) => String(entry.number)}
      rowHeight=${ROW_HEIGHT_PX}
      selected=${place.item}
      select=${(number) => go({ item: number }, { replace: true })}
      open=${(number) => go({ section: "journal", entry: number, item: "", search: "" })}
      empty="The journal has no request about this session."
      renderRow=${(entry) => html`<${JournalRow} row=${entry} />`}
    />
  `;
}
