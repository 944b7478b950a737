// What has the focus can be removed or disabled, such as the button that terminates a session. A browser then gives the
// focus to the document, where the keyboard has to begin again. Here it goes to what was around it.

const LIST = "[data-main] [role=listbox]";

/** Watch the focus in an element of the document. */
export function keepFocus(root) {
  // The element that has the focus, and the pane around it.
  let focused = null;
  let pane = null;
  root.addEventListener("focusin", ({ target }) => {
    focused = target;
    pane = target.closest("[data-details], [data-main]");
  });
  root.addEventListener("focusout", ({ target }) => {
    // Whoever clicks beside it, or leaves the page, takes the focus away on purpose. An element that is being removed is
    // still in the document now.
    queueMicrotask(() => {
      if (focused === target && !isLost(target)) focused = null;
    });
  });
  new MutationObserver(() => {
    if (!focused || !isLost(focused)) return;
    focused = null;
    if (document.querySelector("dialog[open]") || !isNowhere()) return;
    pane?.focus();
    if (isNowhere()) document.querySelector(LIST)?.focus();
  }).observe(root, { subtree: true, childList: true, attributeFilter: ["disabled"] });
}

function isLost(element) {
  return !element.isConnected || element.disabled;
}

/** Whether the keyboard would begin at the start of the document. */
function isNowhere() {
  const active = document.activeElement;
  return !active || active === document.body || isLost(active);
}
