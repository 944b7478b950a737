// The tab Operations: what was asked of the session, and how far it is.

import { html } from "./vendor/htm-preact.js";
import { usePage } from "./page.js";
import { line, name } from "./text.js";

export function Operations({ details }) {
  const { place } = usePage();
  const { items, total } = details.operations;
  if (!items.length) return html`<p class="empty">There are no operations. A start or a termination makes one.</p>`;
  return html`
    ${total > items.length && html`<p class="muted">Only the last ${items.length} of ${total} operations are shown.</p>`}
    <table class="data">
      <caption class="hidden">Operations, newest first</caption>
      <thead><tr><th scope="col">Operation</th><th scope="col">Id</th><th scope="col">Result</th></tr></thead>
      <tbody>
        ${items.map(
          (operation) => html`
            <tr key=${operation.id} aria-current=${operation.id === place.item ? "true" : undefined}>
              <td>${name(operation.session_operation_type)}</td>
              <td class="id">${name(operation.id)}</td>
              <td><${Result} operation=${operation} /></td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  `;
}

function Result({ operation }) {
  const { completed, progress, result } = operation;
  if (result?.error) return html`<${Mark} kind="errored">Failed<//> <bdi>${line(result.error.message)}</bdi>`;
  if (completed) return html`<${Mark} kind="running">Completed<//>`;
  return html`<${Mark} kind="changing">In progress<//> <bdi class="muted">${line(progress?.message)}</bdi>`;
}

function Mark({ kind, children }) {
  return html`<span class="state ${kind}"><span class="dot" aria-hidden="true"></span>${children}</span>`;
}
