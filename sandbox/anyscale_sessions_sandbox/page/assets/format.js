// Times, durations and sizes as people read them.

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

/** A duration: "350 ms", "42 s", "2 min 5 s", "2 h 1 min", "3 d 4 h". */
export function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < MINUTE_S) return `${whole} s`;
  if (whole < HOUR_S) return two(whole, MINUTE_S, "min", 1, "s");
  if (whole < DAY_S) return two(whole, HOUR_S, "h", MINUTE_S, "min");
  return two(whole, DAY_S, "d", HOUR_S, "h");
}

/** A time of the sandbox, to the second, in UTC. */
export function dateAndTime(milliseconds) {
  return `${date(milliseconds)} ${time(milliseconds)}`;
}

export function date(milliseconds) {
  return iso(milliseconds).slice(0, 10);
}

export function time(milliseconds) {
  return iso(milliseconds).slice(11, 19);
}

/** A time with milliseconds, for rows that are close together. */
export function preciseTime(milliseconds) {
  return iso(milliseconds).slice(11, 23);
}

/** The milliseconds since 1970 of an RFC 3339 text; undefined for no text. */
export function milliseconds(text) {
  return text ? Date.parse(text) : undefined;
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** "1 session", "2 sessions". */
export function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

function iso(milliseconds) {
  return Number.isFinite(milliseconds) ? new Date(milliseconds).toISOString() : "?".repeat(24);
}

function two(whole, large, largeUnit, small, smallUnit) {
  const rest = Math.floor((whole % large) / small);
  return `${Math.floor(whole / large)} ${largeUnit}${rest ? ` ${rest} ${smallUnit}` : ""}`;
}
