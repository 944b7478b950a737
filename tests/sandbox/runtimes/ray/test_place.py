"""The place of a Ray cluster: a directory, or a short link to it."""

from __future__ import annotations

import os

import pytest

from anyscale_sessions_sandbox.runtimes.ray import place


def test_the_longest_directory_leaves_room_for_the_longest_socket() -> None:
    """The path of a socket in the longest directory that Ray may use is short enough for the system."""
    longest = "/session_2026-11-30_04-37-07_984580_1234567/sockets/dash_MetricsHead"
    assert place.MAX_DIRECTORY_BYTES + len(os.fsencode(longest)) == 107


@pytest.mark.parametrize("name", ["d" * (place.MAX_DIRECTORY_BYTES - 2), "ä" * (place.MAX_DIRECTORY_BYTES // 2)])
def test_a_long_directory_gets_a_link(name: str) -> None:
    """A directory whose path has too many bytes with the folder of Ray gets a short link, and its path is not used."""
    path = f"/{name}"
    link = place.new_link(path)
    cluster = place.Place(path, link, 1, 2)
    assert len(os.fsencode(cluster.ray_directory)) <= place.MAX_DIRECTORY_BYTES
    assert cluster.ray_directory == f"{link}/r"


def test_a_short_directory_gets_no_link() -> None:
    """A directory that is just short enough is used as it is."""
    path = "/" + "d" * (place.MAX_DIRECTORY_BYTES - 3)
    assert place.new_link(path) == ""
    assert place.Place(path, "", 1, 2).ray_directory == f"{path}/r"
