// What the page knows of the sandbox. The feed changes it, and the views read it.

// How many rows of the journal are kept: those of the sandbox's ring, and those of requests without a token.
const MAX_JOURNAL_ROWS = 1_050;
const MAX_NOTICES = 4;

export class Store {
  constructor(changed) {
    this.changed = changed;
    this.connection = { state: "connecting" };
    this.notices = [];
    this.sessions = new Map();
    this.journal = new Map();
    this.clear();
  }

  /** Forget all rows, because a snapshot follows. */
  clear() {
    this.facts = { runtime: "", operations: [], states: [], fault_kinds: {}, notes: [], sessions_total: 0 };
    this.isReady = false;
    this.clock = null;
    this.faults = [];
    this.rules = [];
    this.sessions.clear();
    this.journal.clear();
    this.orderedSessions = null;
    this.orderedJournal = null;
    this.journalVersion = (this.journalVersion ?? 0) + 1;
    this.filtered = null;
  }

  /** Take over the first message of the feed, which is also sent after a reset or a restore. */
  applySnapshot(message) {
    this.clear();
    this.facts = message;
    this.applyCommon(message);
  }

  applyChanges(message) {
    this.applyCommon(message);
    for (const row of message.sessions ?? []) {
      const before = this.sessions.get(row.id);
      this.sessions.set(row.id, row);
      // A row that changes keeps its place, so only a new one makes the order unknown.
      if (!before) this.orderedSessions = null;
      else if (this.orderedSessions) this.orderedSessions[before.index] = Object.assign(row, { index: before.index });
    }
    for (const id of message.removed ?? []) if (this.sessions.delete(id)) this.orderedSessions = null;
    if (message.sessions || message.removed) this.filtered = null;
    if (message.journal_cleared) this.journal.clear();
    for (const row of message.journal ?? []) this.journal.set(row.number, row);
    if (message.journal || message.journal_cleared) {
      this.orderedJournal = null;
      this.journalVersion += 1;
    }
    this.changed();
  }

  applyReady() {
    this.isReady = true;
    this.changed();
  }

  applyCommon(message) {
    if (message.clock) this.clock = { ...message.clock, receivedAt: performance.now() };
    if (message.faults) this.faults = message.faults;
    if (message.transition_rules) this.rules = message.transition_rules;
    this.changed();
  }

  setConnection(connection) {
    this.connection = connection;
    this.changed();
  }

  /** The time of the sandbox in milliseconds, carried on from the last message of the feed. */
  now() {
    if (!this.clock) return NaN;
    const { now_ms, speed, receivedAt } = this.clock;
    return now_ms + (performance.now() - receivedAt) * (speed ?? 0);
  }

  /** The sessions that a filter finds, newest first: each of its words is part of the name, id, project or state. */
  findSessions(filter) {
    if (!this.orderedSessions) this.orderSessions();
    if (this.filtered?.filter !== filter) {
      const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
      const rows = words.length ? this.orderedSessions.filter((row) => hasAll(row, words)) : this.orderedSessions;
      this.filtered = { filter, rows };
    }
    return this.filtered.rows;
  }

  orderSessions() {
    const isNewer = (a, b) => b.created_ms - a.created_ms || (a.id < b.id ? 1 : -1);
    this.orderedSessions = [...this.sessions.values()].sort(isNewer);
    this.orderedSessions.forEach((row, index) => (row.index = index));
  }

  /** The rows of the journal, newest first. */
  journalRows() {
    if (!this.orderedJournal) {
      this.orderedJournal = [...this.journal.values()].sort((a, b) => b.number - a.number);
      for (const row of this.orderedJournal.splice(MAX_JOURNAL_ROWS)) this.journal.delete(row.number);
    }
    return this.orderedJournal;
  }

  /** Tell the reader what happened. An error and a note stay until they are closed. */
  notify(text, kind = "done") {
    const notice = { id: crypto.randomUUID?.() ?? String(Math.random()), text, kind };
    this.notices = [...this.notices.filter((other) => other.text !== text), notice].slice(-MAX_NOTICES);
    this.changed();
    if (kind === "done") setTimeout(() => this.dismiss(notice.id), 6_000);
  }

  dismiss(id) {
    this.notices = this.notices.filter((notice) => notice.id !== id);
    this.changed();
  }
}

function hasAll(row, words) {
  row.searched ??= `${row.name} ${row.id} ${row.project_id} ${row.state} ${row.pending_state ?? ""}`.toLowerCase();
  return words.every((word) => row.searched.includes(word));
}
