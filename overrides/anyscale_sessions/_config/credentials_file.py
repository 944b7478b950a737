"""The credentials file: its permissions are checked, and it is written for the current user only.

Windows has neither permission bits nor owners as POSIX has them. There, only the kind and the size of the file are
checked, and a new file has the access rights of the home directory.
"""

from __future__ import annotations

import codecs
import json
import os
import stat
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from anyscale_sessions_api.types import Secret

from .._utils.records import Record
from ..exceptions import InsecureCredentialsWarning, InvalidCredentialsError
from .private_folder import PrivateFolder, read_start, user_id

CREDENTIALS_FILE: Final = Path("~/.anyscale/credentials.json")
TOKEN_KEY: Final = "cli_token"  # noqa: S105 - the name of a key
HOST_KEY: Final = "host"
FILE_EXAMPLE: Final = f'{{"{TOKEN_KEY}": "..."}}'
MAX_FILE_BYTES: Final = 64 * 1024

_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_READABLE_BY_OTHERS: Final = 0o044
_OPEN_TO_OTHERS: Final = 0o077
_WRITABLE_BY_OTHERS: Final = 0o022
# The frames between a warning and the line that makes the client.
_STACK_LEVEL: Final = 5


class Credentials(Record, frozen=True):
    """What the file holds for a client; `None` for what it lacks. The repr shows neither."""

    token: Secret[Any]
    host: Secret[Any]


def read_credentials() -> Credentials:
    """The content of the file, which must be a regular file of at most 64 KiB.

    Raises `FileNotFoundError`, `RuntimeError` without a home directory, or `InvalidCredentialsError`. Warns
    (`InsecureCredentialsWarning`) if other users of this machine can read or replace the file.
    """
    path = CREDENTIALS_FILE.expanduser()
    try:
        info, content = read_start(path, MAX_FILE_BYTES + 1)
        risks = list(_risks(info, path))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unusable(f"cannot be read: {error.strerror}") from None
    if content is None:
        raise unusable("must be a file")
    for text in risks:
        warnings.warn(InsecureCredentialsWarning(text), stacklevel=_STACK_LEVEL)
    fields = _parsed(content)
    return Credentials(Secret(fields.value.get(TOKEN_KEY)), Secret(fields.value.get(HOST_KEY)))


def write_token(token: Secret[str], host: str) -> bool:
    """Save a token for a host, and keep the other keys of the file. Returns whether it replaced a token.

    The file and its folder must belong to this user only, and must not be symbolic links. The file is replaced
    atomically. Raises `InvalidCredentialsError`.
    """
    before = _rewrite(lambda keys: {**keys, TOKEN_KEY: token.value, HOST_KEY: host})
    return TOKEN_KEY in before.value


def remove_token() -> bool:
    """Remove the token and its host from the file, and keep its other keys. Returns whether there was a token.

    Raises `InvalidCredentialsError` where `write_token` does.
    """
    try:
        CREDENTIALS_FILE.expanduser().lstat()
    except (FileNotFoundError, RuntimeError):
        return False
    except OSError as error:
        raise unusable(f"cannot be read: {error.strerror}") from None
    before = _rewrite(lambda keys: {name: keys[name] for name in keys if name not in {TOKEN_KEY, HOST_KEY}})
    return TOKEN_KEY in before.value


def _rewrite(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Secret[dict[str, Any]]:
    """Replace the content of the file, and return what it was."""
    try:
        path = CREDENTIALS_FILE.expanduser()
        with suppress(FileExistsError):
            path.parent.mkdir(_FOLDER_MODE)
        _check(path.parent.lstat(), CREDENTIALS_FILE.parent, stat.S_ISDIR, _WRITABLE_BY_OTHERS, _FOLDER_MODE)
        with PrivateFolder(path.parent) as folder:
            before = _read_existing(folder, path.name)
            new = Secret(json.dumps(change(before.value)).encode())
            folder.replace(path.name, new, _FILE_MODE)
    except RuntimeError:
        raise unusable("cannot be written: there is no home directory") from None
    except OSError as error:
        raise unusable(f"cannot be written: {error.strerror}") from None
    return before


def unusable(problem: str) -> InvalidCredentialsError:
    """The error for a file with this problem."""
    return InvalidCredentialsError(
        f"{CREDENTIALS_FILE}: {problem}; fix it ({FILE_EXAMPLE}), pass token=, or set the environment variable "
        "ANYSCALE_CLI_TOKEN"
    )


def _risks(info: os.stat_result, path: Path) -> Iterator[str]:
    """What other users of this machine can do with the file that was read."""
    if user_id() is None:
        return
    remedy = f"chmod 600 {CREDENTIALS_FILE}"
    if info.st_mode & _READABLE_BY_OTHERS:
        yield f"{CREDENTIALS_FILE}: other users of this machine can read the token; {remedy}"
    if info.st_mode & _WRITABLE_BY_OTHERS:
        yield f"{CREDENTIALS_FILE}: other users of this machine can change the token; {remedy}"
    folders = {path.parent, path.resolve().parent}  # the file can be a symbolic link
    if any(folder.stat().st_mode & _WRITABLE_BY_OTHERS for folder in folders):
        folder = CREDENTIALS_FILE.parent
        yield f"{folder}: other users of this machine can replace the credentials file; chmod 700 {folder}"


def _parsed(content: Secret[bytes]) -> Secret[dict[str, Any]]:
    if len(content.value) > MAX_FILE_BYTES:
        raise unusable(f"must be at most {MAX_FILE_BYTES // 1024} KiB long")
    try:
        return Secret(msgspec.json.decode(content.value.removeprefix(codecs.BOM_UTF8), type=dict[str, Any]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    # Outside of `except`, because the first error may hold the content.
    raise unusable("must be a JSON object in UTF-8")


def _read_existing(folder: PrivateFolder, name: str) -> Secret[dict[str, Any]]:
    """The current content. The file must be as private as the new one will be."""
    try:
        info = folder.lstat(name)
    except FileNotFoundError:
        return Secret({})
    _check(info, CREDENTIALS_FILE, stat.S_ISREG, _OPEN_TO_OTHERS, _FILE_MODE)
    return _parsed(folder.read(name, MAX_FILE_BYTES + 1))


def _check(info: os.stat_result, place: Path, is_kind: Any, forbidden: int, mode: int) -> None:
    if stat.S_ISLNK(info.st_mode):
        raise InvalidCredentialsError(
            f"{place}: must not be a symbolic link; replace it with a file or folder of your own"
        )
    if not is_kind(info.st_mode):
        raise InvalidCredentialsError(
            f"{place}: must be a {'folder' if mode == _FOLDER_MODE else 'file'}; move this away"
        )
    if user_id() is None:
        return
    if info.st_uid != user_id():
        raise InvalidCredentialsError(f"{place}: must be owned by you; it belongs to another user")
    if info.st_mode & forbidden:
        raise InvalidCredentialsError(
            f"{place}: must not be accessible to other users of this machine; chmod {mode:o} {place}"
        )
