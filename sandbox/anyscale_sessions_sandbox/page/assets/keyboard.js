// The keys of the page. They act on what is shown: its filter, its list, its tabs.

import { html } from "./vendor/htm-preact.js";
import { TABS, go, place } from "./address.js";
import { Dialog } from "./dialog.js";

const KEYS = [
  ["/", "go to the filter or the search"],
  ["j, k", "select the next or the previous row"],
  ["Enter", "open the selected row: go to its details"],
  ["1 to 5", "show a tab of the selected session"],
  ["Escape", "close a dialog, leave a field, go back to the list"],
  ["?", "show this help"],
];

const LIST_KEYS = { j: "ArrowDown", k: "ArrowUp", Enter: "Enter" };

/** Listen to the keys that are not meant for a field, a button or a dialog. */
export function listenToKeys(showDialog) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    if (handle(event.key, event.target, showDialog)) event.preventDefault();
  });
}

function handle(key, target, showDialog) {
  if (key === "Escape") return leave(target);
  if (target.closest("input, textarea, select")) return false;
  if (key === "?") {
    showDialog(() => html`<${Help} />`);
    return true;
  }
  if (key === "/") return focus(document.querySelector("[data-filter]"));
  if (/^[1-5]$/.test(key) && place().section === "sessions" && place().session) {
    go({ tab: TABS[Number(key) - 1], item: "" });
    return true;
  }
  const isButton = key === "Enter" && target.closest("button, a, summary, [role=listbox]");
  return key in LIST_KEYS && !isButton && passToList(LIST_KEYS[key]);
}

function passToList(key) {
  const list = document.querySelector("[data-main] [role=listbox]");
  // With its list hidden, as on a narrow screen, the details are what the keys would scroll.
  if (!focus(list)) return false;
  list.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  return true;
}

function leave(target) {
  const isInside = target.closest("[data-details]");
  const list = document.querySelector("[data-main] [role=listbox]");
  document.querySelector("[data-back]")?.click();
  if (isInside || target.matches("[data-filter]")) return focus(list);
  if (!target.closest("input, textarea, select")) return false;
  target.blur();
  return true;
}

function focus(element) {
  element?.focus();
  return Boolean(element);
}

export function Help() {
  return html`
    <${Dialog} title="Keys">
      <table class="keys">
        <thead class="hidden"><tr><th scope="col">Key</th><th scope="col">What it does</th></tr></thead>
        <tbody>
          ${KEYS.map(([keys, meaning]) => html`<tr key=${keys}><th scope="row"><kbd>${keys}</kbd></th><td>${meaning}</td></tr>`)}
        </tbody>
      </table>
    <//>
  `;
}
