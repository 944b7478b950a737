"""The credentials file: read with a look at who else can, and written so that nobody else ever could."""

from __future__ import annotations

import codecs
import json
import os
import secrets
import stat
import warnings
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from ..exceptions import InsecureCredentialsWarning, InvalidCredentialsError

CREDENTIALS_FILE: Final = Path("~/.anyscale/credentials.json")
TOKEN_KEY: Final = "cli_token"  # noqa: S105 - the name of a key
HOST_KEY: Final = "host"
FILE_EXAMPLE: Final = f'{{"{TOKEN_KEY}": "..."}}'

_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_READABLE_BY_OTHERS: Final = 0o044
_OPEN_TO_OTHERS: Final = 0o077
_WRITABLE_BY_OTHERS: Final = 0o022


def read_credentials() -> dict[str, Any]:
    """What the file holds. Raises `FileNotFoundError`, `RuntimeError` without a home, or `InvalidCredentialsError`.

    Warns (`InsecureCredentialsWarning`) where others on this machine can read it.
    """
    try:
        with CREDENTIALS_FILE.expanduser().open("rb") as file:
            mode, content = os.fstat(file.fileno()).st_mode, file.read()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unusable(f"cannot be read: {error.strerror}") from None
    if mode & _READABLE_BY_OTHERS:
        text = f"{CREDENTIALS_FILE}: others on this machine can read the token in it; chmod 600 {CREDENTIALS_FILE}"
        warnings.warn(InsecureCredentialsWarning(text), stacklevel=5)
    return _parsed(content)


def write_token(token: str, host: str) -> bool:
    """Save a token for a host, and keep whatever else the file holds; says whether another token was there.

    The file and its folder must be this user's alone, and no links; the file is replaced at once or not at all.
    Raises `InvalidCredentialsError`.
    """
    try:
        path = CREDENTIALS_FILE.expanduser()
        with suppress(FileExistsError):
            path.parent.mkdir(_FOLDER_MODE)
        _check(path.parent.lstat(), CREDENTIALS_FILE.parent, stat.S_ISDIR, _WRITABLE_BY_OTHERS, _FOLDER_MODE)
        with _opened_folder(path.parent) as folder:
            before = _read_ours(folder, path.name)
            _replace(folder, path.name, json.dumps({**before, TOKEN_KEY: token, HOST_KEY: host}).encode())
    except RuntimeError:
        raise unusable("cannot be written: there is no home directory") from None
    except OSError as error:
        raise unusable(f"cannot be written: {error.strerror}") from None
    return TOKEN_KEY in before


def unusable(problem: str) -> InvalidCredentialsError:
    """The error for a file with this problem."""
    return InvalidCredentialsError(
        f"{CREDENTIALS_FILE}: {problem}; mend it ({FILE_EXAMPLE}), pass token=, or set the environment variable "
        "ANYSCALE_CLI_TOKEN"
    )


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(content.removeprefix(codecs.BOM_UTF8), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    raise unusable("must be a JSON object in UTF-8")  # outside of `except`: an error may hold the content


@contextmanager
def _opened_folder(path: Path) -> Generator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read_ours(folder: int, name: str) -> dict[str, Any]:
    """What is there already, which must be as safe as what will be."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return {}
    _check(found, CREDENTIALS_FILE, stat.S_ISREG, _OPEN_TO_OTHERS, _FILE_MODE)
    with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder), "rb") as file:  # noqa: PTH123 - a descriptor
        return _parsed(file.read())


def _check(found: os.stat_result, place: Path, is_kind: Any, forbidden: int, mode: int) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise InvalidCredentialsError(f"{place}: must not be a link; put a file or folder of your own there")
    if not is_kind(found.st_mode):
        raise InvalidCredentialsError(
            f"{place}: must be a {'folder' if mode == _FOLDER_MODE else 'file'}; move it away"
        )
    if found.st_uid != os.geteuid():
        raise InvalidCredentialsError(f"{place}: must be yours; it belongs to another user")
    if found.st_mode & forbidden:
        raise InvalidCredentialsError(f"{place}: must be closed to others on this machine; chmod {mode:o} {place}")


def _replace(folder: int, name: str, content: bytes) -> None:
    temporary = f".{name}.{secrets.token_hex(8)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with open(os.open(temporary, flags, _FILE_MODE, dir_fd=folder), "wb") as file:  # noqa: PTH123 - as above
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)
