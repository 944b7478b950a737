"""What works where POSIX is missing: each program runs in a Python without its names and modules, as on Windows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# `random` of the standard library needs `register_at_fork` where there is a `fork`.
WITHOUT_POSIX = """
import os, select, sys
for name in ("O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "fork", "forkpty", "getegid", "geteuid", "getpgid", "getuid",
             "killpg", "register_at_fork", "setsid"):
    if hasattr(os, name):
        delattr(os, name)
os.supports_dir_fd = set()
del select.poll
for name in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules[name] = None
"""
IMPORTS = """
import importlib, pkgutil
import anyscale_sessions, anyscale_sessions_api, anyscale_sessions_sandbox
PROCESS = ("process", "session_directory", "supervisor", "supervisor_client")  # the modules of the runtime `process`
for package in (anyscale_sessions_api, anyscale_sessions, anyscale_sessions_sandbox):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        is_of_ray = "runtimes.ray." in module.name  # some of these import Ray, which is not installed
        if not is_of_ray and not module.name.endswith(("__main__", *(f"runtimes.{name}" for name in PROCESS))):
            importlib.import_module(module.name)
print("imported")
"""
CALLS = """
import asyncio
from anyscale_sessions import AsyncSessionsClient, CreateSession, SessionsClient
from anyscale_sessions_sandbox import serve
BODY = CreateSession(name="a", project_id="prj_1", cloud_id="cld_1", cluster_config="{}")

async def main(sandbox):
    for transport in ("httpcore", "aiohttp"):
        async with AsyncSessionsClient(sandbox.token, host=sandbox.url, transport=transport) as client:
            for _ in range(2):  # the second request goes over the connection of the first
                await client.create_session(BODY)

with serve(runtime="virtual") as sandbox:
    with SessionsClient(sandbox.token, host=sandbox.url) as client:
        client.create_session(BODY)
        asyncio.run(main(sandbox))
        print(len(client.list_sessions("prj_1").results))
"""
COMMAND_LINE = """
import io
from anyscale_sessions.cli import main
from anyscale_sessions_sandbox import serve
with serve() as sandbox:
    sys.stdin = io.TextIOWrapper(io.BytesIO(sandbox.token.encode()))
    sys.argv = ["anyscale-sessions", "login", "--host", sandbox.url]
    try:
        main()
    except SystemExit as end:
        assert not end.code, end.code
    sys.argv = ["anyscale-sessions", "list", "prj_1", "--host", sandbox.url, "--output", "json"]
    try:
        main()
    except SystemExit as end:
        assert not end.code, end.code
"""
PROCESS = """
from anyscale_sessions_sandbox import serve
from anyscale_sessions_sandbox.errors import SandboxRuntimeError
try:
    serve(runtime="process").__enter__()
except SandboxRuntimeError as error:
    print(error)
"""


def run(program: str, home: Path) -> str:
    """What a program prints without POSIX."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANYSCALE_")}
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_POSIX + program],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**environment, "HOME": str(home)},
    )
    assert ended.stderr == ""
    return ended.stdout


def test_every_module_can_be_imported(tmp_path: Path) -> None:
    """Without POSIX every module can be imported, except those of the runtimes `process` and `ray`."""
    assert run(IMPORTS, tmp_path) == "imported\n"


def test_calls_work_over_each_transport(tmp_path: Path) -> None:
    """Without POSIX a client calls a virtual sandbox over each transport."""
    assert run(CALLS, tmp_path) == "5\n"


def test_the_command_line_works(tmp_path: Path) -> None:
    """Without POSIX the command line saves a token and uses it."""
    assert "Saved the token" in run(COMMAND_LINE, tmp_path)
    assert (tmp_path / ".anyscale" / "credentials.json").is_file()


def test_the_runtime_process_is_refused(tmp_path: Path) -> None:
    """Without POSIX the runtime `process` is refused with what it needs."""
    assert "it needs a POSIX system, such as Linux or macOS" in run(PROCESS, tmp_path)
