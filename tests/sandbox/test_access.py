"""Who is let in, and what every reply carries."""

from __future__ import annotations

import json
import uuid
from importlib.resources import files

import httpx
import pytest

from anyscale_sessions_sandbox import Sandbox

from .conftest import Api

SPEC = json.loads(files("anyscale_sessions_api").joinpath("openapi.json").read_text(encoding="utf-8"))
OPERATIONS = [
    (method.upper(), path, operation)
    for path, item in SPEC["paths"].items()
    for method, operation in item.items()
    if "operationId" in operation
]


def ask(sandbox: Sandbox, path: str = "/v0/sessions/ses_1", **headers: str) -> httpx.Response:
    """The reply to a GET with these headers."""
    return httpx.get(sandbox.url + path, headers=headers, trust_env=False)


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in OPERATIONS])
def test_no_operation_is_done_without_a_token(served: Sandbox, method: str, path: str) -> None:
    """Every operation of the spec is there, and answers 401 to whoever sends no token, whatever else is wrong."""
    response = httpx.request(method, f"{served.url}/v0{path}", trust_env=False)
    assert response.status_code == 401
    assert "cli_token" in response.json()["error"]["detail"]


@pytest.mark.parametrize("token", ["", "wrong", "{token}x", "x{token}", "Ã¼"])
def test_a_wrong_token_is_forbidden(served: Sandbox, token: str) -> None:
    """A token that is not the sandbox's is answered with 403, in the cookie or as a bearer; none at all with 401."""
    token = token.format(token=served.token)
    expected = 403 if token else 401
    with httpx.Client(trust_env=False) as http:
        for headers in ({"Cookie": f"cli_token={token}"}, {"Authorization": f"Bearer {token}"}):
            raw = {name: value.encode("latin-1") for name, value in headers.items()}
            response = http.get(f"{served.url}/v0/sessions/ses_1", headers=raw)
            assert response.status_code == expected
            assert served.token not in response.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_token_is_taken_as_a_bearer(served: Sandbox, scheme: str) -> None:
    """A bearer is let in, with the scheme's name in any case."""
    assert ask(served, Authorization=f"{scheme} {served.token}").status_code == 404


def test_the_token_is_taken_in_the_cookie(served: Sandbox) -> None:
    """The cookie lets in, and counts where a bearer came as well."""
    assert ask(served, Cookie=f"cli_token={served.token}").status_code == 404
    assert ask(served, Cookie=f"cli_token={served.token}", Authorization="Bearer wrong").status_code == 404
    assert ask(served, Cookie="cli_token=wrong", Authorization=f"Bearer {served.token}").status_code == 403


def test_another_scheme_is_no_token(served: Sandbox) -> None:
    """Basic authentication does not count as a token."""
    assert ask(served, Authorization=f"Basic {served.token}").status_code == 401


def test_every_reply_has_an_id_of_its_own(served: Sandbox, api: Api) -> None:
    """Replies of every kind carry an X-Request-ID, and no two the same."""
    replies = [
        ask(served),
        ask(served, "/nowhere"),
        api.http.post("/sessions/", json={}),
        api.http.patch("/sessions/"),
        api.http.get("/sessions/", params={"project_id": "prj_1"}),
    ]
    assert [reply.status_code for reply in replies] == [401, 404, 422, 405, 200]
    assert len({uuid.UUID(reply.headers["X-Request-ID"]) for reply in replies}) == len(replies)


def test_what_the_spec_does_not_have_is_not_found(api: Api, served: Sandbox) -> None:
    """Paths and methods outside the spec are 404 and 405, in the usual envelope; a missing slash leads nowhere."""
    assert api.refusal("GET", "/nowhere") == (404, "Not Found.")
    assert api.refusal("PATCH", "/sessions/") == (405, "Method Not Allowed.")
    assert api.http.patch("/sessions/").headers["Allow"]
    assert api.http.get("/sessions").status_code in {404, 405}
    assert ask(served, "/sessions/ses_1").status_code == 404


def test_head_is_answered_like_get_without_a_body(api: Api) -> None:
    """HEAD gives the status and the headers of GET."""
    response = api.http.head("/sessions/", params={"project_id": "prj_1"})
    assert (response.status_code, response.content) == (200, b"")
