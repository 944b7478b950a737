// The actions of the page. Each one selects what it made.

import { post, put, remove } from "./api.js";
import { go } from "./address.js";

const segment = encodeURIComponent;

export async function createSession(body) {
  const { result } = await post("/v0/sessions/", body);
  go({ section: "sessions", filter: "", session: result.id, tab: "overview", item: "" });
  return result;
}

export async function startSession(id) {
  const { result } = await post(`/v0/sessions/${segment(id)}/start`, {});
  go({ section: "sessions", session: id, tab: "operations", item: result.id });
  return result;
}

export async function terminateSession(id) {
  const { result } = await post(`/v0/sessions/${segment(id)}/terminate`, {});
  go({ section: "sessions", session: id, tab: "operations", item: result.id });
  return result;
}

export async function deleteSession(id) {
  await remove(`/v0/sessions/${segment(id)}`);
  go({ session: "", tab: "overview", item: "" });
}

export const changeState = (id, state, message) =>
  post(`/_sandbox/sessions/${segment(id)}/transition`, { to_state: state, ...(message && { message }) });

export async function runCommand(sessionId, shellCommand) {
  const { result } = await post("/v0/session_commands/", { session_id: sessionId, shell_command: shellCommand });
  go({ section: "sessions", session: sessionId, tab: "commands", item: result.id });
  return result;
}

export const killCommand = (id) => post(`/v0/session_commands/${segment(id)}/kill`);

/** Open the user service or the dashboard of a session. Its address signs in, so it is never part of the page. */
export async function openLink(sessionId, name) {
  const { url } = await post(`/_sandbox/page-data/sessions/${segment(sessionId)}/link`, { name });
  window.open(url, "_blank", "noopener");
}

export async function addFault(fault) {
  const added = await post("/_sandbox/faults", fault);
  go({ section: "faults", item: ruleItem("faults", added.id) });
}

export async function addRule(rule) {
  const added = await post("/_sandbox/transition-rules", rule);
  go({ section: "faults", item: ruleItem("transition-rules", added.id) });
}

/** How the address names a fault or a transition rule: both are numbered from 1. */
export const ruleItem = (kind, id) => `${kind}-${id}`;

// Faults and transition rules are switched, removed and cleared in the same way: `kind` is the name in the path.
export const switchRule = (kind, id, on) => put(`/_sandbox/${kind}/${segment(id)}`, { on });
export const removeRule = (kind, id) => remove(`/_sandbox/${kind}/${segment(id)}`);
export const clearRules = (kind) => remove(`/_sandbox/${kind}`);

export async function clearJournal() {
  await remove("/_sandbox/journal");
  go({ entry: "", search: "" });
}

export async function resetSandbox() {
  await post("/_sandbox/reset");
  go({ filter: "", session: "", tab: "overview", item: "", search: "", entry: "" });
}
