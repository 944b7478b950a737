// The section Faults and rules: what goes wrong on demand, how often it did, and switches for it.

import { html } from "./vendor/htm-preact.js";
import { clearRules, removeRule, ruleItem, switchRule } from "./actions.js";
import { Confirmation } from "./dialog.js";
import { FaultForm } from "./fault_form.js";
import { usePage, usePerform } from "./page.js";
import { RuleForm } from "./rule_form.js";
import { line } from "./text.js";

// Fields that have a column of their own.
const SHOWN_FAULT_FIELDS = new Set(["id", "kind", "phase", "times", "seen", "used", "on"]);
const SHOWN_RULE_FIELDS = new Set(["id", "from_state", "to_state", "used", "on", "times"]);

export function Faults() {
  const { store, showDialog } = usePage();
  return html`
    <main class="page" data-main tabindex="-1">
      <${Heading}
        title="Faults"
        noun="faults"
        kind="faults"
        button="New fault"
        isEmpty=${!store.faults.length}
        add=${() => showDialog(() => html`<${FaultForm} />`)}
      />
      ${store.faults.length === 0
        ? html`<p class="empty">There are no faults: every request is answered as the API describes.</p>`
        : html`
            <${Table} caption="Faults" columns=${["On", "Fault", "Phase", "Which calls", "Seen", "Used", ""]}>
              ${store.faults.map((fault) => html`<${FaultRow} key=${fault.id} fault=${fault} />`)}
            <//>
          `}
      <${Heading}
        title="Transition rules"
        noun="transition rules"
        kind="transition-rules"
        button="New rule"
        isEmpty=${!store.rules.length}
        add=${() => showDialog(() => html`<${RuleForm} />`)}
      />
      ${store.rules.length === 0
        ? html`<p class="empty">There are no transition rules: sessions start and terminate as the API describes.</p>`
        : html`
            <${Table} caption="Transition rules" columns=${["On", "From", "To", "When, and for which sessions", "Used", ""]}>
              ${store.rules.map((rule) => html`<${RuleRow} key=${rule.id} rule=${rule} />`)}
            <//>
          `}
    </main>
  `;
}

function Heading({ title, noun, kind, button, isEmpty, add }) {
  const { showDialog } = usePage();
  const perform = usePerform();
  const clear = () =>
    showDialog(
      () => html`
        <${Confirmation}
          title=${`Remove all ${noun}`}
          text=${`This removes all ${noun}.`}
          button=${`Remove all ${noun}`}
          action=${() => perform(() => clearRules(kind))}
        />
      `,
    );
  return html`
    <div class="heading">
      <h1>${title}</h1>
      <span class="group actions">
        <button type="button" class="primary" onClick=${add}>${button}</button>
        <button type="button" class="quiet" disabled=${isEmpty} onClick=${clear}>Remove all ${noun}…</button>
      </span>
    </div>
  `;
}

function Table({ caption, columns, children }) {
  return html`
    <div class="scrolled" tabindex="0" role="region" aria-label=${caption}>
      <table class="data">
        <caption class="hidden">${caption}</caption>
        <thead>
          <tr>${columns.map((column) => html`<th scope="col" key=${column}>${column || html`<span class="hidden">Remove</span>`}</th>`)}</tr>
        </thead>
        <tbody>${children}</tbody>
      </table>
    </div>
  `;
}

function FaultRow({ fault }) {
  return html`
    <${RuleLine} kind="faults" rule=${fault} label=${`fault ${fault.kind}`}>
      <td><b>${fault.kind}</b></td>
      <td>${fault.phase}</td>
      <td class="wrap"><bdi>${settings(fault, SHOWN_FAULT_FIELDS) || "all"}</bdi></td>
      <td class="time">${fault.seen}</td>
      <td class="time">${uses(fault)}</td>
    <//>
  `;
}

function RuleRow({ rule }) {
  return html`
    <${RuleLine} kind="transition-rules" rule=${rule} label=${`rule for ${rule.from_state}`}>
      <td>${rule.from_state}</td>
      <td>${rule.to_state ?? "stays, until it is changed by hand"}</td>
      <td class="wrap"><bdi>${settings(rule, SHOWN_RULE_FIELDS)}</bdi></td>
      <td class="time">${uses(rule)}</td>
    <//>
  `;
}

function RuleLine({ kind, rule, label, children }) {
  const { place } = usePage();
  const perform = usePerform();
  const set = (event) => perform(() => switchRule(kind, rule.id, event.target.checked));
  return html`
    <tr aria-current=${ruleItem(kind, rule.id) === place.item ? "true" : undefined} class=${rule.on ? "" : "off"}>
      <td><input type="checkbox" role="switch" aria-label=${`Switch the ${label}`} checked=${rule.on} onChange=${set} /></td>
      ${children}
      <td>
        <button type="button" class="quiet" aria-label=${`Remove the ${label}`} onClick=${() => perform(() => removeRule(kind, rule.id))}>
          ✕
        </button>
      </td>
    </tr>
  `;
}

function settings(rule, shown) {
  const rest = Object.entries(rule).filter(([name]) => !shown.has(name));
  return line(rest.map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", "));
}

/** "1 of 3"; "1, every call" for a fault without an end. */
function uses({ used, times }) {
  if (times === null || times === undefined) return `${used}`;
  return `${used} of ${times}`;
}
