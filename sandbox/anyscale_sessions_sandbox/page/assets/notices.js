// What the page has to say: the result of an action, an error, a restarted sandbox.

import { html } from "./vendor/htm-preact.js";
import { line } from "./text.js";
import { usePage } from "./page.js";

export function Notices({ notices }) {
  const { store } = usePage();
  // The region is always there, because screen readers only announce changes of regions that they know.
  return html`
    <div class="notices" role="status" aria-live="polite">
      ${notices.map(
        ({ id, text, kind }) => html`
          <div key=${id} class="notice ${kind}">
            <span>${line(text)}</span>
            <button type="button" class="quiet" aria-label="Close the message" onClick=${() => store.dismiss(id)}>✕</button>
          </div>
        `,
      )}
    </div>
  `;
}
