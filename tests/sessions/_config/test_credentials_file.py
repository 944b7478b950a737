"""The credentials file: its permissions, and how it is written."""

from __future__ import annotations

import errno
import json
import os
import pwd
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions import (
    InsecureCredentialsWarning,
    InvalidCredentialsError,
    SessionsClient,
)
from anyscale_sessions._config import credentials_file
from anyscale_sessions_api.types import Secret

from .conftest import FILE_REMEDY, find_base_url, find_token

HERE, THERE = "https://here.example", "https://there.example"


def write_token(token: str, host: str) -> bool:
    """Save a token for a host."""
    return credentials_file.write_token(Secret(token), host)


def sent_to(host: str | None, token: str | None = None) -> str:
    """The token that a client for this host finds."""
    return find_token(token, base_url=find_base_url(host))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The credentials file, not yet written, in a home directory of the test; no token in the environment."""
    mask = os.umask(0o077)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ANYSCALE_CLI_TOKEN", raising=False)
    monkeypatch.delenv("ANYSCALE_HOST", raising=False)
    folder = tmp_path / ".anyscale"
    folder.mkdir()
    yield folder / "credentials.json"
    os.umask(mask)


def refused(kind: type[Exception], call: Callable[..., object], *arguments: Any, **named: Any) -> str:
    """What is said of credentials that must be refused; nothing is chained to it."""
    with pytest.raises(kind) as caught:
        call(*arguments, **named)
    assert type(caught.value) is kind
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert "canary" not in f"{caught.value}{caught.value.args}{vars(caught.value)}{caught.value.__context__!r}"
    return str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_file_that_others_can_read_is_warned_of(file: Path, mode: int) -> None:
    """A file that other users can read is read with a warning that has the remedy."""
    file.write_text('{"cli_token": "of-the-file"}')
    file.chmod(mode)
    with pytest.warns(InsecureCredentialsWarning) as warnings_shown:
        assert find_token(None, {}) == "of-the-file"
    what = "other users of this machine can read the token; chmod 600 ~/.anyscale/credentials.json"
    assert [str(warning.message) for warning in warnings_shown] == [f"~/.anyscale/credentials.json: {what}"]


FILE = "~/.anyscale/credentials.json"
CHANGED = f"{FILE}: other users of this machine can change the token; chmod 600 {FILE}"
REPLACED = "~/.anyscale: other users of this machine can replace the credentials file; chmod 700 ~/.anyscale"


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "expected"),
    [
        (0o622, 0o700, [CHANGED]),
        (0o620, 0o700, [CHANGED]),
        (0o600, 0o777, [REPLACED]),
        (0o600, 0o720, [REPLACED]),
        (0o602, 0o702, [CHANGED, REPLACED]),
    ],
)
def test_a_file_that_others_can_change_is_warned_of(
    file: Path, file_mode: int, folder_mode: int, expected: list[str]
) -> None:
    """A file that other users can change, or in a folder where they can replace it, is read with a warning for each."""
    file.write_text('{"cli_token": "of-the-file"}')
    file.chmod(file_mode)
    file.parent.chmod(folder_mode)
    with pytest.warns(InsecureCredentialsWarning) as warned:
        assert find_token(None, {}) == "of-the-file"
    assert [str(warning.message) for warning in warned] == expected


def test_a_link_into_a_folder_of_others_is_warned_of(file: Path) -> None:
    """A symbolic link is followed, and the folder of its target is checked as well."""
    elsewhere = file.parent.with_name("elsewhere")
    elsewhere.mkdir()
    (elsewhere / "token.json").write_text('{"cli_token": "of-the-file"}')
    elsewhere.chmod(0o777)
    file.symlink_to(elsewhere / "token.json")
    with pytest.warns(InsecureCredentialsWarning, match="replace the credentials file"):
        assert find_token(None, {}) == "of-the-file"


@pytest.mark.parametrize("kind", ["FIFO", "socket", "link to a device", "link to a FIFO"])
def test_only_a_regular_file_is_read(file: Path, kind: str) -> None:
    """A file of another kind is refused at once, without waiting for a writer and without reading a device."""
    elsewhere = file.with_name("elsewhere")
    if "FIFO" in kind:
        os.mkfifo(elsewhere if "link" in kind else file)
    if "link" in kind:
        file.symlink_to("/dev/zero" if "device" in kind else elsewhere)
    if kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(file))
    text = refused(InvalidCredentialsError, find_token, None, {})
    problem = "cannot be read: No such device or address" if kind == "socket" else "must be a file"
    assert text == f"~/.anyscale/credentials.json: {problem}{FILE_REMEDY}"


@pytest.mark.parametrize(("size", "is_read"), [(64 * 1024, True), (64 * 1024 + 1, False)])
def test_a_file_of_at_most_64_kib_is_read(file: Path, size: int, *, is_read: bool) -> None:
    """A file of 64 KiB is read and replaced, and a longer one is refused by both."""
    file.write_bytes(b'{"cli_token": "of-the-file"}'.ljust(size))
    if is_read:
        assert find_token(None, {}) == "of-the-file"
        assert write_token("new", HERE) is True
        return
    problem = f"~/.anyscale/credentials.json: must be at most 64 KiB long{FILE_REMEDY}"
    assert refused(InvalidCredentialsError, find_token, None, {}) == problem
    assert refused(InvalidCredentialsError, write_token, "canary-token", HERE) == problem


def test_no_descriptor_is_left_open(file: Path) -> None:
    """Neither a read that succeeds nor one that is refused leaves a descriptor open."""
    before = len([*Path("/proc/self/fd").iterdir()])
    file.mkdir()
    refused(InvalidCredentialsError, find_token, None, {})
    file.rmdir()
    file.write_text('{"cli_token": "of-the-file"}')
    assert find_token(None, {}) == "of-the-file"
    assert len([*Path("/proc/self/fd").iterdir()]) == before


@pytest.fixture
def not_posix(monkeypatch: pytest.MonkeyPatch) -> None:
    """An `os` module without what Windows lacks: owners, descriptors of folders and some flags."""
    for name in ("geteuid", "O_NOFOLLOW", "O_DIRECTORY", "O_NONBLOCK"):
        monkeypatch.delattr(os, name)
    monkeypatch.setattr(os, "supports_dir_fd", set())


@pytest.mark.usefixtures("not_posix")
def test_without_posix_the_file_is_written_and_read(file: Path) -> None:
    """Without owners and permission bits the file is written, replaced and read, and gives no warning."""
    assert write_token("first", HERE) is False
    file.chmod(0o666)
    file.parent.chmod(0o777)
    assert write_token("second", HERE) is True
    assert sent_to(HERE) == "second"
    assert [path.name for path in file.parent.iterdir()] == ["credentials.json"]


@pytest.mark.usefixtures("not_posix")
def test_without_posix_links_are_refused(file: Path) -> None:
    """Without POSIX a symbolic link is still not written through."""
    _link_to_a_file(file)
    assert "must not be a symbolic link" in refused(InvalidCredentialsError, write_token, "canary-token", HERE)


@pytest.mark.usefixtures("not_posix")
def test_without_posix_a_write_that_fails_changes_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without POSIX a write that fails leaves the old file and no temporary file."""
    file.write_text('{"cli_token": "old"}')

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    refused(InvalidCredentialsError, write_token, "canary-token", HERE)
    assert [path.name for path in file.parent.iterdir()] == ["credentials.json"]
    assert file.read_text() == '{"cli_token": "old"}'


def test_execute_permission_of_others_is_no_warning(file: Path) -> None:
    """A file and a folder that others can execute but not read give no warning."""
    file.write_text('{"cli_token": "old"}')
    file.chmod(0o611)
    assert find_token(None, {}) == "old"
    file.chmod(0o600)
    file.parent.chmod(0o711)
    assert write_token("new", HERE) is True


@pytest.mark.default_transport
def test_the_warning_names_the_line_that_makes_the_client(file: Path) -> None:
    """The warning points to the caller's line that makes the client."""
    file.write_text('{"cli_token": "of-the-file"}')
    file.chmod(0o644)
    with pytest.warns(InsecureCredentialsWarning) as warned:
        SessionsClient()
    assert [warning.filename for warning in warned] == [__file__]


def test_writing_makes_a_file_of_this_user_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing creates a folder with mode 0700 and a file with mode 0600 under any umask."""
    file.parent.rmdir()
    os.umask(0o000)
    assert write_token("first", HERE) is False
    assert (file.parent.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    monkeypatch.setenv("ANYSCALE_HOST", HERE)
    assert sent_to(None) == "first"
    assert [path.name for path in file.parent.iterdir()] == ["credentials.json"]


def test_writing_keeps_what_else_the_file_holds(file: Path) -> None:
    """Writing keeps the other keys of the file."""
    file.write_text('{"other": [1], "cli_token": "old", "host": "x"}')
    assert write_token("new", THERE) is True
    assert json.loads(file.read_text()) == {"other": [1], "cli_token": "new", "host": THERE}


def _link_to_a_file(file: Path) -> None:
    (file.parent / "elsewhere").write_text("{}")
    file.symlink_to(file.parent / "elsewhere")


def _link_to_a_folder(file: Path) -> None:
    file.parent.rename(file.parent.with_name("elsewhere"))
    file.parent.symlink_to(file.parent.with_name("elsewhere"))


def _open_folder(file: Path) -> None:
    file.parent.chmod(0o777)


def _folder_instead_of_a_file(file: Path) -> None:
    file.mkdir()


def _file_instead_of_a_folder(file: Path) -> None:
    file.parent.rmdir()
    file.parent.write_text("")


def _exposed(file: Path) -> None:
    file.write_text("{}")
    file.chmod(0o640)


def _malformed(file: Path) -> None:
    file.write_text("canary")


def _nowhere(file: Path) -> None:
    file.parent.rmdir()
    file.parent.parent.rmdir()


UNSAFE = {
    "must not be a symbolic link": (_link_to_a_file, _link_to_a_folder),
    "must not be accessible to other users of this machine; chmod 700 ~/.anyscale": (_open_folder,),
    "must not be accessible to other users of this machine; chmod 600 ~/.anyscale/credentials.json": (_exposed,),
    "must be a file": (_folder_instead_of_a_file,),
    "must be a folder": (_file_instead_of_a_folder,),
    "must be a JSON object": (_malformed,),
    "cannot be written: No such file or directory": (_nowhere,),
}


@pytest.mark.parametrize(
    ("break_it", "text"),
    [(break_it, text) for text, changes in UNSAFE.items() for break_it in changes],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_unsafe_place_is_not_written(file: Path, break_it: Callable[[Path], None], text: str) -> None:
    """A link, a file that others can change or read, and a malformed file are refused and not changed."""
    break_it(file)
    before = sorted(path.name for path in file.parent.iterdir()) if file.parent.is_dir() else []
    assert text in refused(InvalidCredentialsError, write_token, "canary-token", HERE)
    assert before == (sorted(path.name for path in file.parent.iterdir()) if file.parent.is_dir() else [])


def test_a_file_of_another_user_is_not_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of another user is not written (simulated, because only root could create one)."""
    file.write_text("{}")
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    assert "must be owned by you" in refused(InvalidCredentialsError, write_token, "canary-token", HERE)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_write_that_fails_changes_nothing(file: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """A write that fails leaves the old file, no temporary file and no open descriptor."""
    file.write_text('{"cli_token": "old"}')
    works = getattr(os, call)

    def full(*_: Any, **__: Any) -> None:
        monkeypatch.setattr(os, call, works)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    before = len([*Path("/proc/self/fd").iterdir()])
    text = refused(InvalidCredentialsError, write_token, "canary-token", HERE)
    assert text == f"~/.anyscale/credentials.json: cannot be written: No space left on device{FILE_REMEDY}"
    assert [path.name for path in file.parent.iterdir()] == ["credentials.json"]
    assert file.read_text() == '{"cli_token": "old"}'
    assert len([*Path("/proc/self/fd").iterdir()]) == before


def test_content_is_synchronised_before_the_file_is_replaced(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content is synchronised, then the file is replaced, then the folder is synchronised."""
    calls: list[tuple[str, bool]] = []
    fsync, replace = os.fsync, os.replace

    def synchronised(descriptor: int) -> None:
        calls.append(("fsync", stat.S_ISDIR(os.fstat(descriptor).st_mode)))
        fsync(descriptor)

    def replaced(*names: Any, **folders: Any) -> None:
        calls.append(("replace", file.exists()))
        replace(*names, **folders)

    monkeypatch.setattr(os, "fsync", synchronised)
    monkeypatch.setattr(os, "replace", replaced)
    assert write_token("new", HERE) is False
    assert calls == [("fsync", False), ("replace", False), ("fsync", True)]


@pytest.mark.usefixtures("file")
def test_without_a_home_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a home directory, writing raises an error."""

    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    text = refused(InvalidCredentialsError, write_token, "canary-token", HERE)
    assert text == f"~/.anyscale/credentials.json: cannot be written: there is no home directory{FILE_REMEDY}"


@pytest.mark.usefixtures("file")
def test_token_that_is_removed() -> None:
    """Removing the token keeps the other keys of the file, and says whether there was a token."""
    assert not credentials_file.remove_token()
    write_token("secret", HERE)
    assert credentials_file.remove_token()
    assert not credentials_file.remove_token()


def test_file_that_cannot_be_reached_is_no_missing_token(file: Path) -> None:
    """A file that cannot be reached is an error, and not the same as no token."""
    file.parent.rmdir()
    file.parent.write_text("a file, not a folder")
    with pytest.raises(InvalidCredentialsError, match="cannot be read"):
        credentials_file.remove_token()
