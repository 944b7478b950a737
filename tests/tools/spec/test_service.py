"""tools/spec/service.py: where the API is served and how requests authenticate comes from the spec, or is refused."""

from __future__ import annotations

from typing import Any

import pytest

from spec.service import envelope_of, is_public, operation_security_problems, service_of, service_problems

SCHEMES = {
    "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "bearer": {"type": "http", "scheme": "Bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "oauth": {"type": "oauth2", "flows": {}},
}


def secured(*requirements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A spec with these ways to authenticate."""
    return {"security": list(requirements), "components": {"securitySchemes": SCHEMES}, **more}


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        ([{"cookie": []}], ("cookie", "session", "")),
        ([{"header": []}], ("header", "x-api-key", "")),
        ([{"bearer": []}], ("header", "authorization", "Bearer ")),
        ([{"oauth": []}, {"bearer": []}], ("header", "authorization", "Bearer ")),
        ([{}, {"bearer": []}], ("header", "authorization", "Bearer ")),
        ([], ("", "", "")),
    ],
)
def test_the_first_way_to_authenticate_that_the_client_has_is_used(
    requirements: list[dict[str, Any]], expected: tuple[str, str, str]
) -> None:
    """A key in a cookie or a header and a bearer token are sent; a spec without security gets none."""
    spec = secured(*requirements)
    assert list(service_problems(spec)) == []
    assert service_of(spec)[2:] == expected


@pytest.mark.parametrize(
    ("requirements", "line"),
    [
        ([{"query": []}], "security: the client cannot authenticate with query: declare an apiKey in a cookie"),
        ([{"basic": []}], "security: the client cannot authenticate with basic"),
        ([{"oauth": []}], "security: the client cannot authenticate with oauth"),
        ([{"bearer": [], "header": []}], "security: the client cannot authenticate with bearer and header"),
        ([{"nowhere": []}], "security: nowhere is none of components.securitySchemes"),
    ],
)
def test_another_way_to_authenticate_is_refused(requirements: list[dict[str, Any]], line: str) -> None:
    """A way to authenticate that the client does not have is refused in one line."""
    (problem,) = service_problems(secured(*requirements))
    assert problem.startswith(line)


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        ([{"url": "https://a.test/v1/"}, {"url": "https://b.test"}], ("https://a.test", "/v1")),
        ([{"url": "https://{r}.a.test", "variables": {"r": {"default": "eu"}}}], ("https://eu.a.test", "")),
        ([{"url": "/api"}], ("", "/api")),
        ([], ("", "")),
    ],
)
def test_the_first_server_counts(servers: list[dict[str, Any]], expected: tuple[str, str]) -> None:
    """Host and base path are those of the first server, with its defaults for variables."""
    spec = {"servers": servers}
    assert list(service_problems(spec)) == []
    assert service_of(spec)[:2] == expected


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("https://{r}.a.test", "servers[0].url: https://{r}.a.test has a variable without a default"),
        ("ftp://a.test", "servers[0].url: ftp://a.test must be an http or https URL"),
        ("https://a.test?x=1", "servers[0].url: https://a.test?x=1 must be an http or https URL without a query"),
        ("api", "servers[0].url: api must be a whole URL"),
    ],
)
def test_a_server_without_an_address_is_refused(url: str, line: str) -> None:
    """A URL that no request can be sent to is refused in one line."""
    (problem,) = service_problems({"servers": [{"url": url}]})
    assert problem.startswith(line)


@pytest.mark.parametrize(
    ("declared", "line"),
    [
        ([], "x-envelope: a mapping is needed"),
        ({"reslut": "a"}, "x-envelope.reslut: unknown key: use result, items"),
        ({"result": "a b"}, "x-envelope.result: the name of a field is needed"),
    ],
)
def test_an_envelope_of_another_form_is_refused(declared: Any, line: str) -> None:
    """The names of an envelope are checked."""
    (problem,) = service_problems({"x-envelope": declared})
    assert problem.startswith(line)


def test_a_spec_can_have_no_envelope() -> None:
    """The names of the envelope are those of the spec. One that names none has no envelope."""
    assert set(envelope_of({"x-envelope": {}}).values()) == set(envelope_of({}).values()) == {""}
    assert envelope_of({"x-envelope": {"result": "data"}})["result"] == "data"


@pytest.mark.parametrize("declared", ["id", {"id": True}, [1], None])
def test_indispensable_fields_are_a_list_of_names(declared: Any) -> None:
    """Anything but a list of names is refused in one line."""
    (problem,) = service_problems({"x-indispensable": declared})
    assert problem == "x-indispensable: a list of the names of fields is needed"


def test_an_operation_has_the_security_of_the_document_or_none() -> None:
    """An operation may leave authentication out; another way to authenticate is refused."""
    spec = secured({"bearer": []})
    assert list(operation_security_problems(spec, "here", {})) == []
    assert list(operation_security_problems(spec, "here", {"security": []})) == []
    assert list(operation_security_problems(spec, "here", {"security": [{"bearer": []}]})) == []
    (problem,) = operation_security_problems(spec, "here", {"security": [{"cookie": []}]})
    assert problem.startswith("here.security: a client has one way to authenticate")
    assert (is_public({}), is_public({"security": []}), is_public({"security": [{"bearer": []}]})) == (
        False,
        True,
        False,
    )
