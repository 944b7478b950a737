"""Fingerprints of create requests, and tokens that were used."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from anyscale_sessions import (
    Session,
)
from anyscale_sessions._fingerprint import CreateFingerprint, UsedTokens, digest_of
from anyscale_sessions._utils.locks import ProcessLock

from ._sansio.conftest import PRIVATE, public


def test_tokens_are_known_by_their_digest() -> None:
    """A token is remembered by its SHA-256, up to a maximum number of tokens."""
    assert digest_of("token") == hashlib.sha256(b"token").hexdigest()
    assert len(digest_of("\ud800")) == 64
    tokens = UsedTokens(ProcessLock())
    assert tokens.is_unique("a")
    tokens.add("a")
    assert tokens.is_unique("a")
    tokens.add("a")
    assert not tokens.is_unique("a")
    for number in range(10_000):
        tokens.add(str(number))
    assert tokens.is_unique("a")
    assert len(tokens._uses) == 10_000
    tokens.add("0")
    assert not tokens.is_unique("0")


def test_fingerprint_holds_no_token() -> None:
    """A fingerprint holds the digest of a token and not the token."""
    body = public()
    fingerprint = CreateFingerprint.of(body, datetime(2026, 1, 1, tzinfo=UTC), is_name_enough=False)
    assert body.user_service_token is not None
    assert body.user_service_token not in repr(fingerprint)
    with pytest.raises(AttributeError):
        fingerprint.name = "other"  # type: ignore[misc]
    assert fingerprint.token_digest == digest_of(body.user_service_token)


BEGAN = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "certain", "perhaps"),
    [
        ({}, {"token", "name"}, {"token", "name", "neither"}),
        ({"created_at": "2026-01-01T00:00:58Z"}, {"token", "name"}, set()),
        ({"created_at": "2026-01-01T00:00:57.9Z"}, {"name"}, set()),
        ({"created_at": None}, {"token", "name"}, {"token", "name", "neither"}),
        ({"project_id": None}, {"token", "name"}, {"token", "name", "neither"}),
        ({"project_id": "prj_2"}, {"token"}, set()),
        ({"name": "other"}, {"token"}, set()),
        ({"name": None}, {"token"}, set()),
        ({"name": " NIGHTLY "}, {"token", "name"}, {"token", "name", "neither"}),
        ({"user_service_token": None}, {"name"}, {"token", "name", "neither"}),
        ({"user_service_token": "other"}, {"name"}, {"name", "neither"}),
    ],
)
@pytest.mark.parametrize("known", ["token", "name", "neither"])
def test_fingerprint_matches_its_session(
    known: str, fields: dict[str, Any], certain: set[str], perhaps: set[str]
) -> None:
    """A fingerprint matches certainly only by a recent session's token or a name that is enough; names are folded."""
    body = public()
    made = {"id": "ses_1", "created_at": "2026-01-01T00:01:00Z", **body.to_dict(), **fields}
    session = Session.from_dict(made)
    fingerprint = CreateFingerprint.of(body if known == "token" else PRIVATE, BEGAN, is_name_enough=known == "name")
    assert fingerprint.matches(session, BEGAN, UsedTokens(ProcessLock())) is (known in certain)
    assert fingerprint.may_match(session, BEGAN) is (known in perhaps)


@pytest.mark.parametrize(("behind_s", "moved_s"), [(None, 0), (5, 0), (0, 0), (-2, 0), (-2.5, -2.5), (-3600, -3600)])
def test_clock_of_a_server_that_is_behind(behind_s: float | None, moved_s: float) -> None:
    """The start of a request is earlier by the clock of a server that is behind by more than 2 s."""
    now = BEGAN + timedelta(seconds=30)
    server_now = None if behind_s is None else now + timedelta(seconds=behind_s)
    began = CreateFingerprint.of(PRIVATE, BEGAN, is_name_enough=False).since_by_server(server_now, now)
    assert began == BEGAN + timedelta(seconds=moved_s)
