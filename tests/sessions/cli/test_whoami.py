"""Tests for `cli/whoami.py`: is the token accepted, and by which host."""

from __future__ import annotations

import os

import pytest

from .conftest import Run, answering, response_of


def test_accepted_token(run: Run) -> None:
    """A token that the server accepts is reported with the host and where the token comes from."""
    host = os.environ["ANYSCALE_HOST"]
    assert run("whoami").out == f"{host} accepts the token from ANYSCALE_CLI_TOKEN.\n"
    expected = {"host": host, "token_source": "ANYSCALE_CLI_TOKEN", "accepted": True}
    assert run("whoami", "-o", "json").result == expected


def test_refused_token(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that the server refuses ends with code 3, and the message names `login` or `whoami`."""
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", "sss_wrong")
    ended = run("whoami", "-o", "json")
    assert (ended.code, ended.error["status"]) == (3, 403)
    assert "sss_wrong" not in ended.err


@pytest.mark.usefixtures("token_for_any_host")
@pytest.mark.parametrize(("status", "code"), [("401 Unauthorized", 3), ("400 Bad Request", 3), ("200 OK", 4)])
def test_other_responses_are_reported_as_they_are(run: Run, status: str, code: int) -> None:
    """A response that is neither an acceptance nor a refusal is reported as what it is."""
    with answering(response_of(b"<html>", status, "text/html")) as host:
        ended = run("whoami", "--host", host)
    assert (ended.code, ended.out) == (code, "")
    assert ("anyscale-sessions login" in ended.err) == ("401" in status)


def test_token_of_the_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token in the credentials file is reported as such, and a missing token ends with code 2 and the remedy."""
    monkeypatch.delenv("ANYSCALE_CLI_TOKEN")
    ended = run("whoami")
    assert (ended.code, ended.out) == (2, "")
    assert "run `anyscale-sessions login`, or set ANYSCALE_CLI_TOKEN" in ended.err
