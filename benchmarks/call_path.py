"""How many modules of ours a warm call enters, and how often it moves from one to another.

A module counts as entered when one of its functions is called or resumed. A transition is a call or a resumption in
another module than the one before it. The first calls are left out: they import modules and open a connection.

Run it with the packages installed, the extra `[sandbox]` included: python benchmarks/call_path.py
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Generator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

import anyscale_sessions
import anyscale_sessions_api
import anyscale_sessions_sandbox
from anyscale_sessions import CreateSession, SessionsClient

PACKAGES: Final = {
    str(Path(package.__path__[0])): package.__name__
    for package in (anyscale_sessions, anyscale_sessions_api, anyscale_sessions_sandbox)
}
WARM_UP_CALLS: Final = 3


class CallPath:
    """The modules of ours that functions were called in, in order and without repetitions in a row."""

    def __init__(self, packages: tuple[str, ...]) -> None:
        self.visits: list[str] = []
        self._packages = packages
        self._names: dict[str, str | None] = {}

    @contextmanager
    def recording(self) -> Generator[None]:
        """Record the calls of this thread until the block ends."""
        sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(None)

    @property
    def transitions(self) -> int:
        """How often the call moved to another module."""
        return max(0, len(self.visits) - 1)

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call":
            return
        file = frame.f_code.co_filename
        if file not in self._names:
            self._names[file] = _module_name(file, self._packages)
        name = self._names[file]
        if name is not None and self.visits[-1:] != [name]:
            self.visits.append(name)


def _module_name(file: str, packages: tuple[str, ...]) -> str | None:
    """The name of a module of these packages; `None` for any other file."""
    for folder, package in PACKAGES.items():
        if package in packages and file.startswith(f"{folder}/"):
            parts = Path(file).relative_to(folder).with_suffix("").parts
            return ".".join((package, *(part for part in parts if part != "__init__")))
    return None


def path_of(call: Callable[[], object], packages: tuple[str, ...]) -> CallPath:
    """The path of a call that has been made a few times before."""
    for _ in range(WARM_UP_CALLS):
        call()
    path = CallPath(packages)
    with path.recording():
        call()
    return path


def client_paths() -> Generator[tuple[str, CallPath]]:
    """The paths of a synchronous client's calls, by name; the server is a sandbox in threads of its own."""
    packages = ("anyscale_sessions", "anyscale_sessions_api")
    with anyscale_sessions_sandbox.serve() as server, SessionsClient(server.token, host=server.url) as client:

        def create() -> str:
            body = CreateSession(name="a", project_id="prj_1", cloud_id="cld_1", cluster_config="{}")
            return client.create_session(body).id

        session_id = create()
        yield "`create_session`", path_of(create, packages)
        yield "`get_session`", path_of(lambda: client.get_session(session_id), packages)


def sandbox_paths() -> Generator[tuple[str, CallPath]]:
    """The path of a GET inside the sandbox, called through its ASGI application."""
    token = "sss_token-of-the-benchmark"  # noqa: S105 - nothing but this sandbox takes it
    app = anyscale_sessions_sandbox.create_app(token=token)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/v0/sessions/",
        "raw_path": b"/v0/sessions/",
        "query_string": b"project_id=prj_1",
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), (b"cookie", b"cli_token=" + token.encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] != 200:
            raise RuntimeError(f"the sandbox answered {message['status']}")

    with asyncio.Runner() as runner:
        yield (
            "sandbox: a GET",
            path_of(lambda: runner.run(app(dict(scope), receive, send)), ("anyscale_sessions_sandbox",)),
        )


def main() -> None:
    """Print the table; with --modules, also the order in which each call enters the modules."""
    print("| call | modules | transitions |\n|---|---|---|")
    paths = [*client_paths(), *sandbox_paths()]
    for name, path in paths:
        print(f"| {name} | {len(set(path.visits))} | {path.transitions} |")
    if "--modules" in sys.argv[1:]:
        for name, path in paths:
            print(f"\n{name}:\n" + "\n".join(f"  {module}" for module in path.visits))


if __name__ == "__main__":
    main()
