"""Request bodies: strict JSON, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import body_of


def send(api: Any, content: bytes, content_type: str | None = "application/json") -> Any:
    """Send bytes as the body of a create request."""
    headers = {"cookie": f"cli_token={api.sandbox.token}"}
    if content_type is not None:
        headers["content-type"] = content_type
    return api.problems("POST", "/sessions/", content=content, headers=headers)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", ("body.1", "value_error.jsondecode")),
        (b'{"name": "\x01"}', ("body.10", "value_error.jsondecode")),
        (b'{"name": "\xff"}', ("body", "value_error.jsondecode")),
        (b'{"name": "a", "name": "b"}', ("body", "value_error.duplicate_key")),
        (b'{"idle_timeout": NaN}', ("body", "value_error.jsondecode")),
        (b'{"idle_timeout": -Infinity}', ("body", "value_error.jsondecode")),
        (b'{"idle_timeout": 1e999}', ("body", "value_error.jsondecode")),
        (b'{"idle_timeout": ' + b"9" * 5000 + b"}", ("body", "value_error.jsondecode")),
        (b"[" * 100_000, ("body", "value_error.jsondecode")),
        (b'{"name": ' + b"[" * 400 + b"]" * 400 + b"}", ("body", "value_error.depth")),
        (b'{"name": "\\ud800"}', ("body", "value_error.unicode")),
        (b'{"\\udfff": 1}', ("body", "value_error.unicode")),
        (b'{"uses_app_config": true, "cluster_config": "\\ud800"}', ("body", "value_error.unicode")),
        (b"[]", ("body", "type_error.dict")),
        (b"null", ("body", "type_error.dict")),
        (b"", ("body", "value_error.missing")),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(api: Any, content: bytes, expected: tuple[str, str]) -> None:
    """A body that is not a JSON object is refused with the place and the type of the problem."""
    assert send(api, content) == [expected]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff", "the body is not UTF-8"),
        (b"[" * 100_000, "the body is nested too deeply"),
        (b"9" * 5000, "a number in the body has too many digits"),
        (b"1e999", "a number in the body is too large for a float"),
        (b"[NaN]", "NaN is not valid JSON"),
        (b'{"a": 1, "a": 2}', "an object in the body has a duplicate key"),
        (b"", "field required"),
    ],
)
def test_what_is_wrong_with_a_body_is_said_in_words(api: Any, content: bytes, said: str) -> None:
    """The message of an invalid body says what is wrong in words."""
    headers = {"cookie": f"cli_token={api.sandbox.token}", "content-type": "application/json"}
    response = api.call("POST", "/sessions/", content=content, headers=headers)
    assert [problem["msg"] for problem in response.body["detail"]] == [said]
    response = api.call(
        "POST", "/sessions/", content=content or b"{}", headers=headers | {"content-type": "text/plain"}
    )
    assert [problem["msg"] for problem in response.body["detail"]] == ["content type must be application/json"]


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_of_another_content_type_is_refused(api: Any, content_type: str | None) -> None:
    """A body with another content type is refused even if it is valid JSON."""
    content = json.dumps(body_of(api)).encode()
    assert send(api, content, content_type) == [("body", "value_error.content_type")]


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"]
)
def test_the_content_type_is_read_as_http_has_it(api: Any, content_type: str) -> None:
    """The content type is accepted in any case and with parameters."""
    headers = {"cookie": f"cli_token={api.sandbox.token}", "content-type": content_type}
    content = json.dumps(body_of(api)).encode()
    assert api.call("POST", "/sessions/", content=content, headers=headers).status == 200


def test_a_whole_number_may_be_written_as_a_float(api: Any) -> None:
    """The number 120.0 is accepted as the integer 120."""
    content = json.dumps(body_of(api)).replace('"b"', '"b", "idle_timeout": 12e1').encode()
    headers = {"cookie": f"cli_token={api.sandbox.token}", "content-type": "application/json"}
    session = api.result("POST", "/sessions/", content=content, headers=headers)
    assert repr(session["idle_timeout"]) == "120"
