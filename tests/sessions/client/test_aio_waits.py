"""Waits of the asynchronous client that are cancelled."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from anyscale_sessions import AsyncSessionsClient, CreateSession

from ..conftest import Scripted

COMMAND = {"result": {"id": "scd_1", "session_id": "ses_1", "shell_command": "ls"}}
SESSION = {"result": {"id": "ses_1", "name": "nightly", "project_id": "prj_1", "state": "Stopped"}}
STARTED = {"result": {"id": "sop_1", "session_id": "ses_1", "completed": False}}


@pytest.mark.parametrize(
    ("flow", "answers", "note"),
    [
        ("run_command", (COMMAND, COMMAND), "command scd_1 of session ses_1 may still run"),
        ("launch_session", (SESSION, STARTED, STARTED), "session ses_1 was created and is left as it is"),
    ],
)
def test_cancellation_names_what_is_left(
    scripted: Scripted, session_body: CreateSession, flow: str, answers: tuple[Any, ...], note: str
) -> None:
    """A cancellation arrives as `CancelledError`, with a note that names the running command or the new session."""
    for answer in answers:
        scripted.json(answer)

    async def cancel() -> asyncio.CancelledError:
        async with AsyncSessionsClient("sss_token", host=scripted.url) as client:
            is_waiting = asyncio.Event()

            async def sleep(_: float) -> None:
                is_waiting.set()
                await asyncio.Event().wait()

            client.clock = type(client.clock)(
                client.clock.monotonic, client.clock.now, client.clock.fraction, client.clock.sleep, sleep
            )
            arguments = ("ses_1", "ls") if flow == "run_command" else (session_body,)
            task = asyncio.create_task(getattr(client, flow)(*arguments))
            await is_waiting.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as raised:
                await task
            return raised.value

    assert asyncio.run(cancel()).__notes__ == [note]
