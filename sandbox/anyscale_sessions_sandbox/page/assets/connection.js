// The state of the page's connection to the sandbox.

import { html } from "./vendor/htm-preact.js";
import { usePage } from "./page.js";

const TEXTS = {
  connecting: "Connecting",
  live: "Live",
  lost: "Connection lost",
  paused: "Paused",
  refused: "Token refused",
};

export function Connection({ connection }) {
  const { feed } = usePage();
  const { state, message } = connection;
  return html`
    <span class="connection ${state}" role="status" title=${message ?? "The connection of this page to the sandbox"}>
      <span class="dot" aria-hidden="true"></span>${TEXTS[state]}
    </span>
    ${state === "lost" && html`<button type="button" onClick=${() => feed.connect()}>Try now</button>`}
  `;
}
