"""Authentication by the token of the sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions_sandbox import serve


@pytest.mark.parametrize(
    "headers", [{}, {"cookie": "other=1"}, {"authorization": "Basic YTpi"}, {"cookie": "cli_token="}]
)
def test_a_request_without_a_token_is_answered_with_401(api: Any, headers: dict[str, str]) -> None:
    """A request without a token is answered with 401, and the error names the cookie."""
    response = api.call("GET", "/sessions/ses_1", headers=headers)
    assert response.status == 401
    assert "cli_token" in response.body["error"]["detail"]


@pytest.mark.parametrize("value", ["wrong", "x" * 10_000, "\u00e9\u00e8", "{token}x", "x{token}", "{token}="])
@pytest.mark.parametrize("form", ["cookie", "bearer"])
def test_a_wrong_token_is_answered_with_403(api: Any, form: str, value: str) -> None:
    """A wrong token is answered with 403, and the error repeats neither token."""
    value = value.format(token=api.sandbox.token)
    name, text = ("cookie", f"cli_token={value}") if form == "cookie" else ("authorization", f"Bearer {value}")
    response = api.call("GET", "/sessions/ses_1", headers={name: text.encode()})
    assert response.status == 403
    assert value not in str(response.body)
    assert api.sandbox.token not in str(response.body)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
def test_the_token_may_come_as_a_bearer(api: Any, scheme: str) -> None:
    """The token may be sent as a bearer token, with the scheme in any case."""
    headers = {"authorization": f"{scheme} {api.sandbox.token}"}
    assert api.call("GET", "/sessions/", headers=headers, params={"project_id": api.project_id}).status == 200


def test_the_cookie_counts_where_both_are_sent(api: Any) -> None:
    """The cookie counts if both are sent, as in upstream's server."""
    headers = {"authorization": f"Bearer {api.sandbox.token}", "cookie": "cli_token=wrong"}
    assert api.call("GET", "/sessions/ses_1", headers=headers).status == 403
    headers = {"authorization": "Bearer wrong", "cookie": f"a=1; cli_token={api.sandbox.token}; b=2"}
    assert api.call("GET", "/sessions/ses_1", headers=headers).status == 404


def test_who_is_not_let_in_learns_nothing_about_the_request(api: Any) -> None:
    """The token is checked before the body and the ids."""
    assert api.call("POST", "/sessions/", {"name": 5}, headers={}).status == 401


def test_each_sandbox_has_a_token_of_its_own_unless_one_is_given(visit: Any) -> None:
    """Each sandbox has its own random token unless one is given."""
    with serve() as one, serve() as other, serve(token="sss_mine_mine_mine") as third:
        assert len({one.token, other.token, third.token}) == 3
        assert len(one.token) >= 43
        assert third.token == "sss_mine_mine_mine"
        assert visit(third).call("GET", "/sessions/x").status == 404
        assert visit(third).call("GET", "/sessions/x", headers={"cookie": f"cli_token={one.token}"}).status == 403


@pytest.mark.parametrize("token", [f"{'a' * 20}{end}" for end in (" ", ";", ",", '"', "\\", "\n", "\u00fc", "\x7f")])
def test_a_token_that_no_cookie_can_carry_is_refused(token: str) -> None:
    """A token with characters that no cookie can carry is refused without repeating it."""
    with pytest.raises(ValueError, match="printable ASCII") as caught, serve(token=token):
        pass
    assert token not in str(caught.value)


@pytest.mark.parametrize("token", ["", "x", "a" * 15])
def test_a_short_token_is_refused(tmp_path: Path, token: str) -> None:
    """A token that could be guessed is refused before a file is created, and one of 16 characters is not."""
    with pytest.raises(ValueError, match="at least 16 characters"), serve(token=token, db=tmp_path / "sandbox.db"):
        pass
    assert list(tmp_path.iterdir()) == []
    with serve(token="a" * 16) as sandbox:
        assert sandbox.token == "a" * 16


def test_every_other_character_can_stand_in_a_token(visit: Any) -> None:
    """Every other printable character works in a token, in the cookie and as a bearer."""
    token = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '",;\\')
    with serve(token=token) as sandbox:
        api = visit(sandbox)
        assert api.call("GET", "/sessions/x").status == 404
        assert api.call("GET", "/sessions/x", headers={"authorization": f"Bearer {token}"}).status == 404


def test_the_token_is_not_shown_by_the_sandbox_object() -> None:
    """Neither repr nor str of a sandbox contains its token."""
    with serve() as sandbox:
        assert sandbox.url in repr(sandbox)
        assert sandbox.token not in f"{sandbox!r}{sandbox}"
