// What is shown, kept in the address: a reload, a bookmark and the back button keep the section, the filters and the
// selection. The address never contains the token.

export const SECTIONS = ["sessions", "journal", "faults"];
export const TABS = ["overview", "operations", "events", "commands", "journal"];

// `item` is what is selected in a tab or among the faults and rules, such as the id of a command.
const DEFAULTS = { section: "sessions", filter: "", session: "", tab: "overview", item: "", search: "", entry: "" };
// Typing in a filter changes the present entry of the browser's history, and does not add one for each key.
const TYPED = new Set(["filter", "search"]);

let listener = () => {};

/** The place that the address names. */
export function place() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const named = Object.fromEntries(Object.entries(DEFAULTS).map(([key, value]) => [key, parameters.get(key) ?? value]));
  if (!SECTIONS.includes(named.section)) named.section = DEFAULTS.section;
  if (!TABS.includes(named.tab)) named.tab = DEFAULTS.tab;
  return named;
}

/** Change parts of the place: `go({ section: "journal", entry: "7" })`. `replace` adds no entry to the history. */
export function go(changes, { replace = false } = {}) {
  const before = place();
  const after = { ...before, ...changes };
  const changed = Object.keys(after).filter((key) => after[key] !== before[key]);
  if (!changed.length) return;
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(after)) {
    if (value !== DEFAULTS[key]) parameters.set(key, value);
  }
  const text = parameters.toString();
  const address = location.pathname + (text ? `#${text}` : "");
  if (replace || changed.every((key) => TYPED.has(key))) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  listener();
}

/** Call `changed` whenever the place changes, also by the buttons of the browser. */
export function onPlace(changed) {
  listener = changed;
  addEventListener("popstate", changed);
  addEventListener("hashchange", changed);
}
