"""SQLite: opening, migrating and locking a database; documents, timers and ids."""
