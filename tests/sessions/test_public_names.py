"""What `import anyscale_sessions` gives, and what it does not load."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import anyscale_sessions
import anyscale_sessions_api
import anyscale_sessions_sandbox
from anyscale_sessions import create_session, exceptions
from anyscale_sessions_api import models

HEAVY = ("attr", "attrs", "asyncio", "dateutil", "httpcore", "httpx", "msgspec", "ssl")


def in_a_new_process(program: str) -> str:
    """What a program prints, in a Python that has imported nothing of ours yet."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.stderr == ""
    return ended.stdout.strip()


@pytest.mark.parametrize("name", anyscale_sessions.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """Each name in `__all__` exists, is one object, and is found in its module."""
    value = getattr(anyscale_sessions, name)
    assert getattr(anyscale_sessions, name) is value
    if inspect.isclass(value) or inspect.isfunction(value):
        home = importlib.import_module(value.__module__)
        assert getattr(home, name) is value
        assert value.__doc__


def test_the_names_are_sorted_and_listed() -> None:
    """The names in `__all__` and `dir` are sorted, equal and unique."""
    names = anyscale_sessions.__all__
    assert names == sorted(set(names)) == dir(anyscale_sessions)


def test_every_model_is_public() -> None:
    """Every model is public, and a class of this package hides the generated one."""
    assert set(models.__all__) <= set(anyscale_sessions.__all__)
    assert anyscale_sessions.CreateSession is create_session.CreateSession is not models.CreateSession
    assert anyscale_sessions.Session is models.Session


def test_every_error_and_warning_is_public() -> None:
    """Every error and warning is public."""
    raised = {
        name for name, value in vars(exceptions).items() if inspect.isclass(value) and issubclass(value, BaseException)
    }
    assert raised <= set(anyscale_sessions.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """An unknown name raises the same errors as in any module."""
    with pytest.raises(AttributeError, match="module 'anyscale_sessions' has no attribute 'Sessions'"):
        _ = anyscale_sessions.Sessions
    with pytest.raises(ImportError, match="cannot import name 'Sessions' from 'anyscale_sessions'"):
        from anyscale_sessions import Sessions  # noqa: F401


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("anyscale_sessions", "SessionsClient"),
        ("anyscale_sessions", "Problem"),
        ("anyscale_sessions_api.api", "get_session"),
        ("anyscale_sessions_api.models", "Session"),
    ],
)
def test_an_error_inside_a_lazy_module_is_raised_with_its_cause(package: str, name: str) -> None:
    """An AttributeError inside a lazily loaded module is raised as an ImportError that names it and has it as cause."""
    program = f"""
import msgspec
del msgspec.Struct
try:
    from {package} import {name}
except ImportError as error:
    print(error, "|", type(error.__cause__).__name__, "|", error.name.startswith("{package}."))
"""
    cause = "module 'msgspec' has no attribute 'Struct'"
    assert in_a_new_process(program) == f"cannot load {name} of {package}: {cause} | AttributeError | True"


def test_an_error_inside_a_lazy_module_of_the_sandbox_is_raised_with_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    """An AttributeError while a name of the sandbox is loaded is raised as an ImportError with that cause."""
    monkeypatch.setitem(sys.modules, "anyscale_sessions_sandbox.server", ModuleType("empty"))
    monkeypatch.delitem(vars(anyscale_sessions_sandbox), "serve", raising=False)
    with pytest.raises(
        ImportError, match="cannot load serve of anyscale_sessions_sandbox: module 'empty' has no"
    ) as caught:
        _ = anyscale_sessions_sandbox.serve
    assert isinstance(caught.value.__cause__, AttributeError)


def test_a_name_that_its_module_lacks_is_an_import_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public name that its module lacks is an ImportError with the AttributeError as its cause."""
    monkeypatch.setitem(sys.modules, "anyscale_sessions.tokens", ModuleType("empty"))
    monkeypatch.delitem(vars(anyscale_sessions), "is_user_service_token", raising=False)
    with pytest.raises(ImportError, match="cannot load is_user_service_token of anyscale_sessions: ") as caught:
        _ = anyscale_sessions.is_user_service_token
    assert isinstance(caught.value.__cause__, AttributeError)
    assert caught.value.name == "anyscale_sessions.tokens"


def test_a_star_import_gives_every_name() -> None:
    """A star import gives every public name."""
    program = (
        "from anyscale_sessions import *; import anyscale_sessions; print(set(anyscale_sessions.__all__) - set(dir()))"
    )
    assert in_a_new_process(program) == "set()"


def test_an_import_loads_nothing_heavy() -> None:
    """An import of the package loads no library and no other module with code."""
    before = in_a_new_process(f"import sys; print(*[name for name in {HEAVY} if name in sys.modules])").split()
    program = f"import sys, anyscale_sessions; print(*[name for name in {HEAVY} if name in sys.modules])"
    assert in_a_new_process(program).split() == before
    ours = "import sys, anyscale_sessions; print(*sorted(name for name in sys.modules if name.startswith('anyscale')))"
    assert in_a_new_process(ours).split() == [
        "anyscale_sessions",
        "anyscale_sessions.version",
        "anyscale_sessions_api",
        "anyscale_sessions_api.models",
    ]


@pytest.mark.parametrize("name", ["CreateSession", "InvalidSessionError", "SessionsClient", "is_user_service_token"])
def test_no_public_name_loads_httpx(name: str) -> None:
    """A public name does not load the transport."""
    program = (
        f"import sys; from anyscale_sessions import {name}; print('httpx' in sys.modules, 'dateutil' in sys.modules)"
    )
    assert in_a_new_process(program) == "False False"


def test_the_version_is_written_once() -> None:
    """The version is that of the installed distribution."""
    from importlib.metadata import version

    assert anyscale_sessions.__version__ == version("anyscale-sessions")


@pytest.mark.parametrize("package", [anyscale_sessions, anyscale_sessions_api])
def test_packages_are_typed(package: object) -> None:
    """Both packages have a py.typed file."""
    assert Path(inspect.getfile(package)).with_name("py.typed").is_file()  # type: ignore[arg-type]


def test_a_client_does_not_load_what_it_may_never_need() -> None:
    """An import of a client loads no HTTP library, event loop, tracing or date parser."""
    heavy = ("anyio", "asyncio", "dateutil", "email.utils", "httpcore", "httpx", "opentelemetry", "ssl")
    program = "import sys; from anyscale_sessions import SessionsClient; print(sorted(sys.modules))"
    loaded = in_a_new_process(program)
    assert [name for name in heavy if f"'{name}'" in loaded] == []
