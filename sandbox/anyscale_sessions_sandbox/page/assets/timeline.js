// The history of a session as a bar: one part for each state, by the sandbox's clock, with long gaps folded.

import { html } from "./vendor/htm-preact.js";
import { foldedAxis } from "./axis.js";
import { dateAndTime, duration, time } from "./format.js";
import { family } from "./states.js";

/** The parts of a history `[[at_ms, state], ...]`: `{ state, from, to, isLast }`. The last one lasts until `now`. */
export function parts(states, now) {
  return states.map(([from, state], index) => {
    const isLast = index === states.length - 1;
    return { state, from, to: isLast ? Math.max(now, from) : states[index + 1][0], isLast };
  });
}

/** The bar of a row. */
export function SmallTimeline({ states, now }) {
  const { shown, axis } = layOut(states, now);
  return html`<div class="timeline small" aria-hidden="true">${segments(shown, axis)}</div>`;
}

/** The bar of a session's overview, with its times and folds. The table below it says the same in words. */
export function LargeTimeline({ states, now }) {
  const { shown, axis } = layOut(states, now);
  const spoken = shown.map((part) => `${part.state} for ${seconds(part)}`).join(", ");
  return html`
    <div class="timeline large" role="img" aria-label=${`History: ${spoken || "one state"}`}>
      ${segments(shown, axis, true)}
      ${axis.folds.map(
        (fold) => html`
          <span
            class="fold"
            key=${fold.from}
            style=${{ left: percent(fold.left + fold.width / 2) }}
            title=${`${duration((fold.to - fold.from) / 1000)}, drawn shorter`}
          ></span>
        `,
      )}
      ${ticks(axis).map(
        (tick) => html`<span class="tick" key=${tick.at} style=${{ left: percent(tick.left) }}>${time(tick.at)}</span>`,
      )}
    </div>
  `;
}

/** The states that a session had, the last one first, with how long each lasted. */
export function StateTable({ states, now }) {
  const rows = parts(states, now).reverse();
  return html`
    <table class="data">
      <caption class="hidden">States</caption>
      <thead><tr><th scope="col">State</th><th scope="col">Entered</th><th scope="col">Lasted</th></tr></thead>
      <tbody>
        ${rows.map(
          (part, index) => html`
            <tr key=${rows.length - index}>
              <td><${State} state=${part.state} /></td>
              <td class="time">${dateAndTime(part.from)}</td>
              <td class="time">${part.isLast ? `${seconds(part)} until now` : seconds(part)}</td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  `;
}

export function State({ state }) {
  return html`<span class="state ${family(state)}"><span class="dot" aria-hidden="true"></span>${state}</span>`;
}

/** The states that lasted, or the present one if it has just begun, and the axis through their times. */
function layOut(states, now) {
  const all = parts(states, now);
  const lasting = all.filter((part) => part.to > part.from);
  const shown = lasting.length ? lasting : all.slice(-1);
  return { shown, axis: foldedAxis(shown.flatMap((part) => [part.from, part.to])) };
}

function segments(shown, axis, isLabelled = false) {
  return shown.map((part) => {
    const left = axis.at(part.from);
    const width = shown.length === 1 ? 1 : axis.at(part.to) - left;
    return html`
      <span
        class="part ${family(part.state)}"
        key=${part.from}
        style=${{ left: percent(left), width: percent(width) }}
        title=${`${part.state} for ${seconds(part)}`}
      >
        ${isLabelled && width > 0.08 && html`<b>${part.state}</b><i>${seconds(part)}</i>`}
      </span>
    `;
  });
}

/** The times below the bar: of those that would overlap only the first is kept, and always the last one. */
function ticks(axis) {
  const all = axis.points.map((at) => ({ at, left: axis.at(at) }));
  const kept = [];
  for (const tick of all.slice(0, -1)) {
    const isFree = !kept.length || tick.left - kept[kept.length - 1].left > 0.13;
    if (isFree && tick.left < 0.87) kept.push(tick);
  }
  return all.length ? [...kept, all[all.length - 1]] : [];
}

function seconds(part) {
  return duration((part.to - part.from) / 1000);
}

function percent(part) {
  return `${(part * 100).toFixed(2)}%`;
}
