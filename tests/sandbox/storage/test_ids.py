"""Ids and secrets, random or from a seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from anyscale_sessions.tokens import is_user_service_token
from anyscale_sessions_sandbox import ManualClock, serve


def made(visit: Any, **options: Any) -> tuple[str, ...]:
    """Ids and secrets of a sandbox that always does the same."""
    with serve(clock=ManualClock(), **options) as sandbox:
        api = visit(sandbox)
        session = api.running(user_service_access="public")
        command = api.run(session, "true")
        events = [event["id"] for event in api.events(session)]
    assert is_user_service_token(session["user_service_token"])
    return (session["id"], session["access_token"], session["user_service_token"], command["id"], *events)


def test_ids_and_secrets_follow_from_a_seed_where_one_is_given(visit: Any) -> None:
    """Ids and secrets are derived from the seed if there is one, and are random otherwise."""
    first, again, other = made(visit, ids_seed=1), made(visit, ids_seed=1), made(visit, ids_seed="b")
    assert first == again
    assert len(set(first)) == len(first)
    assert not set(first) & set(other)
    assert not set(made(visit)) & set(made(visit))


def test_no_id_is_given_twice_after_a_restart(tmp_path: Path, visit: Any) -> None:
    """A seeded sandbox continues its ids after a restart of its file."""
    db = tmp_path / "sandbox.db"
    assert not set(made(visit, db=db, ids_seed=1)) & set(made(visit, db=db, ids_seed=1))
