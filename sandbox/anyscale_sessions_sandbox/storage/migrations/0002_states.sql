-- When each session entered each of its states, oldest first. The rows of a session are deleted with it.

CREATE TABLE states (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL,
    at TEXT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX states_by_session ON states (session_id, seq);

-- Of a session from an older version, only the current state is known, as of the last use of the database.
INSERT INTO states (session_id, at, state)
    SELECT sessions.id, meta.value, sessions.state
    FROM sessions JOIN meta ON meta.key = 'clock'
    WHERE sessions.archived_at IS NULL
    ORDER BY sessions.seq;
