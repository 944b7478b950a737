// The clock of the sandbox, and the buttons that move it.

import { html } from "./vendor/htm-preact.js";
import { post, put } from "./api.js";
import { date, duration, time } from "./format.js";
import { usePage, usePerform } from "./page.js";

const STEPS_MIN = [1, 10, 121];
const SPEEDS = [0, 1, 10, 60, 600];

export function Clock() {
  const { store } = usePage();
  const perform = usePerform();
  const { clock } = store;
  if (!clock) return null;
  const now = store.now();
  const isFrozen = clock.speed === 0;
  const setSpeed = (speed) => perform(() => put("/_sandbox/clock/speed", { speed }));
  const advance = (minutes) => perform(() => post("/_sandbox/clock/advance", { minutes }));
  const speeds = [...new Set([...SPEEDS, clock.speed ?? 1])].sort((a, b) => a - b);
  return html`
    <section class="clock" aria-label="Clock of the sandbox">
      <span class="now" role="timer" aria-label="Time of the sandbox" title="Time of the sandbox, in UTC">
        <span class="date">${date(now)}</span> <b>${time(now)}</b>
      </span>
      <span class="group">
        ${STEPS_MIN.map(
          (minutes) => html`
            <button
              type="button"
              key=${minutes}
              aria-label=${`Advance by ${minutes} min`}
              title=${`Advance the clock by ${minutes} min`}
              onClick=${() => advance(minutes)}
            >
              +${minutes} min
            </button>
          `,
        )}
        <button
          type="button"
          disabled=${clock.next_due_ms === null}
          title="Advance the clock to the next time at which something happens by itself"
          onClick=${() => perform(() => post("/_sandbox/clock/advance-to-next"))}
        >
          Next timer${clock.next_due_ms !== null && html` <span class="muted">${dueIn(clock.next_due_ms - now)}</span>`}
        </button>
      </span>
      ${clock.speed !== null &&
      html`
        <span class="group">
          <button type="button" onClick=${() => setSpeed(isFrozen ? 1 : 0)}>
            ${isFrozen ? "Resume" : "Freeze"}
          </button>
          <select aria-label="Speed of the clock" value=${clock.speed} onChange=${(event) => setSpeed(Number(event.target.value))}>
            ${speeds.map(
              (speed) => html`<option key=${speed} value=${speed} selected=${speed === clock.speed}>
                ${speed === 0 ? "Frozen" : `× ${speed}`}
              </option>`,
            )}
          </select>
        </span>
      `}
    </section>
  `;
}

function dueIn(milliseconds) {
  return milliseconds <= 0 ? "now" : `in ${duration(milliseconds / 1000)}`;
}
