// The form for a new session. It explains the conditional rule while one types, and the sandbox checks it by its spec.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { createSession, startSession } from "./actions.js";
import { post } from "./api.js";
import { Dialog } from "./dialog.js";
import { Checkbox, Select, Text, TextArea, numberOrText } from "./fields.js";
import { usePage, usePerform, useSettled, useSubmit } from "./page.js";
import { line } from "./text.js";

const CHECK_DELAY_MS = 120;

// What the conditional rule needs, by uses_app_config.
const PAIRS = {
  true: ["build_id", "compute_template_id"],
  false: ["cluster_config", "cloud_id"],
};
const NAMES = {
  build_id: "a build",
  compute_template_id: "a compute template",
  cluster_config: "a cluster config",
  cloud_id: "a cloud",
};

export function CreateForm() {
  const { showDialog } = usePage();
  const [fields, setFields] = useState({ project_id: "prj_1", uses_app_config: true, idle_timeout: "120" });
  const [touched, setTouched] = useState(new Set());
  const [error, setError] = useState("");
  const body = toBody(fields);
  const problems = useProblems(body);
  const bind = (name) => ({
    value: fields[name] ?? "",
    set: (value) => {
      setFields({ ...fields, [name]: value });
      setTouched(new Set([...touched, name]));
    },
    problem: touched.has(name) ? problems.byField[name] : undefined,
    required: PAIRS[fields.uses_app_config].includes(name),
  });
  const perform = usePerform();
  const create = useSubmit(async (event) => {
    // The button that was pressed; Enter presses the first one.
    const start = event.submitter?.value !== "create";
    let session;
    try {
      session = await createSession(body);
    } catch (failure) {
      setError(failure.message);
      return;
    }
    // The session exists now. If it cannot be started, submitting the form again would make a second one.
    showDialog(null);
    if (start) await perform(() => startSession(session.id));
  });
  return html`
    <${Dialog} title="New session" wide>
      <form class="form columns" onSubmit=${create} noValidate>
        <${Text} label="Name" ...${bind("name")} required autofocus />
        <${Text} label="Project" ...${bind("project_id")} required />
        <fieldset>
          <legend>What it runs on</legend>
          ${[true, false].map(
            (usesAppConfig) => html`
              <label key=${usesAppConfig}>
                <input
                  type="radio"
                  name="uses_app_config"
                  checked=${fields.uses_app_config === usesAppConfig}
                  onChange=${() => setFields({ ...fields, uses_app_config: usesAppConfig })}
                />
                ${usesAppConfig ? "An app config: a build and a compute template" : "A cluster config and a cloud"}
              </label>
            `,
          )}
        </fieldset>
        <p class="rule ${problems.missing.length ? "" : "met"}" role="status">${explain(fields, problems.missing)}</p>
        <${Text} label="Build" ...${bind("build_id")} />
        <${Text} label="Compute template" ...${bind("compute_template_id")} />
        <${TextArea} label="Cluster config" ...${bind("cluster_config")} help="YAML; sent as it is" />
        <${Text} label="Cloud" ...${bind("cloud_id")} />
        <${Text} label="Idle timeout" ...${bind("idle_timeout")} inputmode="numeric" help="Minutes; -1 for never" />
        <${Select}
          label="User service access"
          ...${bind("user_service_access")}
          options=${[["", "not given"], ["private", "private"], ["public", "public"]]}
        />
        <${Checkbox}
          label="Allow public internet traffic"
          value=${Boolean(fields.allow_public_internet_traffic)}
          set=${bind("allow_public_internet_traffic").set}
        />
        ${error && html`<p class="problem" role="alert">${line(error)}</p>`}
        <div class="buttons">
          <button type="submit" class="primary" value="start">Create and start</button>
          <button type="submit" value="create">Create only</button>
          <button type="button" onClick=${() => showDialog(null)}>Cancel</button>
        </div>
      </form>
    <//>
  `;
}

/** The rule in one sentence, for what is typed now. */
function explain({ uses_app_config: usesAppConfig }, missing) {
  const [first, second] = PAIRS[usesAppConfig];
  const [unneededFirst, unneededSecond] = PAIRS[!usesAppConfig];
  const needs = `uses_app_config is ${usesAppConfig}, so ${NAMES[first]} and ${NAMES[second]} are required (${first}, ${second}).`;
  const rest = `${NAMES[unneededFirst]} and ${NAMES[unneededSecond]} are optional.`;
  if (missing.length) return `${needs} Still missing: ${missing.join(" and ")}.`;
  return `${needs} Both are given; ${rest}`;
}

/** What the sandbox's spec says about a body: problems by field, and which fields of the rule are missing. */
function useProblems(body) {
  const { store } = usePage();
  const [checked, setChecked] = useState({ body: {}, problems: [] });
  const text = useSettled(JSON.stringify(body), CHECK_DELAY_MS);
  useEffect(() => {
    const aborter = new AbortController();
    post("/_sandbox/page-data/create-check", JSON.parse(text), { signal: aborter.signal }).then(
      ({ problems }) => setChecked({ body: JSON.parse(text), problems }),
      (error) => error.name !== "AbortError" && store.notify(`The session cannot be checked: ${error.message}`, "error"),
    );
    return () => aborter.abort();
  }, [text]);
  // What was said about a value that has changed since is not shown any more.
  const current = checked.problems.filter(({ loc }) => checked.body[fieldOf(loc)] === body[fieldOf(loc)]);
  const byField = Object.fromEntries(current.map(({ loc, msg }) => [fieldOf(loc), line(msg)]));
  const missing = PAIRS[body.uses_app_config].filter((name) => name in byField && !body[name]?.trim());
  return { byField, missing };
}

function fieldOf(loc) {
  return String(loc.filter((part) => part !== "body")[0] ?? "");
}

function toBody(fields) {
  const { idle_timeout: idleTimeout, user_service_access: access, ...rest } = fields;
  const given = Object.entries(rest).filter(([, value]) => value !== "" && value !== undefined);
  const body = Object.fromEntries(given);
  if (access) body.user_service_access = access;
  if (idleTimeout.trim()) body.idle_timeout = numberOrText(idleTimeout);
  return body;
}
