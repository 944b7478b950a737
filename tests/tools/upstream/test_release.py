"""tools/upstream/release.py: a wheel of the upstream SDK is read without importing it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from upstream.release import Field, Operation, UnreadableRelease, read_release

WriteWheel = Callable[..., Path]


def test_version_comes_from_the_name(write_wheel: WriteWheel) -> None:
    """The version of a release is the one in the name of its wheel."""
    assert read_release(write_wheel("0.26.7")).version == "0.26.7"


def test_fields_are_read(write_wheel: WriteWheel) -> None:
    """Each field of a model has its type, whether it is required, and its default."""
    assert read_release(write_wheel()).models == {
        "Session": {
            "name": Field("str", is_required=True, default=None),
            "state": Field("SessionState", is_required=False, default=None),
            "idle_timeout": Field("int", is_required=False, default=120),
            "created_at": Field("datetime", is_required=False, default=None),
            "hosts": Field("list[str]", is_required=False, default=[]),
        }
    }


def test_values_of_enums_are_read(write_wheel: WriteWheel) -> None:
    """An enum has the values that its constants have."""
    assert read_release(write_wheel()).enums == {"SessionState": ["Stopped", "Running"]}


def test_values_without_constants_are_read(write_wheel: WriteWheel) -> None:
    """An enum that lists its values themselves has these values."""
    source = 'class SessionState(object):\n    allowable_values = ["a", 5]\n'
    assert read_release(write_wheel(models__session_state=source)).enums == {"SessionState": ["a", 5]}


def test_other_classes_are_left_out(write_wheel: WriteWheel) -> None:
    """A class that is neither a model nor an enum is left out."""
    release = read_release(write_wheel(models__other="import six\n\nclass Other(object):\n    x, y = 1, 2\n"))
    assert "Other" not in {*release.models, *release.enums}


def test_operations_are_read(write_wheel: WriteWheel) -> None:
    """Each operation has its method, path, parameters, required arguments, body and response."""
    operations = read_release(write_wheel()).operations
    assert operations["get_session"] == Operation(
        method="GET",
        path="/sessions/{session_id}",
        path_parameters=("session_id",),
        query_parameters=(),
        required=frozenset({"session_id"}),
        body=None,
        response="SessionResponse",
    )
    assert operations["search_sessions"] == Operation(
        method="POST",
        path="/sessions/search",
        path_parameters=(),
        query_parameters=("count",),
        required=frozenset({"sessions_query"}),
        body="sessions_query",
        response=None,
    )


def test_nothing_is_imported(write_wheel: WriteWheel) -> None:
    """A module that raises when it is imported is read all the same."""
    assert read_release(write_wheel(models__other="raise SystemExit(3)\n")).models


@pytest.mark.parametrize(
    ("modules", "reason"),
    [
        ({"api__default_api": None}, "anyscale-1.0.0-py3-none-any.whl cannot be read: .*no item named"),
        ({"models__session": "class ("}, "cannot be read: "),
        ({"models__session": None}, "found no models or no operations in the form of OpenAPI Generator"),
        ({"api__default_api": "x = 1\n"}, "found no models or no operations in the form of OpenAPI Generator"),
    ],
)
def test_unknown_form_is_refused(write_wheel: WriteWheel, modules: dict[str, str | None], reason: str) -> None:
    """A wheel whose modules do not have the known form is refused with the reason."""
    with pytest.raises(UnreadableRelease, match=reason):
        read_release(write_wheel(**modules))


def test_file_that_is_no_wheel_is_refused(tmp_path: Path) -> None:
    """A file that is not a wheel is refused."""
    path = tmp_path / "anyscale-1.0.0-py3-none-any.whl"
    path.write_text("no wheel", encoding="utf-8")
    with pytest.raises(UnreadableRelease, match="cannot be read: File is not a zip file"):
        read_release(path)
