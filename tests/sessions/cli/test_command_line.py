"""The command line as a whole: its options, its errors and exit codes, and what becomes of its output."""

from __future__ import annotations

import json
import os
import signal
import socketserver
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import msgspec
import pytest

from anyscale_sessions import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    InvalidCredentialsError,
    InvalidRequestError,
    InvalidSessionError,
    MissingCredentialsError,
    OperationFailedError,
    OutcomeUnknownError,
    Problem,
    ResponseDecodeError,
    Session,
    SessionOperation,
    SessionsClient,
    SessionsError,
    UnprocessableEntityError,
    UnreachableStateError,
    WaitTimeoutError,
)
from anyscale_sessions._provenance import provenance
from anyscale_sessions.cli import main
from anyscale_sessions.client.base import ClientBase
from anyscale_sessions.testing import client_clock
from anyscale_sessions_sandbox import ManualClock, Timings, serve

from .conftest import COMMAND, PATIENCE_S, Run, one_line_of_json, started

PROBLEM = Problem("name", "must be given", "pass name")
CODES: dict[type[SessionsError], int] = {
    InvalidRequestError: 2,
    MissingCredentialsError: 2,
    InvalidCredentialsError: 2,
    APIStatusError: 3,
    APIConnectionError: 4,
    APITimeoutError: 4,
    ResponseDecodeError: 4,
    OperationFailedError: 5,
    UnreachableStateError: 5,
    WaitTimeoutError: 5,
    OutcomeUnknownError: 6,
}


def every_kind(kind: type[SessionsError] = SessionsError) -> Iterator[type[SessionsError]]:
    """Every error below `kind`."""
    for below in kind.__subclasses__():
        yield below
        yield from every_kind(below)


def made(kind: type[SessionsError]) -> SessionsError:
    """An error as it may reach a user."""
    if issubclass(kind, InvalidRequestError):
        return kind.of("create_session", [PROBLEM])
    return kind("it went wrong:\nbadly", request_id="req_1", status=418)


@pytest.mark.parametrize("kind", sorted(set(every_kind()), key=lambda kind: kind.__name__))
def test_every_error_is_told_and_has_its_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, kind: type[SessionsError]
) -> None:
    """Each error of the tree ends a command with its exit code, a message for people, and JSON for programs."""
    error = made(kind)

    def refuse(_client: SessionsClient, _session_id: str) -> Session:
        raise error

    monkeypatch.setattr(SessionsClient, "get_session", refuse)
    (code,) = {code for root, code in CODES.items() if issubclass(kind, root)}
    ended = run("get", "ses_1")
    assert (ended.code, ended.out, ended.err) == (code, "", f"Error: {error}\n")
    ended = run("get", "ses_1", "--output", "json")
    assert ended.code == code
    assert {"type": kind.__name__, "message": str(error)}.items() <= ended.error.items()
    assert (ended.error["status"], ended.error["request_id"]) == (error.status, error.request_id)
    assert ended.error["problems"] == ([msgspec.to_builtins(PROBLEM)] if issubclass(kind, InvalidRequestError) else [])


def test_problems_that_the_server_names_are_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The problems of a 422 response are told field by field."""
    error = UnprocessableEntityError("create_session: 422")
    error.problems = (PROBLEM,)
    monkeypatch.setattr(SessionsClient, "get_session", lambda *_: raise_(error))
    (problem,) = run("get", "ses_1", "--output", "json").error["problems"]
    assert problem["field"] == "name"


def raise_(error: BaseException) -> Any:
    """Raise it, where an expression is wanted."""
    raise error


@pytest.mark.parametrize("kind", [WaitTimeoutError, UnreachableStateError])
def test_session_of_a_wait_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, kind: type[WaitTimeoutError | UnreachableStateError]
) -> None:
    """An error that knows the session tells its id to programs."""
    error = kind("not there")
    error.session = Session(id="ses_9")
    monkeypatch.setattr(SessionsClient, "get_session", lambda *_: raise_(error))
    assert run("get", "ses_1", "--output", "json").error["session_id"] == "ses_9"


@pytest.mark.parametrize("kind", [WaitTimeoutError, OperationFailedError])
def test_session_of_an_operation_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, kind: type[WaitTimeoutError | OperationFailedError]
) -> None:
    """An error that knows the operation tells the id of its session to programs."""
    error = kind("not there")
    error.operation = SessionOperation(id="op_1", session_id="ses_9")
    monkeypatch.setattr(SessionsClient, "get_session", lambda *_: raise_(error))
    assert run("get", "ses_1", "--output", "json").error["session_id"] == "ses_9"


def test_a_mistake_of_ours_is_not_hidden(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that nobody expects is not dressed up as an error of the user's."""
    monkeypatch.setattr(SessionsClient, "get_session", lambda *_: raise_(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        run("get", "ses_1")


def test_refusal_of_the_server_is_code_3(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the server refuses ends with code 3 and its status."""
    ended = run("get", "ses_none", "--output", "json")
    assert (ended.code, ended.error["type"], ended.error["status"]) == (3, "NotFoundError", 404)
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", "sss_wrong")
    ended = run("get", "ses_none", "--output", "json")
    assert (ended.code, ended.error["type"], ended.error["status"]) == (3, "PermissionDeniedError", 403)


@pytest.mark.usefixtures("token_for_any_host")
def test_unreachable_server_is_code_4(run: Run) -> None:
    """A server that is not there ends with code 4."""
    with serve() as gone:
        host = gone.url
    ended = run("get", "ses_1", "--host", host, "--output", "json")
    assert (ended.code, ended.error["type"]) == (4, "APIConnectionError")


@contextmanager
def answering(response: bytes | Callable[[bytes], bytes]) -> Iterator[str]:
    """The URL of a server that gives this response to everything, or what it makes of each request."""

    class Answer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked = self.request.recv(65536)
            if asked.startswith(b"POST") and asked.endswith(b"\r\n\r\n"):  # the body comes by itself
                asked += self.request.recv(65536)
            self.request.sendall(response if isinstance(response, bytes) else response(asked))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer) as tcp_server:
        thread = threading.Thread(target=tcp_server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{tcp_server.server_address[1]}"
        finally:
            tcp_server.shutdown()
            thread.join()


def response_of(body: bytes, status: str = "200 OK", kind: str = "application/json") -> bytes:
    """A response of HTTP with this body."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


HTML = b"<html><h1>Bad Gateway \x1b[2J</h1></html>"
HOSTILE = {
    "a gateway's page": (response_of(HTML, "502 Bad Gateway", "text/html"), 3),
    "a page": (response_of(HTML, kind="text/html"), 4),
    "no response": (b"", 4),
    "a response of TLS": (b"\x15\x03\x01\x00\x02\x02\x16", 4),
    "a response that breaks off": (response_of(b'{"result": {"id": "ses_1"}}')[:-5], 4),
    "another shape": (response_of(b'{"result": 5}'), 4),
}


@pytest.mark.usefixtures("token_for_any_host")
@pytest.mark.parametrize(("response", "code"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_server_ends_a_command_with_its_code(
    run: Run, tmp_path: Path, response: bytes, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a server responses, a command ends with one error; a create that may have been done ends with code 6."""
    monkeypatch.setattr(ClientBase, "clock", client_clock(ManualClock()))
    file = tmp_path / "session.yaml"
    file.write_text("name: a\nproject_id: p\ncloud_id: c\ncluster_config: 'x: 1'\n")
    with answering(response) as host:
        told = run("get", "ses_1", "--host", host)
        assert (told.code, told.out, told.err[:7]) == (code, "", "Error: ")
        assert "\x1b" not in told.err
        assert run("get", "ses_1", "--host", host, "--output", "json").error["message"]
        ended = run("create", "-f", str(file), "--host", host, "--output", "json")
        assert (ended.code, ended.error["type"]) == (6, "CreateOutcomeUnknownError")


@pytest.mark.usefixtures("token_for_any_host")
def test_server_without_tls_is_code_4(run: Run) -> None:
    """A server that does not speak TLS where the host says https ends with code 4."""
    with answering(HOSTILE["a page"][0]) as host:
        ended = run("get", "ses_1", "--host", host.replace("http:", "https:"), "--output", "json")
    assert (ended.code, ended.error["type"]) == (4, "APIConnectionError")


@pytest.mark.usefixtures("token_for_any_host")
def test_create_that_was_not_sent_is_code_4(run: Run) -> None:
    """A create whose server is not there was not done, and ends with code 4 like all else."""
    with serve() as gone:
        host = gone.url
    file = Path(__file__).parents[3] / "examples" / "app-config.yaml"
    assert run("create", "-f", str(file), "--host", host).code == 4


@pytest.mark.usefixtures("token_for_any_host")
def test_texts_of_a_server_are_escaped(run: Run) -> None:
    """What a server says of a session or of a refusal cannot steer a terminal."""
    session = {"id": "ses_1", "name": "a\x1b[2J\nb", "state": "New\a", "activity_details": {"\x1b": "\x1b"}}
    with answering(response_of(json.dumps({"result": session}).encode())) as host:
        ended = run("get", "ses_1", "--host", host)
        assert (ended.code, set(ended.out) & {"\x1b", "\a"}) == (0, set())
        assert "a\\x1b[2J\\nb" in ended.out
        assert run("get", "ses_1", "--host", host, "--output", "json").result["name"] == session["name"]
    detail = [{"loc": ["body", "name"], "msg": "bad \x1b[31m", "type": "x"}]
    with answering(response_of(json.dumps({"detail": detail}).encode(), "422 UnprocessableEntityError Entity")) as host:
        ended = run("get", "ses_1", "--host", host)
        assert (ended.code, "\x1b" in ended.err, "bad \\x1b[31m" in ended.err) == (3, False, True)


@pytest.mark.usefixtures("token_for_any_host")
@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_that_a_server_says_back_are_not_shown(run: Run, tmp_path: Path, form: str) -> None:
    """A refusal that quotes the whole request is told without its secrets, with `--show-token` too."""
    file = tmp_path / "session.json"
    secrets = [os.environ["ANYSCALE_CLI_TOKEN"], "Zk9" * 14 + "A", "cloud-key-of-the-cluster"]
    fields = {"name": "a", "project_id": "p", "cloud_id": "c", "user_service_access": "public"}
    file.write_text(json.dumps(fields | {"user_service_token": secrets[1], "cluster_config": f"key: {secrets[2]}"}))
    heard: list[str] = []

    def say_back(asked: bytes) -> bytes:
        heard.append(asked.decode())
        detail = [{"loc": ["body", "name"], "msg": heard[-1], "type": "x"}]
        return response_of(json.dumps({"detail": detail}).encode(), "422 UnprocessableEntityError Entity")

    with answering(say_back) as host:
        ended = run("create", "-f", str(file), "--host", host, "--output", form, "--show-token")
    assert ended.code == 3
    assert [secret in "".join(heard) for secret in secrets] == [True, True, True]
    assert [secret in ended.out + ended.err for secret in secrets] == [False, False, False]


@pytest.mark.usefixtures("token_for_any_host")
def test_wait_that_takes_too_long_is_code_5(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A start that does not end in time ends with code 5, and tells which session was created and left."""
    file = tmp_path / "session.yaml"
    file.write_text((Path(__file__).parents[3] / "examples" / "app-config.yaml").read_text())
    with serve(timings=Timings(start_s=3600.0)) as slow, SessionsClient(slow.token, host=slow.url) as client:
        monkeypatch.setenv("ANYSCALE_CLI_TOKEN", slow.token)
        arguments = ("--host", slow.url, "create", "-f", str(file), "--wait", "--timeout", "0.01")
        ended = run(*arguments, "--output", "json")
        (session,) = client.list_sessions("prj_FJkTV25ySHC1GE9XAeJ5TUxe")
        assert (ended.code, ended.error["type"], ended.error["session_id"]) == (5, "WaitTimeoutError", session.id)
        told = run(*arguments)
        assert "was created" in told.err


def test_missing_token_is_code_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a token a command ends with code 2 and names the places where it was looked for."""
    monkeypatch.delenv("ANYSCALE_CLI_TOKEN")
    ended = run("get", "ses_1")
    assert (ended.code, ended.out) == (2, "")
    assert all(place in ended.err for place in ("ANYSCALE_CLI_TOKEN", "~/.anyscale/credentials.json"))


def test_no_option_takes_the_token(run: Run) -> None:
    """The token is never an argument: those can be seen by everyone on the machine."""
    for command in ([], ["create"], ["get"], ["list"], ["run"], ["start"], ["terminate"], ["demo"], ["sandbox"]):
        ended = run(*command, "--help")
        assert (ended.code, ended.err) == (0, "")
        assert "--token " not in ended.out


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "Missing command"),
        (["creat"], "creat"),
        (["create"], "--file"),
        (["create", "--bogus"], "--bogus"),
        (["get"], "ID"),
        (["get", "a", "b"], "b"),
        (["get", "a/b"], "session_id"),
        (["get", ".."], "session_id"),
        (["run", "ses_1"], "COMMAND"),
        (["start", "ses_1", "--timeout", "soon"], "soon"),
        (["start", "ses_1", "--timeout", "0"], "above 0"),
        (["start", "ses_1", "--timeout", "nan"], "above 0"),
        (["start", "ses_1", "--timeout", "inf"], "above 0"),
        (["sandbox", "--port", "65536"], "65535"),
        (["get", "ses_1", "--host", "http://example.com"], "https"),
        (["get", "ses_1", "--host", "example.com"], "scheme"),
    ],
)
def test_bad_arguments_are_code_2(run: Run, arguments: list[str], part: str) -> None:
    """Arguments that cannot be used end with code 2 and say which, for people and for programs."""
    ended = run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Error: ")
    assert part in ended.err
    for form in (["--output", "json"], ["--output=json"]):
        ended = run(*form, *arguments)
        assert ended.code == 2
        assert part in ended.error["message"]


def test_bad_form_of_output_is_code_2(run: Run) -> None:
    """An unknown form of output is refused in text."""
    ended = run("list", "prj_1", "--output", "xml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Error: ")


def test_options_may_stand_before_or_after_the_command(run: Run, session: Session) -> None:
    """`--output` and `--host` may stand on either side of the command's name; the later one counts."""
    before = run("--output", "json", "get", session.id)
    assert json.loads(before.out)["id"] == session.id
    assert run("get", session.id, "--output", "json") == before
    assert run("--host", "https://127.0.0.1:1", "get", session.id, "--host", os.environ["ANYSCALE_HOST"]).code == 0


def test_version(run: Run) -> None:
    """`--version` tells the versions of the package and of its spec; programs learn all that it was made from."""
    expected = provenance.to_dict()
    assert run("--version").out == f"anyscale-sessions {expected['version']}, spec {expected['spec']['version']}\n"
    assert run("--version", "--output", "json").result == expected
    assert run("--output", "json", "--version").result == expected


def test_entry_point_is_this_command_line() -> None:
    """The command `anyscale-sessions` that is installed is this one."""
    (point,) = entry_points(group="console_scripts", name="anyscale-sessions")
    assert point.load() is main


def test_interrupted_in_process(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a command with code 130 and without a traceback."""
    monkeypatch.setattr(SessionsClient, "get_session", lambda *_: raise_(KeyboardInterrupt()))
    assert (run("get", "ses_1").code, run("get", "ses_1").err) == (130, "Error: interrupted\n")
    ended = run("get", "ses_1", "--output", "json")
    assert (ended.code, ended.error["type"]) == (130, "KeyboardInterrupt")


@pytest.mark.usefixtures("token_for_any_host")
@pytest.mark.usefixtures("environment")
def test_interrupted_while_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a start is waited for ends with code 130, and tells that the session is left as it is."""
    file = Path(__file__).parents[3] / "examples" / "app-config.yaml"
    with serve(timings=Timings(start_s=3600.0)) as slow:
        monkeypatch.setenv("ANYSCALE_CLI_TOKEN", slow.token)
        arguments = ["--host", slow.url, "create", "-f", str(file), "--wait"]
        with started(*arguments) as process:
            assert process.stderr
            assert "Launching" in process.stderr.readline()
            process.send_signal(signal.SIGINT)
            out, told = process.communicate(timeout=PATIENCE_S)
            assert (process.returncode, out) == (130, "")
    assert "Error: interrupted\n" in told
    assert "was created" in told
    assert "Traceback" not in told


@pytest.mark.usefixtures("environment")
def test_reader_that_went_away() -> None:
    """Output into a pipe that nobody reads any more ends quietly."""
    with started("--help") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.wait(PATIENCE_S) == 1
        assert process.stderr.read() == ""


def test_output_that_cannot_be_written(run_apart: Run) -> None:
    """A full disk is told in one line, or ends quietly where that cannot be told either."""
    with Path("/dev/full").open("w") as full:
        ended = run_apart("--version", stdout=full)
        assert (ended.code, ended.err) == (1, "Error: the output cannot be written: No space left on device\n")
        assert run_apart("--version", stdout=full, stderr=full).code == 1


@pytest.mark.usefixtures("environment")
def test_closed_streams() -> None:
    """Started without standard streams, a command still ends with its code."""
    closed = 'exec "$@" <&- >&- 2>&-'
    for arguments, code in ((["--version"], 0), (["bogus"], 2), (["create", "-f", "-"], 2), (["get", "ses_none"], 3)):
        ended = subprocess.run(["sh", "-c", closed, "sh", *COMMAND, *arguments], timeout=PATIENCE_S, check=False)
        assert ended.returncode == code


def test_an_interrupt_while_modules_are_loaded(tmp_path: Path) -> None:
    """Ends with 130 and a word, as one that comes later does."""
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from anyscale_sessions.cli import main; sys.exit(main())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, "demo"], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "Error: interrupted\n")


def without(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line where a module is not installed."""
    code = f"import sys; sys.modules[{module!r}] = None; from anyscale_sessions.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


@pytest.mark.parametrize("missing", ["click", "rich", "yaml"])
def test_missing_extra_is_told_in_one_line(missing: str) -> None:
    """Without the extra `cli`, the command says how to install it and ends with code 2, whatever it was to do."""
    ended = without(missing, "--version")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"anyscale-sessions needs {missing}: pip install 'anyscale-sessions[cli]'\n"


@pytest.mark.parametrize("missing", ["jsonschema_rs", "starlette", "uvicorn"])
@pytest.mark.parametrize("command", ["demo", "sandbox"])
def test_missing_sandbox_is_told_in_one_line(command: str, missing: str) -> None:
    """Without the extra `sandbox`, its commands say how to install it and end with code 2."""
    ended = without(missing, command)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"Error: a sandbox needs {missing}: pip install 'anyscale-sessions[sandbox]'\n"


@pytest.mark.usefixtures("environment")
def test_session_commands_need_no_sandbox() -> None:
    """What talks to a server works without the extra `sandbox`."""
    ended = without("uvicorn", "list", "prj_1", "--output", "json")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "[]\n", "")


def test_broken_module_is_not_taken_for_a_missing_one(tmp_path: Path) -> None:
    """A module of an extra that lacks a module itself is a broken installation, and told as such."""
    (tmp_path / "click.py").write_text("import lacking")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    ended = subprocess.run(COMMAND, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environment)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.endswith("No module named 'lacking'\n")


def test_other_warnings_go_where_they_always_go(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning that is not ours is left to Python."""

    def warn(_client: SessionsClient, _session_id: str) -> Session:
        warnings.warn("not ours", UserWarning, stacklevel=1)
        return Session(id="ses_1")

    monkeypatch.setattr(SessionsClient, "get_session", warn)
    with pytest.warns(UserWarning, match="not ours"):
        assert run("get", "ses_1").code == 0


def test_invalid_session_file_is_an_invalid_session() -> None:
    """What a file is refused with can be caught like the refusal of a CreateSession."""
    from anyscale_sessions.cli.session_files import InvalidSessionFileError

    assert issubclass(InvalidSessionFileError, InvalidSessionError)


def test_json_error_is_one_line(run_apart: Run) -> None:
    """A program reads one object on standard error, and nothing on standard output."""
    ended = run_apart("get", "ses_none", "--output", "json")
    assert ended.out == ""
    assert set(one_line_of_json(ended.err)) == {"error"}
