// What is shown instead of the data while the sandbox refuses the page's token.

import { html, useRef } from "./vendor/htm-preact.js";
import { usePage } from "./page.js";
import { keepToken, token } from "./token.js";

export function TokenForm({ connection }) {
  const { feed } = usePage();
  const field = useRef();
  const submit = (event) => {
    event.preventDefault();
    keepToken(field.current.value);
    field.current.value = "";
    feed.connect();
  };
  return html`
    <main class="token">
      <form onSubmit=${submit}>
        <h1>${token() ? "The sandbox refuses the token of this page" : "The page needs the token of the sandbox"}</h1>
        <p>
          ${token()
            ? "The sandbox was probably restarted with another token. Open the link that it printed, or enter the token here."
            : "Open the link that the sandbox printed when it started, or enter the token here."}
        </p>
        <p class="muted">The sandbox answered: ${connection.message}</p>
        <label for="token">Token</label>
        <div class="buttons">
          <input id="token" ref=${field} type="password" autocomplete="off" required spellcheck=${false} />
          <button type="submit" class="primary">Open the sandbox</button>
        </div>
      </form>
    </main>
  `;
}
