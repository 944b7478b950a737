// The states of a session, by what they mean to a person.

const FAMILIES = {
  Running: "running",
  Updating: "changing",
  AwaitingStartup: "changing",
  StartingUp: "changing",
  AwaitingFileMounts: "changing",
  Stopping: "ending",
  Terminating: "ending",
  Stopped: "ended",
  Terminated: "ended",
};

export const STATES = [
  "Stopped",
  "Terminated",
  "AwaitingStartup",
  "StartingUp",
  "AwaitingFileMounts",
  "StartupErrored",
  "Running",
  "Updating",
  "UpdatingErrored",
  "Stopping",
  "StoppingErrored",
  "Terminating",
  "TerminatingErrored",
];

/** running, changing, ending, ended, errored, or other for a state that this page does not know. */
export function family(state) {
  if (String(state).endsWith("Errored")) return "errored";
  return FAMILIES[state] ?? "other";
}

/** What the page offers for a session in a state. The sandbox itself decides what it allows. */
export function actions(state) {
  const group = family(state);
  return {
    start: group === "ended" || state === "StartupErrored",
    terminate: group !== "ended" && state !== "Terminating",
    run: state === "Running",
  };
}
