"""Names that the OpenAPI document does not have are refused, in assertions and in faults."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from anyscale_sessions_sandbox import Fault, Sandbox, SandboxError, SeedError, UnknownNameError, create_app, serve
from anyscale_sessions_sandbox.names import Names
from anyscale_sessions_sandbox.remote import RemoteSandbox, SandboxResponseError
from anyscale_sessions_sandbox.spec import Spec


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox without requests."""
    with serve() as served:
        yield served


ASSERTIONS: dict[str, Callable[..., Any]] = {
    "assert_not_called": lambda journal, *args, **conditions: journal.assert_not_called(*args, **conditions),
    "assert_called": lambda journal, *args, **conditions: journal.assert_called(*args, times=0, **conditions),
    "find": lambda journal, *args, **conditions: journal.find(*args, **conditions),
    "count": lambda journal, *args, **conditions: journal.count(*args, **conditions),
}


@pytest.mark.parametrize("ask", ASSERTIONS)
@pytest.mark.parametrize(
    ("operation", "conditions", "message"),
    [
        ("list_session", {}, "there is no operation 'list_session'; did you mean list_sessions?"),
        ("creat_session", {}, "there is no operation 'creat_session'; did you mean create_session?"),
        ("xyz", {}, "there is no operation 'xyz'"),
        (
            "create_session",
            {"body__nmae": "a"},
            "create_session has no body.nmae: unknown name 'nmae'; did you mean name?",
        ),
        (
            "search_sessions",
            {"body__paging__cuont": 1},
            "search_sessions has no body.paging.cuont: unknown name 'cuont'; did you mean count?",
        ),
        ("search_sessions", {"body__state_filter__first": 1}, "search_sessions has no body.state_filter.first"),
        ("create_session", {"body__name__first": 1}, "create_session has no body.name.first: unknown name 'first'"),
        ("get_session", {"body__name": "a"}, "get_session has no body.name: unknown name 'name'"),
        (
            "get_session",
            {"path__sesion_id": "a"},
            "get_session has no path.sesion_id: unknown name 'sesion_id'; did you mean session_id?",
        ),
        ("get_session", {"path__session_id__a": "a"}, "get_session has no path.session_id.a"),
        ("list_sessions", {"query__project": "a"}, "unknown name 'project'; did you mean project_id?"),
        ("get_session", {"response__result__sate": "a"}, "unknown name 'sate'; did you mean state?"),
        ("get_session", {"response__error__details": "a"}, "get_session has no response.error.details"),
        ("get_session", {"status__code": 1}, "get_session has no status.code: unknown name 'code'"),
        ("get_session", {"statsu": 1}, "not 'statsu'; did you mean status?"),
    ],
)
def test_an_unknown_name_is_no_assertion(
    sandbox: Sandbox, ask: str, operation: str, conditions: dict[str, Any], message: str
) -> None:
    """Each assertion and query of the journal refuses a name that the spec does not have, with the nearest one."""
    with pytest.raises(UnknownNameError) as caught:
        ASSERTIONS[ask](sandbox.journal, operation, **conditions)
    assert message in str(caught.value)


def test_without_an_operation_names_of_all_operations_are_known(sandbox: Sandbox) -> None:
    """A condition on all requests may name what any operation has, and nothing else."""
    conditions = {"body__name": "a", "query__project_id": "p", "path__session_id": "s", "response__results__0__id": "i"}
    assert sandbox.journal.find(**conditions) == []
    with pytest.raises(UnknownNameError, match=r"no operation has body\.nmae: unknown name 'nmae'; did you mean name"):
        sandbox.journal.find(body__nmae="a")


@pytest.mark.parametrize(
    ("operation", "conditions"),
    [
        ("create_session", {"body__name": "a", "response__result__id": "b", "status": 200, "method": "POST"}),
        ("create_session", {"response__error__detail": "a", "response__error": {}, "fault": None, "target": "/"}),
        ("create_session", {"response__detail__0__loc__1": "name", "body": {}, "response": {}}),
        ("search_sessions", {"body__name__equals": "a", "body__paging__count": 1, "body__state_filter__0": "Running"}),
        ("list_sessions", {"query__project_id": "p", "response__results__12__name": "a"}),
        ("get_session_operation", {"response__result__result__data__anything": 1}),
    ],
)
def test_names_of_the_spec_are_known(sandbox: Sandbox, operation: str, conditions: dict[str, Any]) -> None:
    """Conditions can name every part of a request and a response, also items of lists and parts of open objects."""
    assert sandbox.journal.find(operation, **conditions) == []


def test_names_follow_the_schemas_of_any_document(document: Any) -> None:
    """Fields are known from references, alternatives, maps and open objects of the document that is served."""
    schemas = document["components"]["schemas"]
    schemas["One"] = {"type": "object", "properties": {"one": {"type": "string"}}}
    schemas["Two"] = {"type": "object", "properties": {"two": {}}}
    schemas["CreateSession"] = {
        "allOf": [{"$ref": "#/components/schemas/One"}],
        "properties": {
            "either": {"oneOf": [{"$ref": "#/components/schemas/One"}, {"$ref": "#/components/schemas/Two"}]},
            "map": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/One"}},
            "open": {"type": "object", "properties": {"a": {}}, "additionalProperties": True},
            "closed": {"type": "object", "additionalProperties": False},
        },
    }
    names = Names(Spec(document))
    for known in ("one", "either__one", "either__two__anything", "map__key__one", "open__b"):
        names.check_condition("create_session", f"body__{known}")
    for unknown in ("two", "either__three", "map__key__two", "closed__a", "one__a"):
        with pytest.raises(UnknownNameError, match="unknown name"):
            names.check_condition("create_session", f"body__{unknown}")


FAULTS = {
    "operation": (
        {"kind": "reset", "operation": "list_session"},
        "no operation 'list_session'; did you mean list_sessions",
    ),
    "field": ({"kind": "unknown_enum", "field": "sate"}, "no field is named 'sate'; did you mean state"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_an_unknown_name_is_no_fault(sandbox: Sandbox, kind: str) -> None:
    """A fault with an unknown operation or field is refused wherever faults are added, and none is added."""
    fields, message = FAULTS[kind]
    with pytest.raises(UnknownNameError, match=message):
        sandbox.faults.add(fields["kind"], **{name: fields[name] for name in fields if name != "kind"})
    with pytest.raises(UnknownNameError, match=message):
        sandbox.faults.add(Fault.from_dict(fields))
    with pytest.raises(UnknownNameError, match=message):
        create_app(faults=[Fault.from_dict(fields)])
    with pytest.raises(SeedError, match=f"faults.0: .*{message}"):
        sandbox.seed({"faults": [fields]})
    remote = RemoteSandbox(sandbox.url, sandbox.token)
    with pytest.raises(SandboxResponseError, match=message):
        remote.add_fault(fields)
    assert sandbox.faults.entries == ()


def test_an_unknown_name_in_the_header_of_a_fault_is_refused(sandbox: Sandbox, visit: Any) -> None:
    """A request that asks for a fault of an unknown operation is answered with 400."""
    headers = {"cookie": f"cli_token={sandbox.token}", "x-sandbox-fault": "reset; operation=list_session"}
    response = visit(sandbox).call("GET", "/sessions/x", headers=headers)
    assert response.status == 400
    assert "did you mean list_sessions?" in response.body["error"]["detail"]


def test_known_names_are_faults(sandbox: Sandbox) -> None:
    """A fault may name an operation and a field of the spec, and any new field."""
    sandbox.faults.add("unknown_enum", field="state", operation="get_session")
    sandbox.faults.add("extra_field", field="anything", operation="get_session")
    sandbox.faults.clear()


def test_the_control_api_refuses_an_unknown_operation(sandbox: Sandbox) -> None:
    """The journal of an unknown operation is refused over HTTP too, and not returned as empty."""
    remote = RemoteSandbox(sandbox.url, sandbox.token)
    with pytest.raises(SandboxResponseError, match="did you mean list_sessions") as caught:
        remote.journal(operation="list_session")
    assert caught.value.status == 422
    assert remote.journal(operation="list_sessions") == []


def test_the_error_is_of_the_expected_kinds() -> None:
    """The error can be caught as an error of the sandbox, as a TypeError and as a ValueError, and be pickled."""
    error = pickle.loads(pickle.dumps(UnknownNameError("there is no operation 'a'")))
    assert isinstance(error, SandboxError)
    assert isinstance(error, TypeError)
    assert isinstance(error, ValueError)
    assert str(error) == "there is no operation 'a'"
