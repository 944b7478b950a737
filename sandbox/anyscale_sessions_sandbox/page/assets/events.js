// The tab Events: what the session reported, newest first.

import { html } from "./vendor/htm-preact.js";
import { dateAndTime, milliseconds } from "./format.js";
import { block, name } from "./text.js";

const MAX_DESCRIPTION_CHARACTERS = 4_096;

export function Events({ details }) {
  const { items, total } = details.events;
  if (!items.length) return html`<p class="empty">There are no events.</p>`;
  return html`
    ${total > items.length && html`<p class="muted">Only the last ${items.length} of ${total} events are shown.</p>`}
    <table class="data">
      <caption class="hidden">Events, newest first</caption>
      <thead><tr><th scope="col">Time</th><th scope="col">Level</th><th scope="col">Type</th><th scope="col">Description</th></tr></thead>
      <tbody>
        ${items.map(
          (event) => html`
            <tr key=${event.id}>
              <td class="time">${dateAndTime(milliseconds(event.timestamp))}</td>
              <td><span class="level ${name(event.log_level).toLowerCase()}">${name(event.log_level)}</span></td>
              <td>${name(event.event_type)}</td>
              <td class="wrap"><bdi>${block(event.description, MAX_DESCRIPTION_CHARACTERS)}</bdi></td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  `;
}
