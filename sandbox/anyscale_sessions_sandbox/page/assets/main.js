// The start of the page: it takes the token from the address, opens the feed, and draws at most once a frame.

import { html, render } from "./vendor/htm-preact.js";
import { onPlace, place } from "./address.js";
import { App } from "./app.js";
import { Feed } from "./feed.js";
import { keepFocus } from "./focus.js";
import { listenToKeys } from "./keyboard.js";
import { Store } from "./store.js";
import { takeTokenFromAddress } from "./token.js";

// How often the clock is drawn while it runs.
const CLOCK_INTERVAL_MS = 500;

const root = document.getElementById("app");
const store = new Store(schedule);
const feed = new Feed(store);
let isScheduled = false;
// The open dialog, as a function that returns its content.
let dialog = null;

function schedule() {
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(draw);
}

function draw() {
  isScheduled = false;
  render(html`<${App} page=${{ store, feed, place: place(), dialog, showDialog }} />`, root);
}

/** Open a dialog, or close the open one with `null`. */
function showDialog(content) {
  dialog = content;
  schedule();
}

takeTokenFromAddress();
root.replaceChildren();
// Another link of the same sandbox can be opened in the same tab.
addEventListener("hashchange", () => {
  if (!location.hash.includes("token=")) return;
  takeTokenFromAddress();
  feed.connect();
});
onPlace(schedule);
listenToKeys(showDialog);
keepFocus(root);
setInterval(() => store.clock?.speed && schedule(), CLOCK_INTERVAL_MS);
draw();
feed.start();
