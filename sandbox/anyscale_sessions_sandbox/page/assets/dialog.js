// The dialogs of the page: a frame with a title, and the one that asks before something is deleted.

import { html, useLayoutEffect, useRef } from "./vendor/htm-preact.js";
import { usePage, useSubmit } from "./page.js";

/** A dialog that holds the focus until it is closed. Afterwards the focus is back where it was. */
export function Dialog({ title, children, wide }) {
  const { showDialog } = usePage();
  const element = useRef();
  useLayoutEffect(() => {
    const before = document.activeElement;
    const dialog = element.current;
    dialog.showModal();
    return () => {
      // As long as the dialog is there, nothing else can have the focus.
      dialog.remove();
      before?.focus?.();
    };
  }, []);
  return html`
    <dialog ref=${element} class=${wide ? "wide" : ""} aria-labelledby="dialog-title" onClose=${() => showDialog(null)}>
      <header>
        <h2 id="dialog-title">${title}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick=${() => showDialog(null)}>✕</button>
      </header>
      ${children}
    </dialog>
  `;
}

/** Asks before an action that cannot be undone. */
export function Confirmation({ title, text, button, action }) {
  const { showDialog } = usePage();
  const confirm = useSubmit(async () => {
    await action();
    showDialog(null);
  });
  return html`
    <${Dialog} title=${title}>
      <form onSubmit=${confirm}>
        <p>${text}</p>
        <div class="buttons">
          <button type="submit" class="danger">${button}</button>
          <button type="button" onClick=${() => showDialog(null)}>Cancel</button>
        </div>
      </form>
    <//>
  `;
}
