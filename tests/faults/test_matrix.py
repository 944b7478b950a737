"""Every fault with every operation of both clients: a value or an error of ours, in time, once, without a secret."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pytest

from anyscale_sessions import (
    AsyncSessionsClient,
    CreateSession,
    CreateSessionCommand,
    SessionsClient,
    SessionsError,
    SessionsQuery,
    StartSessionOptions,
    TerminateSessionOptions,
    UpdateSession,
)
from anyscale_sessions_api import models
from anyscale_sessions_api.client import OPERATION_IDS
from spec.examples import arguments_of

from .conftest import hurrying_clock, open_sockets, shown, sockets_left
from .faults import FAULTS, IS_NIGHTLY, MEBIBYTE, Fault
from .server import FaultServer

TOKEN = "sss_canary-of-the-matrix"
USER_SERVICE_TOKEN = "Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LWNhbmE"
CLUSTER_CONFIG = "canary: {aws_secret_access_key: canary}"
SECRETS = (TOKEN, USER_SERVICE_TOKEN, CLUSTER_CONFIG)
TIMEOUT_S, DEADLINE_S, GRACE_S = 0.15, 0.3, 1.0
MAX_ATTEMPTS = 2
PARTS = {"httpcore": 12, "aiohttp": 6}  # so that none takes long, on a busy machine either
METHODS = ("GET", "POST", "PUT", "DELETE")

BODY = CreateSession(
    name="nightly",
    project_id="prj_1",
    uses_app_config=True,
    build_id="bld_1",
    compute_template_id="cpt_1",
    cluster_config=CLUSTER_CONFIG,
    user_service_access="public",
    user_service_token=USER_SERVICE_TOKEN,
)


class Case(NamedTuple):
    """An operation: its arguments, and how its request begins where it may be sent only once."""

    arguments: tuple[Any, ...]
    once: str = ""


CASES: dict[str, Case] = {
    "create_session": Case((BODY,), "POST /v0/sessions/ "),
    "start_session": Case(("ses_1", StartSessionOptions()), "POST /v0/sessions/ses_1/start "),
    "terminate_session": Case(("ses_1", TerminateSessionOptions()), "POST /v0/sessions/ses_1/terminate "),
    "create_session_command": Case(
        (CreateSessionCommand(session_id="ses_1", shell_command="true"),), "POST /v0/session_commands/ "
    ),
    "kill_session_command": Case(("scd_1",), "POST /v0/session_commands/scd_1/kill "),
    "list_sessions": Case(("prj_1",)),
    "get_session": Case(("ses_1",)),
    "update_session": Case(("ses_1", UpdateSession(idle_timeout=5, cluster_config=CLUSTER_CONFIG))),
    "delete_session": Case(("ses_1",)),
    "search_sessions": Case(("prj_1", SessionsQuery())),
    "get_session_for_job": Case(("job_1",)),
    "get_session_operation": Case(("sop_1",)),
    "list_session_commands": Case(("ses_1",)),
    "get_session_command": Case(("scd_1",)),
    "get_session_event_log": Case(("ses_1",)),
}

# An operation that is new in the spec is called with the examples of the spec.
SPEC: Any = json.loads((files("anyscale_sessions_api") / "openapi.json").read_text("utf-8"))
CASES |= {name: Case(arguments_of(SPEC, name, models)) for name in OPERATION_IDS if name not in CASES}

# What differs between operations does not depend on what sends them, but for a body and whether they may be repeated.
OPERATIONS = {
    "httpcore": tuple(CASES),
    "aiohttp": tuple(CASES) if IS_NIGHTLY else ("create_session", "kill_session_command", "get_session"),
}

Make: TypeAlias = Callable[[FaultServer], Any]
Run: TypeAlias = Callable[[Make, dict[str, FaultServer]], list["Ended"]]


class Ended(NamedTuple):
    """How a call ended."""

    operation: str
    seconds: float
    result: Any
    error: BaseException | None
    requests: int


def make(kind: type[Any], transport: str, fault: Fault, ca_file: Path, server: FaultServer) -> Any:
    """A client that hurries."""
    client = kind(
        TOKEN,
        host=server.url.replace("http:", "https:") if fault.is_https else server.url,
        timeout=TIMEOUT_S,
        connect_timeout=TIMEOUT_S,
        deadline=DEADLINE_S,
        max_attempts=MAX_ATTEMPTS,
        max_response_bytes=MEBIBYTE,
        ca_file=str(ca_file),
        trust_env=False,
        transport=transport,
    )
    client.clock = hurrying_clock()
    return client


def in_threads(make_one: Make, servers: dict[str, FaultServer]) -> list[Ended]:
    """Every operation with a server at once, each in a thread and by a client of its own."""

    def call(operation: str) -> Ended:
        server, case = servers[operation], CASES[operation]
        result, error = None, None
        with make_one(server) as client:
            began = time.monotonic()
            try:
                result = getattr(client, operation)(*case.arguments)
            except Exception as caught:  # noqa: BLE001 - which one it is, is what the test looks at
                error = caught
            seconds = time.monotonic() - began
        return Ended(operation, seconds, result, error, server.asked(case.once))

    with ThreadPoolExecutor(len(servers)) as pool:
        return list(pool.map(call, servers))


def in_tasks(make_one: Make, servers: dict[str, FaultServer]) -> list[Ended]:
    """Every operation with a server at once, each in a task and by a client of its own."""

    async def call(operation: str) -> Ended:
        server, case = servers[operation], CASES[operation]
        result, error = None, None
        async with make_one(server) as client:
            began = time.monotonic()
            try:
                result = await getattr(client, operation)(*case.arguments)
            except Exception as caught:  # noqa: BLE001 - as above
                error = caught
            seconds = time.monotonic() - began
        return Ended(operation, seconds, result, error, server.asked(case.once))

    async def all_of_them() -> list[Ended]:
        return await asyncio.gather(*map(call, servers))

    return asyncio.run(all_of_them())


def complaints(fault: Fault, ended: Ended) -> Iterator[str]:
    """What is wrong with how a call ended."""
    error = ended.error
    while error is not None:
        is_of_system = isinstance(error, OSError) and error is not ended.error and error.__traceback__ is None
        if not isinstance(error, SessionsError) and not is_of_system:
            yield f"{type(error).__name__} is none of our errors"
        error = error.__cause__ or error.__context__
    if any(secret in text for secret in SECRETS for text in shown(ended.error)):
        yield "shows a secret"
    if ended.seconds > DEADLINE_S + GRACE_S:
        yield f"took {ended.seconds:.2f} s"
    if CASES[ended.operation].once and ended.requests > (MAX_ATTEMPTS if fault.is_retryable else 1):
        yield f"was sent {ended.requests} times"


RUNS: tuple[tuple[str, type[Any], Run, str], ...] = (
    ("sync", SessionsClient, in_threads, "httpcore"),
    ("async", AsyncSessionsClient, in_tasks, "httpcore"),
    ("async", AsyncSessionsClient, in_tasks, "aiohttp"),
)


def test_every_operation_is_in_the_matrix() -> None:
    """A new operation of the spec belongs here."""
    assert CASES.keys() == set(OPERATION_IDS)


def ended_calls(
    run: Run, make_one: Make, operations: Sequence[str], fault: Fault, tls: ssl.SSLContext | None
) -> tuple[list[Ended], int]:
    """How operations end with a fault, and how many requests went where a redirect pointed."""
    with ExitStack() as stack:
        # Where requests are counted, a server has only one operation to do with.
        shared = stack.enter_context(FaultServer(fault.script, tls).serving())
        servers = {
            operation: stack.enter_context(FaultServer(fault.script, tls).serving())
            if CASES[operation].once
            else shared
            for operation in operations
        }
        ended = run(make_one, servers)
        redirected = sum(server.asked(f"{method} /elsewhere") for server in servers.values() for method in METHODS)
    return ended, redirected


@pytest.mark.parametrize(
    ("kind", "run", "transport", "part"),
    [
        pytest.param(kind, run, transport, (number, parts), id=f"{name}-{transport}-{number}")
        for name, kind, run, transport in RUNS
        for number, parts in ((number, PARTS[transport]) for number in range(PARTS[transport]))
    ],
)
def test_matrix(
    kind: type[Any],
    run: Run,
    transport: str,
    part: tuple[int, int],
    ca_file: Path,
    certificates: dict[str, ssl.SSLContext],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever arrives, each operation gives a value or an error of ours.

    It does so within the deadline and a second; what could be done twice is sent once; no secret is in an error or in a
    log; and no socket is left open.
    """
    caplog.set_level(logging.DEBUG)
    wrong: list[str] = []
    operations = OPERATIONS[transport]
    table = [f"{kind.__name__} over {transport}: what comes of {len(operations)} operations"]
    with FaultServer(FAULTS["list"].script).serving() as server:  # opens what a library keeps open in every process
        run(partial(make, kind, transport, FAULTS["list"], ca_file), {"get_session": server})
    for name, fault in list(FAULTS.items())[part[0] :: part[1]]:
        caplog.clear()
        gc.collect()
        before = open_sockets()
        calls = partial(
            ended_calls,
            run,
            partial(make, kind, transport, fault, ca_file),
            operations,
            fault,
            certificates[fault.tls] if fault.tls else None,
        )
        ended, redirected = calls()
        if max(each.seconds for each in ended) > DEADLINE_S + GRACE_S:
            ended, redirected = calls()  # a machine that was busy with something else is so only once
        left = sockets_left(before)
        found = [f"{each.operation} {text}" for each in ended for text in complaints(fault, each)]
        found += [f"{redirected} requests followed a redirect"] * (redirected > 0)
        found += ["a log shows a secret"] * any(secret in caplog.text for secret in SECRETS)
        found += [f"{left} sockets are left open"] * (left != 0)
        kinds = Counter("value" if each.error is None else type(each.error).__name__ for each in ended)
        results = ", ".join(f"{count} {result}" for result, count in kinds.most_common())
        table.append(f"  {name:40} {max(each.seconds for each in ended):5.2f} s  {results}")
        wrong += [f"{name}: {text}" for text in found]
    print("\n".join(table))  # noqa: T201 - `pytest -rP` shows it
    assert wrong == []
