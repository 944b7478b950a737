"""The place of a cluster on this machine: its directory, a short link to it, and the ports that are chosen for it."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

HOST = "127.0.0.1"
# The path of a socket has at most 107 bytes. The longest path that Ray adds to its directory is
# /session_2026-11-30_04-37-07_984580_1234567/sockets/dash_MetricsHead
MAX_DIRECTORY_BYTES = 107 - 68
RAY_DIRECTORY = "r"
# If a directory is too long for Ray, a link with a short name leads to it.
LINK_DIRECTORY = Path("/tmp")  # noqa: S108 - a link with a random name, to a directory that only its owner can access
LINK_PREFIX = "ascl-"


class Place(NamedTuple):
    """The place of a cluster on this machine.

    Attributes:
        path: the directory of the session.
        link: a link to the directory, which is short enough for Ray; empty if the directory is.
        dashboard_port: the port of the dashboard.
        client_port: the port for Ray Client.
    """

    path: str
    link: str
    dashboard_port: int
    client_port: int

    @property
    def ray_directory(self) -> str:
        """The temporary directory of Ray."""
        return f"{self.link or self.path}/{RAY_DIRECTORY}"


def new_link(path: str) -> str:
    """The path for a link to a directory; empty if the directory is short enough for Ray."""
    is_short = len(os.fsencode(f"{path}/{RAY_DIRECTORY}")) <= MAX_DIRECTORY_BYTES
    return "" if is_short else str(LINK_DIRECTORY / f"{LINK_PREFIX}{secrets.token_hex(8)}")


def remove_dangling_links() -> None:
    """Remove the links of this user to directories that no longer exist."""
    for link in LINK_DIRECTORY.glob(f"{LINK_PREFIX}*"):
        with suppress(OSError):
            if link.is_symlink() and not link.exists() and link.lstat().st_uid == os.geteuid():
                link.unlink()
