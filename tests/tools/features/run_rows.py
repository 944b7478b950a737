"""Calls the rows of the feature matrix on both clients, against a canned server: `python run_rows.py FOLDER`.

It runs in a process of its own, where the scratch package has the name of the real one.
"""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

HOST = "https://api.test"


def check_made(made: list[object]) -> None:
    """Each model survives JSON, a dict, a copy and a pickle."""
    for value in made:
        kind: Any = type(value)
        model: Any = value
        for again in (
            kind.from_json(model.to_json()),
            kind.from_dict(model.to_dict()),
            copy.copy(model),
            copy.deepcopy(model),
            pickle.loads(pickle.dumps(model)),
        ):
            assert again == model, f"{again!r} is not {model!r}"


def refused(function: Callable[..., object], *arguments: object) -> str:
    """The name of the error that a call raises, and the path in it."""
    try:
        function(*arguments)
    except Exception as error:  # noqa: BLE001 - the row says which
        return f"{type(error).__name__}: {getattr(error, 'path', '')}"
    return "nothing"


class CannedServer:
    """Answers each request with the next response of a row, and compares the request."""

    def __init__(self, exchanges: list[dict[str, Any]]) -> None:
        self.exchanges = list(exchanges)

    def __call__(self, request: Any) -> Any:
        """Answer one request."""
        import httpx

        assert self.exchanges, f"unexpected request: {request.method} {request.url}"
        wanted = self.exchanges.pop(0)
        found = f"{request.method} {request.url.raw_path.decode()}"
        assert found == wanted["request"], f"sent {found}, not {wanted['request']}"
        sent, sends = request.read(), wanted["sends"]
        if isinstance(sends, dict) and list(sends) == ["bytes"]:
            assert sent == sends["bytes"].encode("latin-1"), f"sent {sent!r}"
        else:
            content = json.loads(sent) if sent else None
            assert content == sends, f"sent {content!r}, not {sends!r}"
        for name, value in wanted["headers"].items():
            assert request.headers.get(name) == value, f"header {name}: {request.headers.get(name)!r}, not {value!r}"
        response = wanted["response"]
        is_bytes = isinstance(response, dict) and list(response) == ["bytes"]
        body = (
            b""
            if response is None
            else response["bytes"].encode("latin-1")
            if is_bytes
            else json.dumps(response).encode()
        )
        headers = {} if response is None else {"content-type": wanted["media_type"]}
        return httpx.Response(wanted["status"], content=body, headers=headers)


def call_sync(module: Any, exchanges: list[dict[str, Any]]) -> None:
    """Run the row on the sync client."""
    import httpx

    from anyscale_sessions import SessionsClient

    server = CannedServer(exchanges)
    http_client = httpx.Client(transport=httpx.MockTransport(server))
    with http_client, SessionsClient("token", host=HOST, max_attempts=1, http_client=http_client) as client:
        module.sync_call(client)
    assert not server.exchanges, f"not sent: {server.exchanges[0]['request']}"


async def call_async(module: Any, exchanges: list[dict[str, Any]]) -> None:
    """Run the row on the async client."""
    import httpx

    from anyscale_sessions import AsyncSessionsClient

    server = CannedServer(exchanges)
    http_client = httpx.AsyncClient(transport=httpx.MockTransport(server))
    made = AsyncSessionsClient("token", host=HOST, max_attempts=1, http_client=http_client)
    async with http_client, made as client:
        await module.async_call(client)
    assert not server.exchanges, f"not sent: {server.exchanges[0]['request']}"


def main(folder: Path) -> None:
    """Print what is wrong with each row, as one line of JSON."""
    problems: dict[str, str] = {}
    for name, *exchanges in json.loads((folder / "rows.json").read_text(encoding="utf-8")):
        try:
            module = import_module(name)
            call_sync(module, exchanges)
            asyncio.run(call_async(module, exchanges))
        except Exception:  # noqa: BLE001 - every error belongs to its row
            problems[name] = traceback.format_exc(limit=-6)
        else:
            problems[name] = ""
    sys.stdout.write(json.dumps(problems) + "\n")


if __name__ == "__main__":
    sys.modules["run_rows"] = sys.modules["__main__"]
    main(Path(sys.argv[1]))
