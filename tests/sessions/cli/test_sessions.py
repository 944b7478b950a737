"""The commands that create, show, list, start, run in and terminate sessions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from anyscale_sessions import Session, SessionsClient, SessionState

from .conftest import Run, one_line_of_json

EXAMPLES = Path(__file__).parents[3] / "examples"
PUBLIC = {
    "name": "nightly",
    "project_id": "prj_1",
    "uses_app_config": True,
    "build_id": "bld_1",
    "compute_template_id": "cpt_1",
    "user_service_access": "public",
}


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Write a file that describes a session with a public user service."""
    path = tmp_path / "session.yaml"
    path.write_text(yaml.safe_dump(PUBLIC))
    return str(path)


def test_create_makes_the_session_of_the_file(run: Run, client: SessionsClient, file: str) -> None:
    """`create` creates the session that the file describes, and does not start it."""
    created = run("create", "-f", file, "--output", "json").result
    session = client.get_session(created["id"])
    assert (session.name, session.build_id, session.user_service_access) == ("nightly", "bld_1", "public")
    assert session.state != SessionState.RUNNING
    assert session.state == created["state"]


@pytest.mark.parametrize("name", ["app-config.yaml", "cluster-config.yaml"])
def test_create_makes_the_examples(run: Run, client: SessionsClient, name: str) -> None:
    """`create --wait` creates and starts the sessions of the example files, and leaves the cluster config unchanged."""
    created = run("create", "-f", str(EXAMPLES / name), "--wait", "--output=json").result
    described = yaml.safe_load((EXAMPLES / name).read_text())
    session = client.get_session(created["id"]).to_dict()
    assert {field: session[field] for field in described} == described
    assert session["state"] == created["state"] == "Running"


def test_create_reads_standard_input(run_apart: Run, client: SessionsClient, tmp_path: Path) -> None:
    """`create -f -` reads standard input."""
    (tmp_path / "input").write_text(json.dumps(PUBLIC))
    with (tmp_path / "input").open() as standard_input:
        created = run_apart("create", "-f", "-", "--output", "json", stdin=standard_input).result
    assert client.get_session(created["id"]).name == "nightly"


def test_create_with_wait_reports_progress_and_shows_the_running_session(run: Run, file: str) -> None:
    """`create --wait` writes progress to standard error, and shows the session when it is Running."""
    ended = run("create", "-f", file, "--wait")
    assert ended.code == 0
    assert "Running" in ended.err
    assert "state" in ended.out
    assert "Running" in ended.out


def test_token_is_shown_only_with_show_token(run: Run, client: SessionsClient, file: str) -> None:
    """The generated user service token is shown with `--show-token` only."""
    with_token = run("create", "-f", file, "--show-token", "--output", "json").result
    session = client.get_session(with_token["id"])
    assert with_token["user_service_token"] == session.user_service_token
    for arguments in (("create", "-f", file), ("get", session.id), ("start", session.id, "--wait"), ("list", "prj_1")):
        for form in ("table", "json"):
            ended = run(*arguments, "--output", form)
            run("terminate", session.id, "--wait")
            tokens = {session.user_service_token for session in client.list_sessions("prj_1")}
            assert ended.code == 0
            assert not [token for token in tokens if token and token in ended.out + ended.err]
    assert session.user_service_token in run("get", session.id, "--show-token").out


def test_other_secrets_are_never_shown(run: Run, session: Session) -> None:
    """`--show-token` shows the user service token and no other secret of a session."""
    for form in ("table", "json"):
        ended = run("start", session.id, "--wait", "--show-token", "--output", form)
        assert ended.code == run("terminate", session.id, "--wait").code == 0
        for secret in (session.access_token, session.ssh_private_key):
            assert secret
            assert secret not in ended.out + ended.err


def test_secrets_inside_of_an_operation_are_not_shown(run: Run, session: Session) -> None:
    """The session in the result of an operation is shown without its secrets."""
    ended = run("terminate", session.id, "--output", "json")
    assert session.id in ended.out
    for secret in (session.access_token, session.ssh_private_key, session.user_service_token):
        assert secret
        assert secret not in ended.out


def test_get_shows_a_session(run: Run, session: Session) -> None:
    """`get` shows the fields of a session, as aligned lines or as one JSON object."""
    assert run("get", session.id, "--output", "json").result["name"] == "nightly"
    lines = run("get", session.id).out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("name ")] == ["nightly"]
    name_width = max(len(line.split()[0]) for line in lines)
    assert {line[name_width : name_width + 2] for line in lines} == {"  "}
    assert not [line for line in lines if line[name_width + 2 :].strip() in {"", line}]


def test_list_shows_the_sessions_of_a_project(run: Run, session: Session) -> None:
    """`list` shows the sessions of one project, as a table or as a JSON array with all their fields."""
    (listed,) = run("list", "prj_1", "--output", "json").result
    assert (listed["id"], listed["build_id"]) == (session.id, "bld_1")
    header, row = run("list", "prj_1").out.splitlines()
    assert header.split() == ["id", "name", "state", "created_at"]
    assert row.split()[:2] == [session.id, "nightly"]
    assert run("list", "prj_2", "--output", "json").result == []
    assert run("list", "prj_2").out.split() == header.split()


def test_list_shows_all_pages(run: Run, client: SessionsClient, session: Session) -> None:
    """`list` shows the sessions of all pages."""
    count = 60  # a page holds at most 50
    from anyscale_sessions import CreateSession

    ids = [client.create_session(CreateSession(**PUBLIC)).id for _ in range(count)]
    listed = run("list", "prj_1", "--output", "json").result
    assert sorted(each["id"] for each in listed) == sorted([session.id, *ids])


def test_start_and_terminate_show_the_operation_or_the_session(
    run: Run, client: SessionsClient, session: Session
) -> None:
    """`start` and `terminate` show the operation, and with `--wait` the session in its final state."""
    operation = run("start", session.id, "--output", "json").result
    assert (operation["session_id"], operation["session_operation_type"]) == (session.id, "start")
    client.wait_for_session(session.id)
    assert run("terminate", session.id, "--wait", "--output", "json").result["state"] == "Terminated"
    assert run("start", session.id, "--wait", "--output", "json").result["state"] == "Running"
    operation = run("terminate", session.id, "--output", "json").result
    assert (operation["session_id"], operation["session_operation_type"]) == (session.id, "terminate")


@pytest.mark.parametrize(
    ("shell_command", "status_code", "exit_code"), [("true", 0, 0), ("exit 3", 3, 3), ("exit 5", 5, 5)]
)
def test_run_shows_the_status_code(
    run: Run, session: Session, shell_command: str, status_code: int, exit_code: int
) -> None:
    """`run` shows the command with its status code, and passes that through as its exit code."""
    run("start", session.id, "--wait")
    ended = run("run", session.id, shell_command, "--output", "json")
    assert ended.code == exit_code
    shown = json.loads(ended.out)
    assert one_line_of_json(ended.err)["note"]["command_id"] == shown["id"]
    assert (shown["shell_command"], shown["status_code"]) == (shell_command, status_code)


def test_invalid_file_is_refused_before_anything_is_sent(run: Run, client: SessionsClient, tmp_path: Path) -> None:
    """An invalid file is refused with code 2 and all its problems, and no session is created."""
    path = tmp_path / "session.yaml"
    path.write_text("name: 2024-01-01\nproject_id: prj_1\nuses_app_config: true\nbuild: bld_1\n")
    ended = run("create", "-f", str(path), "--wait", "--output", "json")
    assert ended.code == 2
    problems = {problem["field"]: problem for problem in ended.error["problems"]}
    assert set(problems) == {"name", "build", "build_id", "compute_template_id"}
    assert (problems["name"]["file"], problems["name"]["line"]) == (str(path), 1)
    assert all(problem["rule"] and problem["remedy"] for problem in problems.values())
    assert list(client.list_sessions("prj_1")) == []
    ended = run("create", "-f", str(path))
    assert (ended.code, ended.out) == (2, "")
    assert all(part in ended.err for part in (str(path), "line 1", "name", "build_id", "compute_template_id"))


def test_warnings_are_one_line_each(run: Run, client: SessionsClient, tmp_path: Path) -> None:
    """A warning of `CreateSession` is one line without a path of a Python file, and the session is created."""
    path = tmp_path / "session.json"
    path.write_text(
        json.dumps(PUBLIC | {"user_service_access": "private", "user_service_token": "A" * 43, "ha_job_id": "j"})
    )
    ended = run("create", "-f", str(path))
    assert ended.code == 0
    assert [line.partition(":")[0] for line in ended.err.splitlines()] == ["Warning", "Warning"]
    assert ".py" not in ended.err
    ended = run("create", "-f", str(path), "--output", "json")
    warnings = [json.loads(line)["warning"] for line in ended.err.splitlines()]
    assert {warning["type"] for warning in warnings} == {"TokenIgnoredWarning", "InternalFieldWarning"}
    assert len(list(client.list_sessions("prj_1"))) == 2


@pytest.mark.parametrize(
    ("text", "minutes"), [("45", 45), ("2h", 120), ("90m", 90), ("never", -1), ("-1", -1), ("0", 0)]
)
def test_update_changes_the_idle_timeout(
    run: Run, client: SessionsClient, session: Session, text: str, minutes: int
) -> None:
    """`update --idle-timeout` takes minutes, a duration or never, and shows the session."""
    shown = run("update", session.id, "--idle-timeout", text, "-o", "json").result
    assert (shown["id"], shown["idle_timeout"]) == (session.id, minutes)
    assert client.get_session(session.id).idle_timeout == minutes


@pytest.mark.parametrize("arguments", [(), ("--idle-timeout", "90s"), ("--idle-timeout", "soon")])
def test_update_without_a_valid_change_is_refused(run: Run, session: Session, arguments: tuple[str, ...]) -> None:
    """`update` without a change, or with one that is not in whole minutes, is refused with code 2."""
    ended = run("update", session.id, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "--idle-timeout" in ended.err


def test_delete_removes_the_session(run: Run, client: SessionsClient, session: Session) -> None:
    """`delete` deletes a session at rest, and a second time ends with code 3 and the id."""
    assert run("delete", session.id).out == f"Deleted the session {session.id}.\n"
    assert list(client.list_sessions("prj_1")) == []
    ended = run("delete", session.id, "-o", "json")
    assert (ended.code, ended.error["session_id"]) == (3, session.id)


def test_delete_of_a_running_session_is_refused(run: Run, client: SessionsClient, session: Session) -> None:
    """A session that runs is not deleted, and the message says that it must be terminated first."""
    run("start", session.id, "--wait")
    ended = run("delete", "nightly", "--project", "prj_1")
    assert (ended.code, "terminate it first" in ended.err) == (3, True)
    assert client.get_session(session.id).state == SessionState.RUNNING
