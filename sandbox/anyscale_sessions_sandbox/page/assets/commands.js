// The tab Commands: run one, and see the output of each while it runs.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { killCommand, runCommand } from "./actions.js";
import { get } from "./api.js";
import { go } from "./address.js";
import { dateAndTime, duration, milliseconds } from "./format.js";
import { Output } from "./output.js";
import { usePage, usePerform, useSubmit } from "./page.js";
import { actions } from "./states.js";
import { line, name } from "./text.js";

// How long to wait after a request for the output failed.
const RETRY_MS = 2_000;

export function Commands({ row, details }) {
  const { place } = usePage();
  const { items, total } = details.commands;
  const selected = place.item || items[0]?.id;
  return html`
    <${RunForm} row=${row} />
    ${total > items.length && html`<p class="muted">Only the last ${items.length} of ${total} commands are shown.</p>`}
    ${items.length === 0
      ? html`<p class="empty">There are no commands.</p>`
      : html`
          <ul class="commands" aria-label="Commands, newest first">
            ${items.map((command) => html`<${Command} key=${command.id} command=${command} isSelected=${command.id === selected} />`)}
          </ul>
        `}
    ${selected && html`<${CommandOutput} key=${selected} id=${selected} />`}
  `;
}

function RunForm({ row }) {
  const perform = usePerform();
  const field = useRef();
  const canRun = actions(row.state).run;
  const submit = useSubmit(async () => {
    const sent = field.current.value;
    const started = await perform(() => runCommand(row.id, sent));
    // Another tab may be shown by now, and the next command may have been typed.
    if (started && field.current?.value === sent) field.current.value = "";
  });
  return html`
    <form class="inline" onSubmit=${submit}>
      <label class="hidden" for="shell-command">Shell command</label>
      <input id="shell-command" class="code grow" ref=${field} required placeholder="Shell command" spellcheck=${false} autocomplete="off" />
      <button type="submit" class="primary" disabled=${!canRun}>Run</button>
      ${!canRun && html`<span class="muted">Commands run in a session that is Running.</span>`}
    </form>
  `;
}

function Command({ command, isSelected }) {
  const { store } = usePage();
  return html`
    <li aria-current=${isSelected ? "true" : undefined}>
      <button type="button" class="row-button" onClick=${() => go({ item: command.id }, { replace: true })}>
        <code><bdi>${name(command.shell_command)}</bdi></code>
        <span class="muted time">${lasted(command, store.now())}</span>
        <${ExitStatus} command=${command} />
      </button>
    </li>
  `;
}

function ExitStatus({ command }) {
  if (!command.finished_at) return html`<span class="state changing"><span class="dot" aria-hidden="true"></span>Running</span>`;
  const kind = command.status_code === 0 ? "running" : "errored";
  const text = command.killed_at ? `Killed (${command.status_code})` : `Exit status ${command.status_code}`;
  return html`<span class="state ${kind}"><span class="dot" aria-hidden="true"></span>${text}</span>`;
}

function CommandOutput({ id }) {
  const perform = usePerform();
  const { logs, error } = useLogs(id);
  if (!logs) return html`<p class=${error ? "problem" : "empty"}>${error ?? "Reading the output…"}</p>`;
  const { command } = logs;
  return html`
    <section class="command-output" aria-label="Output of the command">
      <div class="bar">
        <code class="grow"><bdi>${line(command.shell_command)}</bdi></code>
        <span class="muted time">${dateAndTime(milliseconds(command.created_at))}</span>
        <${ExitStatus} command=${command} />
        ${!command.finished_at &&
        html`<button type="button" class="danger" onClick=${() => perform(() => killCommand(id))}>Kill</button>`}
      </div>
      ${(error || logs.error) && html`<p class="problem">${error || line(logs.error)}</p>`}
      <${Stream} label="Standard output" text=${logs.stdout} isCut=${logs.cut.stdout} />
      ${logs.stderr && html`<${Stream} label="Standard error" text=${logs.stderr} isCut=${logs.cut.stderr} />`}
    </section>
  `;
}

function Stream({ label, text, isCut }) {
  return html`
    <h3>${label}${isCut && html` <span class="muted">(the beginning is left out)</span>`}</h3>
    ${!text && html`<p class="muted">Nothing was written yet.</p>`}
    <${Output} label=${label} text=${text} />
  `;
}

/** The output of a command, read again whenever it changes, until the command has finished or the tab is hidden. */
function useLogs(id) {
  const [read, setRead] = useState({});
  useEffect(() => {
    let aborter = new AbortController();
    const path = `/_sandbox/page-data/commands/${encodeURIComponent(id)}`;
    const follow = async ({ signal }) => {
      let seen = "";
      while (!signal.aborted && !document.hidden) {
        try {
          const logs = await get(seen ? `${path}?seen=${encodeURIComponent(seen)}` : path, { signal });
          setRead({ logs });
          if (logs.is_finished) return;
          seen = logs.tag;
        } catch (error) {
          if (error.name === "AbortError") return;
          setRead(({ logs }) => ({ logs, error: `The output cannot be read: ${error.message}` }));
          if (error.status === 404) return;
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        }
      }
    };
    const onVisibility = () => {
      aborter.abort();
      aborter = new AbortController();
      if (!document.hidden) follow(aborter);
    };
    document.addEventListener("visibilitychange", onVisibility);
    follow(aborter);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      aborter.abort();
    };
  }, [id]);
  return read;
}

function lasted(command, now) {
  const end = milliseconds(command.finished_at) ?? now;
  return duration(Math.max(0, end - milliseconds(command.created_at)) / 1000);
}
