"""Files that only the current user may read: how one is read, and replaced as a whole.

What only POSIX systems have is used where it exists: descriptors of folders, so that nobody can exchange a folder in
between, flags that refuse symbolic links, and owners.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from anyscale_sessions_api.types import Secret


def user_id() -> int | None:
    """The id of the current user; `None` on a system without owners and permission bits, such as Windows."""
    get: Any = getattr(os, "geteuid", None)
    return None if get is None else get()


def read_start(path: Path, size: int) -> tuple[os.stat_result, Secret[bytes] | None]:
    """What a file is, and up to `size` bytes of it; `None` if it is no regular file. It is opened without waiting.

    Raises `OSError`.
    """
    descriptor = os.open(path, os.O_RDONLY | _flags("O_NONBLOCK", "O_BINARY"))
    try:
        info = os.fstat(descriptor)
        if stat.S_ISDIR(info.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(info.st_mode):
            return info, None
        with open(descriptor, "rb", closefd=False) as file:
            return info, Secret(file.read(size))
    finally:
        os.close(descriptor)


class PrivateFolder:
    """A folder that is opened once. Where Python cannot open folders, its path is used each time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        if os.open in os.supports_dir_fd:
            self._descriptor = os.open(self._path, os.O_RDONLY | _flags("O_DIRECTORY", "O_NOFOLLOW"))
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def lstat(self, name: str) -> os.stat_result:
        """What a file is, without following a symbolic link. Raises `OSError`."""
        return os.lstat(self._place(name), **self._at("dir_fd"))

    def read(self, name: str, size: int) -> Secret[bytes]:
        """Up to `size` bytes of a file, which must not be a symbolic link. Raises `OSError`."""
        with open(self._open(name, os.O_RDONLY), "rb") as file:  # noqa: PTH123 - a descriptor
            return Secret(file.read(size))

    def replace(self, name: str, content: Secret[bytes], mode: int) -> None:
        """Replace a file as a whole. If that fails, the old file stays, and no other is left. Raises `OSError`."""
        temporary = f".{name}.{secrets.token_hex(8)}"
        try:
            self._write(temporary, content, mode)
            os.replace(  # noqa: PTH105 - pathlib has no dir_fd
                self._place(temporary), self._place(name), **self._at("src_dir_fd", "dst_dir_fd")
            )
        except BaseException:
            with suppress(OSError):
                os.unlink(self._place(temporary), **self._at("dir_fd"))
            raise
        if self._descriptor is not None:
            os.fsync(self._descriptor)

    def _write(self, name: str, content: Secret[bytes], mode: int) -> None:
        with open(self._open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:  # noqa: PTH123 - as above
            file.write(content.value)
            file.flush()
            os.fsync(file.fileno())

    def _open(self, name: str, flags: int, mode: int = 0) -> int:
        return os.open(self._place(name), flags | _flags("O_NOFOLLOW", "O_BINARY"), mode, **self._at("dir_fd"))

    def _place(self, name: str) -> str:
        return name if self._descriptor is not None else str(self._path / name)

    def _at(self, *arguments: str) -> dict[str, Any]:
        return {} if self._descriptor is None else dict.fromkeys(arguments, self._descriptor)


def _flags(*names: str) -> int:
    """These flags of `open`, as far as the system has them."""
    flags = 0
    for name in names:
        flags |= getattr(os, name, 0)
    return flags
