// The fields of the forms: each has a label, and may have a help text and a problem that screen readers find.

import { html } from "./vendor/htm-preact.js";

const idOf = (label) => `field-${label.toLowerCase().replace(/\W+/g, "-")}`;

export function Text({ label, value, set, help, problem, required, type = "text", ...rest }) {
  const id = idOf(label);
  return html`
    <div class="field ${problem ? "invalid" : ""}">
      <label for=${id}>${label}${required && html` <span class="required">required</span>`}</label>
      <input
        id=${id}
        type=${type}
        value=${value}
        onInput=${(event) => set(event.target.value)}
        autocomplete="off"
        spellcheck=${false}
        aria-describedby=${`${id}-help`}
        aria-invalid=${problem ? "true" : undefined}
        ...${rest}
      />
      <${Help} id=${id} help=${help} problem=${problem} />
    </div>
  `;
}

export function TextArea({ label, value, set, help, problem, required, rows = 3 }) {
  const id = idOf(label);
  return html`
    <div class="field ${problem ? "invalid" : ""}">
      <label for=${id}>${label}${required && html` <span class="required">required</span>`}</label>
      <textarea
        id=${id}
        class="code"
        rows=${rows}
        value=${value}
        spellcheck=${false}
        onInput=${(event) => set(event.target.value)}
        aria-describedby=${`${id}-help`}
        aria-invalid=${problem ? "true" : undefined}
      ></textarea>
      <${Help} id=${id} help=${help} problem=${problem} />
    </div>
  `;
}

/** `options` are pairs of a value and its text. */
export function Select({ label, value, set, options, help, problem, autofocus }) {
  const id = idOf(label);
  return html`
    <div class="field ${problem ? "invalid" : ""}">
      <label for=${id}>${label}</label>
      <select
        id=${id}
        value=${value}
        onChange=${(event) => set(event.target.value)}
        aria-describedby=${`${id}-help`}
        autofocus=${autofocus}
      >
        ${options.map(
          ([option, text]) => html`<option key=${option} value=${option} selected=${option === value}>${text}</option>`,
        )}
      </select>
      <${Help} id=${id} help=${help} problem=${problem} />
    </div>
  `;
}

export function Checkbox({ label, value, set, help }) {
  const id = idOf(label);
  return html`
    <div class="field check">
      <input id=${id} type="checkbox" checked=${value} onChange=${(event) => set(event.target.checked)} aria-describedby=${`${id}-help`} />
      <label for=${id}>${label}</label>
      <${Help} id=${id} help=${help} />
    </div>
  `;
}

/** A number, or the text itself if it is none, so that the sandbox says what is wrong with it. */
export function numberOrText(text) {
  // JSON has no infinite number. It would become null, which means something else.
  return text.trim() && Number.isFinite(Number(text)) ? Number(text) : text;
}

function Help({ id, help, problem }) {
  return html`
    <p class="help" id=${`${id}-help`}>${problem ? html`<span class="problem">${problem}</span>` : help}</p>
  `;
}
