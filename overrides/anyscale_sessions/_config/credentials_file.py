"""The credentials file: its permissions are checked, and it is written for the current user only."""

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
    """The content of the file.

    Raises `FileNotFoundError`, `RuntimeError` without a home directory, or `InvalidCredentialsError`. Warns
    (`InsecureCredentialsWarning`) if other users of this machine can read the file.
    """
    try:
        with CREDENTIALS_FILE.expanduser().open("rb") as file:
            mode, content = os.fstat(file.fileno()).st_mode, file.read()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unusable(f"cannot be read: {error.strerror}") from None
    if mode & _READABLE_BY_OTHERS:
        text = f"{CREDENTIALS_FILE}: other users of this machine can read the token; chmod 600 {CREDENTIALS_FILE}"
        warnings.warn(InsecureCredentialsWarning(text), stacklevel=5)
    return _parsed(content)


def write_token(token: str, host: str) -> bool:
    """Save a token for a host, and keep the other keys of the file. Returns whether it replaced a token.

    The file and its folder must belong to this user only, and must not be symbolic links. The file is replaced
    atomically. Raises `InvalidCredentialsError`.
    """
    try:
        path = CREDENTIALS_FILE.expanduser()
        with suppress(FileExistsError):
            path.parent.mkdir(_FOLDER_MODE)
        _check(path.parent.lstat(), CREDENTIALS_FILE.parent, stat.S_ISDIR, _WRITABLE_BY_OTHERS, _FOLDER_MODE)
        with _open_folder(path.parent) as folder:
            before = _read_existing(folder, path.name)
            _replace(folder, path.name, json.dumps({**before, TOKEN_KEY: token, HOST_KEY: host}).encode())
    except RuntimeError:
        raise unusable("cannot be written: there is no home directory") from None
    except OSError as error:
        raise unusable(f"cannot be written: {error.strerror}") from None
    return TOKEN_KEY in before


def unusable(problem: str) -> InvalidCredentialsError:
    """The error for a file with this problem."""
    return InvalidCredentialsError(
        f"{CREDENTIALS_FILE}: {problem}; fix it ({FILE_EXAMPLE}), pass token=, or set the environment variable "
        "ANYSCALE_CLI_TOKEN"
    )


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(content.removeprefix(codecs.BOM_UTF8), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    raise unusable(
        "must be a JSON object in UTF-8"
    )  # outside of `except`, because the first error may hold the content


@contextmanager
def _open_folder(path: Path) -> Generator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read_existing(folder: int, name: str) -> dict[str, Any]:
    """The current content. The file must be as private as the new one will be."""
    try:
        info = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return {}
    _check(info, CREDENTIALS_FILE, stat.S_ISREG, _OPEN_TO_OTHERS, _FILE_MODE)
    with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder), "rb") as file:  # noqa: PTH123 - a descriptor
        return _parsed(file.read())


def _check(info: os.stat_result, place: Path, is_kind: Any, forbidden: int, mode: int) -> None:
    if stat.S_ISLNK(info.st_mode):
        raise InvalidCredentialsError(
            f"{place}: must not be a symbolic link; replace it with a file or folder of your own"
        )
    if not is_kind(info.st_mode):
        raise InvalidCredentialsError(
            f"{place}: must be a {'folder' if mode == _FOLDER_MODE else 'file'}; move this away"
        )
    if info.st_uid != os.geteuid():
        raise InvalidCredentialsError(f"{place}: must be owned by you; it belongs to another user")
    if info.st_mode & forbidden:
        raise InvalidCredentialsError(
            f"{place}: must not be accessible to other users of this machine; chmod {mode:o} {place}"
        )


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
