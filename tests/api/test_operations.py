"""Operations are pure data, and both method classes have one documented method for each of them."""

from __future__ import annotations

import asyncio
import copy
import inspect
import re
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, ClassVar

import attrs
import pytest

from anyscale_sessions_api import client, models
from anyscale_sessions_api.client import OPERATION_IDS, AsyncApi, SyncApi
from anyscale_sessions_api.models import (
    CreateSession,
    CreateSessionCommand,
    LogLevelTypes,
    SessionEventTypes,
    StartSessionOptions,
)
from anyscale_sessions_api.pages import AsyncPage, Page
from anyscale_sessions_api.types import Operation

METHODS = ("get", "put", "post", "delete")
ARGUMENTS: dict[str, dict[str, Any]] = {
    "create_session": {"body": CreateSession(name="n", project_id="p")},
    "create_session_command": {"body": CreateSessionCommand(session_id="s", shell_command="c")},
}


def operations_of(spec: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Method, path and node of every operation, by its id; the parameters are resolved."""

    def resolved(node: dict[str, Any]) -> dict[str, Any]:
        target: Any = spec
        for step in node["$ref"].removeprefix("#/").split("/") if "$ref" in node else []:
            target = target[step]
        return target if "$ref" in node else node

    return {
        node["operationId"]: (
            method.upper(),
            path,
            {**node, "parameters": [resolved(p) for p in [*item.get("parameters", []), *node.get("parameters", [])]]},
        )
        for path, item in spec["paths"].items()
        for method, node in item.items()
        if method in METHODS
    }


class Recorder(SyncApi):
    """A client that sends nothing and remembers what it was asked to send."""

    asked: ClassVar[list[tuple[str, Operation[Any]]]] = []

    def _send(self, operation: Operation[Any]) -> Any:
        self.asked.append(("_send", operation))

    def _send_page(self, operation: Operation[Any]) -> Any:
        self.asked.append(("_send_page", operation))


class AsyncRecorder(AsyncApi):
    """The same, asynchronously."""

    async def _send(self, operation: Operation[Any]) -> Any:
        Recorder.asked.append(("_send", operation))

    async def _send_page(self, operation: Operation[Any]) -> Any:
        Recorder.asked.append(("_send_page", operation))


def a_body(annotation: str) -> Any:
    """An instance of the model in an annotation, with a text for each field that must be given."""
    (name,) = re.findall(r"models\.(\w+)", annotation)
    fields = attrs.fields(getattr(models, name))
    return getattr(models, name)(**{field.name: "a-text" for field in fields if field.default is attrs.NOTHING})


def sent_by(api: SyncApi | AsyncApi, name: str, **given: Any) -> tuple[str, Operation[Any]]:
    """What a method sends, when called with a text for whatever must be given and is not."""
    method = getattr(api, name)
    needed = {
        argument: a_body(str(declared.annotation)) if argument == "body" else "a-text"
        for argument, declared in inspect.signature(method).parameters.items()
        if declared.default is inspect.Parameter.empty
    }
    outcome = method(**{**needed, **ARGUMENTS.get(name, {}), **given})
    if inspect.isawaitable(outcome):

        async def wait() -> Any:
            return await outcome

        asyncio.run(wait())
    return Recorder.asked.pop()


of_every_operation = pytest.mark.parametrize("name", OPERATION_IDS)


def test_every_operation_is_a_method_of_both(spec: dict[str, Any]) -> None:
    """The operations of the spec are the methods of both classes, and there are no others."""
    declared = set(operations_of(spec))
    assert set(OPERATION_IDS) == declared
    assert len(OPERATION_IDS) == len(declared) >= 15
    for api in (SyncApi, AsyncApi):
        public = {name for name, _ in inspect.getmembers(api, inspect.isfunction) if not name.startswith("_")}
        assert public == declared


@of_every_operation
def test_methods_are_documented_from_the_spec(spec: dict[str, Any], name: str) -> None:
    """Both methods say what the spec says of the operation and of each parameter; so does the function."""
    _, _, node = operations_of(spec)[name]
    tag = node["tags"][0]
    function = getattr(import_module(f"anyscale_sessions_api.api.{tag}.{name}"), name)
    for documented in (getattr(SyncApi, name), getattr(AsyncApi, name), function):
        words = " ".join((documented.__doc__ or "").split())
        assert words.startswith(f"{node['summary']}.")
        assert " ".join(node["description"].split()) in words
        for parameter in node["parameters"]:
            assert f"{parameter['name']}: {parameter['description']}" in words


@of_every_operation
@pytest.mark.parametrize("api", [Recorder(), AsyncRecorder()], ids=["sync", "async"])
def test_method_sends_what_the_spec_says(spec: dict[str, Any], api: Any, name: str) -> None:
    """A method sends its operation: method, path, parameters, body and response are the spec's."""
    method, path, node = operations_of(spec)[name]
    how, operation = sent_by(api, name)
    assert (operation.id, operation.method, operation.path) == (name, method, path)
    assert set(operation.path_values) == set(re.findall(r"{(\w+)}", path))
    required = {p["name"] for p in node["parameters"] if p["in"] == "query" and p.get("required")}
    assert set(operation.query) == required
    parameters = {p["name"] for p in node["parameters"]} | ({"body"} if "requestBody" in node else set())
    assert set(operation.types) == parameters
    if "requestBody" in node:
        sent = node["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert type(operation.body) is operation.types["body"] is getattr(models, sent)
    else:
        assert operation.body is None
    (response,) = (response for status, response in node["responses"].items() if status.startswith("2"))
    if "content" in response:
        model = response["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert operation.response is getattr(models, model)
        assert operation.envelope == ("results" if "List" in model else "result")
    else:
        assert operation.response is operation.envelope is None
    assert how == ("_send_page" if operation.envelope == "results" else "_send")


def test_what_is_not_given_is_not_in_the_query() -> None:
    """Query parameters that are None are left out; the others stay as they were given."""
    at = datetime(2026, 1, 31, tzinfo=UTC)
    given: dict[str, Any] = {
        "session_id": "ses_1",
        "before": at,
        "event_types": [SessionEventTypes.RUNNING],
        "log_level_types": [LogLevelTypes.ERROR],
        "count": 0,
    }
    _, operation = sent_by(Recorder(), "get_session_event_log", **given, after=None, paging_token=None)
    assert operation.query == given


def test_body_that_needs_nothing_may_be_left_out() -> None:
    """An operation whose body has only optional fields is sent with all defaults where none is given."""
    _, operation = sent_by(Recorder(), "start_session")
    assert operation.body == StartSessionOptions()
    chosen = StartSessionOptions(build_id="b")
    assert sent_by(Recorder(), "start_session", body=chosen)[1].body is chosen


@of_every_operation
def test_operations_are_values(name: str) -> None:
    """An operation compares and copies by what it holds, and cannot be changed."""
    _, operation = sent_by(Recorder(), name)
    for again in (sent_by(Recorder(), name)[1], copy.copy(operation)):
        assert again == operation
    with pytest.raises(AttributeError):
        operation.method = "TRACE"  # type: ignore[misc]


def test_repr_of_an_operation_shows_no_secret() -> None:
    """The body of an operation shows as models do."""
    body = CreateSession(name="n", project_id="p", user_service_token="hidden", cluster_config="hidden")
    assert "hidden" not in repr(sent_by(Recorder(), "create_session", body=body)[1])


@pytest.mark.parametrize("api", [SyncApi, AsyncApi])
def test_sending_is_left_to_subclasses(api: Any) -> None:
    """The method classes cannot send by themselves."""
    with pytest.raises(TypeError, match="abstract"):
        api()


def test_signatures_say_what_is_taken_and_returned() -> None:
    """A signature has ids, the body, optional query parameters by keyword, and the type of the result."""

    def signature(name: str) -> str:
        return str(inspect.signature(getattr(SyncApi, name)))

    assert signature("get_session") == "(self, session_id: 'str') -> 'models.Session'"
    assert signature("delete_session") == "(self, session_id: 'str') -> 'None'"
    assert signature("start_session") == (
        "(self, session_id: 'str', body: 'models.StartSessionOptions | Mapping[str, Any] | None' = None)"
        " -> 'models.SessionOperation'"
    )
    assert signature("list_sessions").startswith("(self, project_id: 'str', *, ")
    assert "paging_token: 'str | None' = None, count: 'int | None' = None" in signature("list_sessions")
    assert signature("list_sessions").endswith(") -> 'Page[models.Session]'")
    for name in OPERATION_IDS:
        asynchronous = str(inspect.signature(getattr(AsyncApi, name)))
        assert asynchronous == signature(name).replace("'Page[", "'AsyncPager[")
        is_list = "Page[" in signature(name)
        assert inspect.iscoroutinefunction(getattr(AsyncApi, name)) is not is_list


@pytest.mark.parametrize("kind", [Page, AsyncPage])
def test_pages_hold_what_they_are_given(kind: Callable[..., Any]) -> None:
    """A page holds its items and metadata; how the next one is fetched is left to subclasses."""
    with pytest.raises(TypeError, match="abstract"):
        kind([], None)
    names = {name: lambda _: None for name in kind.__abstractmethods__}  # type: ignore[attr-defined]
    page = type("Fetched", (kind,), names)([1], models.ListResponseMetadata(total=1))  # type: ignore[arg-type]
    assert (page.results, page.metadata) == ([1], models.ListResponseMetadata(total=1))


def test_client_module_names_its_operations() -> None:
    """`OPERATION_IDS` is an attribute of the client module."""
    assert client.OPERATION_IDS is OPERATION_IDS
