"""The backend: transactions, dry runs, previous versions, and its end."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from anyscale_sessions_sandbox import ManualClock, Timings, VirtualRuntime
from anyscale_sessions_sandbox.engine import lifecycle
from anyscale_sessions_sandbox.engine.backend import Backend
from anyscale_sessions_sandbox.engine.events import BY_USER, record
from anyscale_sessions_sandbox.engine.transition_rules import TransitionRule, TransitionRules
from anyscale_sessions_sandbox.spec import Document
from anyscale_sessions_sandbox.storage.database import open_memory
from anyscale_sessions_sandbox.storage.ids import Ids
from anyscale_sessions_sandbox.storage.store import SESSIONS, Store

FIELDS = {"name": "a", "project_id": "p", "uses_app_config": True}


@pytest.fixture
def backend() -> Iterator[Backend]:
    """A backend on a manual clock."""
    backend = Backend(Store(open_memory()), ManualClock(), VirtualRuntime(), Timings(), Ids(), TransitionRules())
    yield backend
    backend.close()


def created(backend: Backend) -> Document:
    """A new session."""
    with backend.transaction() as transaction:
        return lifecycle.create(transaction, FIELDS)


def test_a_dry_run_keeps_nothing(backend: Backend) -> None:
    """A dry run sees its own changes, which are rolled back, and uses up no transition rule."""
    rule = backend.transition_rules.add(TransitionRule("Stopped", "StartingUp", after_s=1, times=1))
    with backend.dry_run() as transaction:
        session = lifecycle.create(transaction, FIELDS)
        assert transaction.session(session["id"]) == session
    with backend.transaction() as transaction:
        assert transaction.store.find(SESSIONS, session["id"]) is None
        assert transaction.transition_rules.take(FIELDS, "Stopped") == rule.rule


def test_the_previous_version_of_a_document_can_be_read(backend: Backend) -> None:
    """The previous version of a session is the one before its last change; a new session has none."""
    session = created(backend)
    with backend.previous() as transaction:
        assert transaction.store.find(SESSIONS, session["id"]) is None
    with backend.transaction() as transaction:
        lifecycle.edit(transaction, transaction.session(session["id"]), {"idle_timeout": 5})
    with backend.previous() as transaction:
        assert "idle_timeout" not in transaction.session(session["id"])


def test_a_transaction_that_fails_keeps_nothing(backend: Backend) -> None:
    """A transaction is rolled back if its block raises."""
    ids: list[str] = []

    def fail() -> None:
        with backend.transaction() as transaction:
            ids.append(lifecycle.create(transaction, FIELDS)["id"])
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        fail()
    with backend.transaction() as transaction:
        assert transaction.store.find(SESSIONS, ids[0]) is None


def test_a_closed_backend_can_be_closed_again(backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    """Closing twice does nothing and logs nothing."""
    with caplog.at_level(logging.DEBUG):
        backend.close()
        backend.close()
    assert caplog.messages == []


def test_a_listener_receives_the_sessions_of_each_commit(backend: Backend) -> None:
    """After a commit the listener receives the changed sessions, after a reset None, and after a rollback nothing."""
    changes = list[set[str] | None]()
    backend.watch(changes.append)
    session = created(backend)
    with backend.transaction() as transaction:
        transaction.session(session["id"])
    with backend.dry_run() as transaction:
        lifecycle.edit(transaction, session, {})
    with backend.transaction() as transaction:
        record(transaction, session["id"], "edited", "It was edited.", BY_USER)
    backend.reset()
    assert [change for change in changes if change != set()] == [{session["id"]}, {session["id"]}, None]


def test_what_is_due_next_is_known(backend: Backend) -> None:
    """The next due time is the one of the first timer, and None if there is none that becomes due."""
    assert backend.next_due() is None
    session = created(backend)
    with backend.transaction() as transaction:
        lifecycle.start(transaction, session, {})
    assert backend.next_due() == "2026-01-01T00:00:00.750000+00:00"
