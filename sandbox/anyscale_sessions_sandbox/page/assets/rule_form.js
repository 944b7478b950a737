// The form for a new transition rule: what happens to sessions that enter a state.

import { html, useState } from "./vendor/htm-preact.js";
import { addRule } from "./actions.js";
import { Dialog } from "./dialog.js";
import { Select, Text, numberOrText } from "./fields.js";
import { usePage, useSubmit } from "./page.js";
import { line } from "./text.js";

const DELAYS = [
  ["at_once", "at once"],
  ["after_s", "after some seconds of the sandbox's clock"],
  ["after_reads", "after some reads of the session"],
  ["by_hand", "only by hand"],
];

export function RuleForm() {
  const { store, showDialog } = usePage();
  const [fields, setFields] = useState({ from_state: "StartingUp", to_state: "StartupErrored", delay: "at_once" });
  const [error, setError] = useState("");
  const bind = (name) => ({ value: fields[name] ?? "", set: (value) => setFields({ ...fields, [name]: value }) });
  const states = store.facts.states.map((state) => [state, state]);
  const hasDelay = fields.delay.startsWith("after");
  const submit = useSubmit(async () => {
    try {
      await addRule(toRule(fields));
      showDialog(null);
    } catch (failure) {
      setError(failure.message);
    }
  });
  return html`
    <${Dialog} title="New transition rule" wide>
      <form class="form columns" onSubmit=${submit}>
        <${Select} label="A session that enters" autofocus ...${bind("from_state")} options=${states} />
        <${Select} label="leaves it" ...${bind("delay")} options=${DELAYS} />
        ${fields.delay !== "by_hand" && html`<${Select} key="to" label="for" ...${bind("to_state")} options=${states} />`}
        ${hasDelay &&
        html`<${Text} key="amount" label=${fields.delay === "after_s" ? "Seconds" : "Reads"} ...${bind("amount")} required inputmode="decimal" />`}
        <${Text} label="Message" ...${bind("message")} help="The error, for a state that ends in Errored" />
        <${Text} label="Sessions" ...${bind("sessions")} help="A shell pattern of their names; all sessions if empty" />
        <${Text} label="How many times" ...${bind("times")} inputmode="numeric" help="Always if empty" />
        ${error && html`<p class="problem" role="alert">${line(error)}</p>`}
        <div class="buttons">
          <button type="submit" class="primary">Add the rule</button>
          <button type="button" onClick=${() => showDialog(null)}>Cancel</button>
        </div>
      </form>
    <//>
  `;
}

function toRule({ from_state, to_state, delay, amount, message, sessions, times }) {
  const rule = { from_state };
  if (delay !== "by_hand") Object.assign(rule, { to_state, [delay === "at_once" ? "after_s" : delay]: delay === "at_once" ? 0 : numberOrText(amount ?? "") });
  if (message?.trim()) rule.message = message.trim();
  if (sessions?.trim()) rule.sessions = sessions.trim();
  if (times?.trim()) rule.times = numberOrText(times.trim());
  return rule;
}
