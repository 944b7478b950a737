-- Each row holds its resource as one JSON document; the other columns exist for queries. Times are texts of the same
-- form and length, so that they sort. `seq` is the order of creation, and the order of lists.

CREATE TABLE sessions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    creator_id TEXT NOT NULL,
    ha_job_id TEXT,
    archived_at TEXT,
    document TEXT NOT NULL
);
CREATE INDEX sessions_by_project ON sessions (project_id, seq);
CREATE INDEX sessions_by_job ON sessions (ha_job_id, seq) WHERE ha_job_id IS NOT NULL;

CREATE TABLE operations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    session_id TEXT NOT NULL,
    document TEXT NOT NULL
);

CREATE TABLE commands (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    session_id TEXT NOT NULL,
    finished_at TEXT,
    document TEXT NOT NULL
);
CREATE INDEX commands_by_session ON commands (session_id, seq);
CREATE INDEX commands_running ON commands (session_id) WHERE finished_at IS NULL;

CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    session_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    log_level TEXT NOT NULL,
    timestamp TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX events_by_session ON events (session_id, seq);

-- What will happen, and when: at most one timer of each kind for each session or command.
CREATE TABLE timers (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    due_at TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (kind, subject_id)
);
CREATE INDEX timers_by_time ON timers (due_at, seq);

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
