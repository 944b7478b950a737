// The form for a new fault. Its fields depend on the kind, and the kinds come from the sandbox.

import { html, useState } from "./vendor/htm-preact.js";
import { addFault } from "./actions.js";
import { Dialog } from "./dialog.js";
import { Checkbox, Select, Text, numberOrText } from "./fields.js";
import { jsonOrText } from "./near_misses.js";
import { usePage, useSubmit } from "./page.js";
import { line } from "./text.js";

const EFFECTS = {
  status: "The response has another status.",
  throttle: "The response is 429 with Retry-After, until that much time of the sandbox has passed.",
  reset: "The connection is reset.",
  truncate: "The response is cut off.",
  malformed: "The body of the response is not JSON.",
  stall: "Nothing is sent for some real seconds, or until the client gives up.",
  slow_headers: "The head of the response is sent byte by byte.",
  stale: "A read returns the previous version of what it reads.",
  unknown_enum: "Enums of the response have an undocumented value.",
  extra_field: "Objects of the response have one more field.",
};

// Fields that contain numbers or JSON. The others are texts.
const NUMBERS = new Set(["nth", "times", "status", "retry_after", "keep_bytes", "seconds", "probability", "seed"]);
const JSON_FIELDS = new Set(["body", "headers", "value"]);
const HELP = {
  status: "503 if empty",
  retry_after: "Seconds; 1 if empty",
  keep_bytes: "Bytes that are sent before the fault",
  seconds: "Real seconds",
  body: "JSON or text",
  headers: 'A JSON object, such as {"x-request-id": "1"}',
  field: "The name of the field; all enums if empty",
  value: "JSON or text",
};

/** `values` are the fields of the fault to begin with, as `POST /_sandbox/faults` takes them. */
export function FaultForm({ values = {} }) {
  const { store, showDialog } = usePage();
  const [fields, setFields] = useState(() => toFields(values));
  const [always, setAlways] = useState(values.times === null);
  const [error, setError] = useState("");
  const kinds = store.facts.fault_kinds;
  const bind = (name) => ({ value: fields[name] ?? "", set: (value) => setFields({ ...fields, [name]: value }) });
  const submit = useSubmit(async () => {
    try {
      await addFault(toFault(fields, kinds[fields.kind] ?? [], always));
      showDialog(null);
    } catch (failure) {
      setError(failure.message);
    }
  });
  return html`
    <${Dialog} title="New fault" wide>
      <form class="form columns" onSubmit=${submit}>
        <${Select} label="Kind" autofocus ...${bind("kind")} options=${Object.keys(kinds).map((kind) => [kind, kind])} help=${EFFECTS[fields.kind]} />
        <${Select}
          label="Phase"
          ...${bind("phase")}
          options=${[["before", "before the side effect"], ["after", "after the side effect"]]}
          help=${fields.phase === "after" ? "The call is performed, and its response is lost or changed." : "The call is not performed."}
        />
        ${[...(kinds[fields.kind] ?? [])].map((name) =>
          name === "as_date"
            ? html`<${Checkbox} key=${name} label="Retry-After as a date" value=${fields.as_date === "true"} set=${(on) => bind("as_date").set(String(on))} />`
            : html`<${Text} key=${name} label=${title(name)} ...${bind(name)} help=${HELP[name]} inputmode=${NUMBERS.has(name) ? "decimal" : undefined} />`,
        )}
        <h3>Which calls</h3>
        <${Select} label="Operation" ...${bind("operation")} options=${[["", "all"], ...store.facts.operations.map((name) => [name, name])]} />
        <${Text} label="Session id" ...${bind("session")} help="All sessions if empty" />
        <${Text} label="Session name" ...${bind("name")} help="A shell pattern, such as nightly-*" />
        <${Text} label="First call that is hit" ...${bind("nth")} inputmode="numeric" help="1 is the next one" />
        <${Text} label="How many calls" ...${bind("times")} inputmode="numeric" disabled=${always} help="1 if empty" />
        <${Checkbox} label="Every call from then on" value=${always} set=${setAlways} />
        <${Text} label="Probability" ...${bind("probability")} inputmode="decimal" help="From 0 to 1; every call is hit if empty" />
        ${error && html`<p class="problem" role="alert">${line(error)}</p>`}
        <div class="buttons">
          <button type="submit" class="primary">Add the fault</button>
          <button type="button" onClick=${() => showDialog(null)}>Cancel</button>
        </div>
      </form>
    <//>
  `;
}

function toFields(values) {
  const texts = Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
  return { kind: "status", phase: "before", ...Object.fromEntries(texts) };
}

/** The fault that the fields describe. The fields of another kind are left out, as are empty ones. */
function toFault(fields, kindFields, always) {
  const common = ["kind", "phase", "operation", "session", "name", "nth", "times", "probability", "seed"];
  const fault = {};
  for (const name of [...common, ...kindFields]) {
    const text = (fields[name] ?? "").trim();
    if (!text || (name === "as_date" && text === "false")) continue;
    if (NUMBERS.has(name)) fault[name] = numberOrText(text);
    else if (name === "as_date") fault[name] = true;
    else fault[name] = JSON_FIELDS.has(name) ? jsonOrText(text) : text;
  }
  if (always) fault.times = null;
  return fault;
}

function title(name) {
  const words = name.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}
