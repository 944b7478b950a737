// Why an assertion did not match: the requests that meet its conditions, and those that nearly do.

import { html, useState } from "./vendor/htm-preact.js";
import { go } from "./address.js";
import { post } from "./api.js";
import { Dialog } from "./dialog.js";
import { Select, TextArea } from "./fields.js";
import { count } from "./format.js";
import { usePage } from "./page.js";
import { line } from "./text.js";

export function NearMisses() {
  const { store, showDialog } = usePage();
  const [operation, setOperation] = useState("");
  const [conditions, setConditions] = useState("");
  const [answer, setAnswer] = useState({});
  const submit = async (event) => {
    event.preventDefault();
    try {
      const body = { operation: operation || null, conditions: parseConditions(conditions) };
      setAnswer({ result: await post("/_sandbox/page-data/journal/match", body) });
    } catch (error) {
      setAnswer({ error: error.message });
    }
  };
  const show = (number) => {
    showDialog(null);
    go({ section: "journal", entry: String(number), search: "" });
  };
  return html`
    <${Dialog} title="Why does an assertion not match?" wide>
      <form class="form" onSubmit=${submit}>
        <p>Enter what a test passes to <code>journal.assert_called</code>. The page shows the requests that match, and why others do not.</p>
        <${Select}
          label="Operation"
          autofocus
          value=${operation}
          set=${setOperation}
          options=${[["", "any"], ...store.facts.operations.map((name) => [name, name])]}
        />
        <${TextArea}
          label="Conditions, one a line"
          help="For example body__name = train, or status = 409. A value is JSON or text."
          value=${conditions}
          set=${setConditions}
        />
        <div class="buttons"><button type="submit" class="primary">Compare</button></div>
      </form>
      <div role="status">
        ${answer.error && html`<p class="problem">${line(answer.error)}</p>`}
        ${answer.result && html`<${Answer} result=${answer.result} show=${show} />`}
      </div>
    <//>
  `;
}

function Answer({ result, show }) {
  const { matches, near } = result;
  return html`
    <h3>${count(matches.length, "request")} matched</h3>
    <p class="numbers">
      ${matches.map((number) => html`<button type="button" class="link" key=${number} onClick=${() => show(number)}>#${number}</button>`)}
    </p>
    ${near.length > 0 &&
    html`
      <h3>The most similar requests</h3>
      <ul>
        ${near.map(
          ({ number, unmet }) => html`
            <li key=${number}>
              <button type="button" class="link" onClick=${() => show(number)}>#${number}</button> has ${line(unmet.join("; "))}
            </li>
          `,
        )}
      </ul>
    `}
  `;
}

/** `body__name = train` becomes `{ body__name: "train" }`. A line without a sign is kept, so that the sandbox names it. */
export function parseConditions(text) {
  const lines = text.split("\n").map((each) => each.trim()).filter(Boolean);
  return Object.fromEntries(
    lines.map((each) => {
      const [, key, value] = /^([^=]*)=?(.*)$/s.exec(each);
      return [key.trim(), jsonOrText(value.trim())];
    }),
  );
}

export function jsonOrText(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
