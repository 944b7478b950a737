"""Seed files: what they may contain, and how large they may be."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest

from anyscale_sessions_sandbox import SandboxError, SeedError, serve
from anyscale_sessions_sandbox.control import seed_file
from anyscale_sessions_sandbox.control.seed_file import read_seed

SHORT_S = 1.0
MAX_BYTES_USED = 16 * 1024 * 1024
LEVELS = 12

BOMBS = {
    "lists": "\n".join(
        ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        + [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, LEVELS)]
        + [f"sessions: *a{LEVELS - 1}"]
    ),
    "mappings": "\n".join(
        ["a0: &a0 {x: y}"]
        + [
            f"a{level}: &a{level} {{{', '.join(f'k{n}: *a{level - 1}' for n in range(10))}}}"
            for level in range(1, LEVELS)
        ]
    ),
    "merged mappings": "\n".join(
        ["a0: &a0 {x: y}"]
        + [f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 10)}]}}" for level in range(1, LEVELS)]
    ),
    "a long text": f"a: &a {'x' * 100_000}\nsessions: [{', '.join(['*a'] * 1000)}]",
}


@pytest.mark.parametrize("kind", BOMBS)
def test_aliases_that_stand_for_too_much_are_refused(tmp_path: Path, kind: str) -> None:
    """A YAML file that is huge with its aliases replaced is refused in one line, in little time and memory."""
    path = tmp_path / "seed.yaml"
    path.write_text(BOMBS[kind])
    tracemalloc.start()
    began_s = time.process_time()
    try:
        with serve() as sandbox, pytest.raises(SeedError) as caught:
            sandbox.seed(path)
        assert time.process_time() - began_s < SHORT_S * 3  # measuring memory takes time too
        assert tracemalloc.get_traced_memory()[1] < MAX_BYTES_USED * 2
    finally:
        tracemalloc.stop()
    [problem] = caught.value.problems
    assert problem == f"{path} is not valid YAML or JSON: with its aliases it has more than 16 MiB"


def test_an_alias_in_its_own_value_is_refused(tmp_path: Path) -> None:
    """A value that contains itself is refused."""
    path = tmp_path / "seed.yaml"
    path.write_text("sessions: &a [*a]")
    with pytest.raises(SeedError, match="an alias stands for a value that contains the alias"):
        read_seed(path)


def test_aliases_can_be_used(tmp_path: Path) -> None:
    """Aliases and merged mappings of usual size are replaced."""
    path = tmp_path / "seed.yaml"
    path.write_text("a: &a {name: x, project_id: p}\nsessions: [{<<: *a, id: ses_1}, *a]")
    assert read_seed(path)["sessions"] == [
        {"name": "x", "project_id": "p", "id": "ses_1"},
        {"name": "x", "project_id": "p"},
    ]


@pytest.mark.parametrize("name", ["seed.yaml", "seed.json"])
def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A file beyond the size limit is refused before it is parsed, and one of that size is not."""
    monkeypatch.setattr(seed_file, "MAX_YAML_BYTES", 1024**2)
    monkeypatch.setattr(seed_file, "MAX_JSON_BYTES", 1024**2)
    path = tmp_path / name
    path.write_text('{"sessions": []}'.ljust(1024**2))
    assert read_seed(path) == {"sessions": []}
    path.write_text('{"sessions": []}'.ljust(1024**2 + 1))
    with pytest.raises(SeedError, match="is larger than 1 MiB"):
        read_seed(path)


@pytest.mark.parametrize(("content", "message"), [(b"\xff\xfe", "is not UTF-8"), (b"", "does not contain a mapping")])
def test_a_file_without_a_mapping_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """A file that is not text, or is empty, is refused in one line."""
    path = tmp_path / "seed.yaml"
    path.write_bytes(content)
    with pytest.raises(SeedError, match=message):
        read_seed(path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A file that does not exist is an error that names it."""
    with pytest.raises(SandboxError, match=r"none\.yaml cannot be read: No such file"):
        read_seed(tmp_path / "none.yaml")


def test_a_seed_with_many_problems_names_the_first() -> None:
    """The error of a seed has at most 100 problems."""
    with serve() as sandbox, pytest.raises(SeedError) as caught:
        sandbox.seed({f"x{number}": 1 for number in range(100_000)})
    assert len(caught.value.problems) == 100


@pytest.mark.parametrize(
    "content",
    [
        "sessions:\n- {cluster_config: secret, name: ']",
        "sessions:\n- cluster_config: *secret",
        "sessions:\n- cluster_config: !secret x",
        "sessions:\n- cluster_config: !!python/object:secret x",
        "sessions:\n- cluster_config: &secret",
        "sessions:\n- [secret: 1, @secret",
        "sessions:\n- cluster_config: secret\x00",
    ],
)
def test_an_invalid_file_is_not_quoted(tmp_path: Path, content: str) -> None:
    """The error of an invalid YAML file says what is wrong, and does not quote the file, for it can have secrets."""
    path = tmp_path / "seed.yaml"
    path.write_text(content)
    with pytest.raises(SandboxError) as caught, serve() as sandbox:
        sandbox.seed(path)
    assert "secret" not in str(caught.value)
