"""Tests for `cli/lists.py`: listing, filtering, sorting and watching sessions."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from anyscale_sessions import Session, SessionsClient
from anyscale_sessions.cli import polling

from .conftest import Run, raise_
from .session_file_problems import APP_CONFIG


@pytest.fixture
def three(client: SessionsClient, session: Session) -> list[str]:
    """Create two more sessions, and start one of them. Returns the ids of nightly, daily and night-owl."""
    daily = client.create_session({**APP_CONFIG, "name": "daily"})
    owl = client.create_session({**APP_CONFIG, "name": "night-owl", "idle_timeout": 5})
    client.start_session(owl.id)
    client.wait_for_session(owl.id, poll_interval=0.01)
    return [session.id, daily.id, owl.id]


def ids(run: Run, *arguments: str) -> list[str]:
    """Return the ids that `list` shows."""
    ended = run("list", "prj_1", "-o", "name", *arguments)
    assert (ended.code, ended.err) == (0, "")
    return ended.out.split()


def test_list_can_be_filtered(run: Run, three: list[str]) -> None:
    """`--state` and `--name` leave only the sessions in one of the states whose name contains the text."""
    nightly, daily, owl = three
    assert sorted(ids(run)) == sorted(three)
    assert ids(run, "--state", "Running") == [owl]
    assert sorted(ids(run, "--state", "running", "--state", "Stopped")) == sorted(three)
    assert sorted(ids(run, "--name", "night")) == sorted([nightly, owl])
    assert ids(run, "--name", "night", "--state", "Stopped") == [nightly]
    assert ids(run, "--name", "aily") == [daily]
    assert ids(run, "--state", "Terminated") == []


def test_list_can_be_sorted_and_limited(run: Run, three: list[str]) -> None:
    """`--sort` sorts in ascending or descending order, and `--limit` keeps the first of the sorted sessions."""
    nightly, daily, owl = three
    assert ids(run, "--sort", "name") == [daily, owl, nightly]
    assert ids(run, "--sort", "-name", "--limit", "1") == [nightly]
    assert ids(run, "--sort", "created_at") == three
    assert ids(run, "--sort", "idle_timeout", "--limit", "1") == [owl]
    assert len(ids(run, "--limit", "2")) == 2


def test_sessions_without_the_field_come_last(run: Run, three: list[str]) -> None:
    """Sessions without the field that is sorted by come last, in ascending and in descending order."""
    *_, owl = three
    for order in ("user_service_url", "-user_service_url"):
        assert ids(run, "--sort", order)[0] == owl


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--state", "runing"), "Did you mean 'Running'?"),
        (("--sort", "nam"), "Did you mean 'name'?"),
        (("--sort", "-access_token"), "is not allowed"),
        (("--limit", "0"), "x>=1"),
        (("--watch", "--interval", "0"), "above 0"),
    ],
)
def test_invalid_options_are_refused(run: Run, arguments: tuple[str, ...], part: str) -> None:
    """An unknown state, an unknown or secret field, and a number that is too small are refused with code 2."""
    ended = run("list", "prj_1", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert part in ended.err


def test_watch_writes_what_has_changed(
    run: Run, client: SessionsClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--watch` writes each session once, and again when it has changed; a note says that one is gone."""

    def changes() -> Iterator[None]:
        yield
        client.update_session(session.id, {"idle_timeout": 7})
        yield
        client.delete_session(session.id)
        yield
        raise KeyboardInterrupt

    steps = changes()
    monkeypatch.setattr(polling.time, "sleep", lambda _: next(steps))
    ended = run("list", "prj_1", "--watch", "-o", "json")
    assert ended.code == 130
    first, second = map(json.loads, ended.out.splitlines())
    assert (first["id"], first["idle_timeout"], second["idle_timeout"]) == (session.id, 120, 7)
    note, error = map(json.loads, ended.err.splitlines())
    assert note["note"]["session_id"] == session.id
    assert error["error"]["type"] == "KeyboardInterrupt"


def test_watch_uses_the_filters(run: Run, three: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`--watch` lists what the filters leave."""
    monkeypatch.setattr(polling.time, "sleep", lambda _: raise_(KeyboardInterrupt()))
    assert run("list", "prj_1", "--watch", "--name", "daily", "-o", "name").out == f"{three[1]}\n"
