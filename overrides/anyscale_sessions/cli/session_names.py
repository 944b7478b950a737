"""Finds the session that a user names by its id, or by its name in a project."""

from __future__ import annotations

from anyscale_sessions.client import SessionsClient
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.models.sessions_query import SessionsQuery
from anyscale_sessions_api.models.text_query import TextQuery

from .errors import CommandError, SessionNotFoundError


def session_id_of(client: SessionsClient, session: str, project: str | None) -> str:
    """Return the id of a session: `session` is the id, or with a project the name.

    A session that is not Terminated is preferred. Raises `SessionNotFoundError`, and `CommandError` if several sessions
    have the name.
    """
    if project is None:
        return session
    query = SessionsQuery(name=TextQuery(equals=session))
    found = [item for item in client.search_sessions(project, query) if item.name == session]
    candidates = [item for item in found if item.state != SessionState.TERMINATED] or found
    if not candidates:
        raise SessionNotFoundError(
            f"project {project} has no session with the name {session!r}; "
            f"`anyscale-sessions list {project}` shows its sessions"
        )
    if len(candidates) > 1:
        lines = "".join(f"\n  {item.id}  {item.state}" for item in candidates)
        raise CommandError(
            f"{len(candidates)} sessions of project {project} have the name {session!r}; use an id:{lines}"
        )
    return candidates[0].id
