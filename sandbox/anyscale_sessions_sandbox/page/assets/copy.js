// Copying a text. A browser allows it on this machine's own addresses; elsewhere the text is shown to be copied by hand.

import { html, useEffect, useRef } from "./vendor/htm-preact.js";
import { Dialog } from "./dialog.js";

export async function copy(page, text, format) {
  try {
    await navigator.clipboard.writeText(text);
    page.store.notify(`Copied as ${format}.`);
  } catch {
    page.showDialog(() => html`<${CopyDialog} text=${text} format=${format} />`);
  }
}

function CopyDialog({ text, format }) {
  const field = useRef();
  useEffect(() => field.current.select(), []);
  return html`
    <${Dialog} title=${`Copy as ${format}`} wide>
      <label for="copied">The browser does not allow the page to copy. Copy the selected text.</label>
      <textarea id="copied" class="code" ref=${field} readonly rows="16" value=${text}></textarea>
    <//>
  `;
}
