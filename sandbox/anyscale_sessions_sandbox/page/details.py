"""What a page asks for when a session or a command is selected."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from ..control.controls import Components
from ..engine.transaction import Transaction
from ..errors import NotFoundError
from ..runtimes import Logs
from ..spec import Document
from ..storage.store import COMMANDS, EVENTS, OPERATIONS, SESSIONS, Table
from .links import links_of
from .masking import Mask
from .summaries import states_of

# The longest text of a session's own fields.
MAX_FIELD_CHARACTERS = 16 * 1024
# How many of the newest operations, events and commands are sent, and how many states.
MAX_ITEMS = 200
MAX_STATES = 1000
# How much of the end of each output is sent.
MAX_OUTPUT_CHARACTERS = 64 * 1024


class Stream(NamedTuple):
    """The end of an output, and whether there was more before it."""

    text: str
    is_cut: bool


def session_details(components: Components, mask: Mask, session_id: str) -> Document:
    """Everything about a session. Raises NotFoundError."""
    with components.backend.transaction() as transaction:
        session = transaction.session(session_id)
        secrets = mask.secrets(session)
        return {
            "session": mask.document(session, MAX_FIELD_CHARACTERS, secrets),
            "states": states_of(transaction.store, session_id, MAX_STATES),
            "links": links_of(session),
            **{
                table.name: _newest(transaction, mask, table, session_id, secrets)
                for table in (OPERATIONS, EVENTS, COMMANDS)
            },
        }


def command_details(components: Components, mask: Mask, command_id: str) -> Document:
    """A command with its output until now. Raises NotFoundError."""
    with components.backend.transaction() as transaction:
        command = transaction.resource(COMMANDS, "Session command", command_id)
        secrets = mask.secrets(transaction.store.find(SESSIONS, command["session_id"]) or {})
    logs, error = Logs("", ""), None
    try:
        logs = components.backend.logs(command_id)
    except NotFoundError as missing:
        error = str(missing)
    stdout, stderr = (_end(mask.text(text, secrets)) for text in logs)
    shown = mask.document(command, MAX_FIELD_CHARACTERS, secrets)
    return {
        "command": shown,
        "stdout": stdout.text,
        "stderr": stderr.text,
        "cut": {"stdout": stdout.is_cut, "stderr": stderr.is_cut},
        "tag": _tag(shown, *logs, error),
        "is_finished": bool(command.get("finished_at")),
        "error": error,
    }


def _newest(transaction: Transaction, mask: Mask, table: Table, session_id: str, secrets: frozenset[str]) -> Document:
    """The newest documents that belong to a session, newest first, and how many there are."""
    store = transaction.store
    where = f"FROM {table.name} WHERE session_id = ?"
    total: int = store.rows(f"SELECT count(*) {where}", (session_id,))[0][0]
    ids = store.rows(f"SELECT id {where} ORDER BY seq DESC LIMIT {MAX_ITEMS}", (session_id,))
    found = (transaction.resource(table, table.name, resource_id) for (resource_id,) in ids)
    return {"total": total, "items": [mask.document(document, secrets=secrets) for document in found]}


def _end(text: str) -> Stream:
    return Stream(text[-MAX_OUTPUT_CHARACTERS:], len(text) > MAX_OUTPUT_CHARACTERS)


def _tag(*parts: Any) -> str:
    """A short text that changes when one of the parts does."""
    return hashlib.blake2b(repr(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()
