"""Hostile data: whatever comes in, a model or `DecodeError`, which tells the place and quotes nothing."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions_api import models
from anyscale_sessions_api.models import (
    HTTPValidationError,
    PageQuery,
    Session,
    SessionCommand,
    SessionListResponse,
    SessionOperation,
)
from anyscale_sessions_api.types import DecodeError, Model, decode

SECRET = "s3cret"
MODELS: list[type[Model]] = [
    kind for name in models.__all__ if issubclass(kind := getattr(models, name), Model)
]  # fmt: skip

NOT_JSON = {
    b"": "Input data was truncated",
    b"{": "Input data was truncated",
    b'{"id": "s3cret': "Input data was truncated",
    b'{"id": s3cret}': "JSON is malformed",
    b'{"id": "a"} s3cret': "JSON is malformed",
    b'{"id": NaN}': "JSON is malformed",
    b'{"id": Infinity}': "JSON is malformed",
    b'{"id": "\xffs3cret"}': "not UTF-8",
    b'\xef\xbb\xbf{"id": "s3cret"}': "JSON is malformed",
    "{}".encode("utf-16"): "JSON is malformed",
    b"<html>s3cret</html>": "JSON is malformed",
    b'{"id": "\\ud800"}': "",
    b'{"id": "a\x00"}': "JSON is malformed",
}
NOT_IN_SHAPE = [
    (None, "Expected `object`, got `null`", "$"),
    ([SECRET], "Expected `object`, got `array`", "$"),
    (SECRET, "Expected `object`, got `str`", "$"),
    ({}, "Object missing required field `results`", "$"),
    ({"results": SECRET}, "Expected `array`, got `str`", "$.results"),
    ({"results": [SECRET]}, "Expected `object`, got `str`", "$.results[0]"),
    ({"results": [{"id": "a"}, {"id": 5, "name": SECRET}]}, "Expected `str`, got `int`", "$.results[1].id"),
    ({"results": [{"id": "a", "state": 5}]}, "Expected `str | null`, got `int`", "$.results[0].state"),
    ({"results": [{"id": "a", "uses_app_config": 1}]}, "Expected `bool | null`, got `int`",
     "$.results[0].uses_app_config"),
    ({"results": [{"id": "a", "idle_timeout": "1"}]}, "Expected `int | null`, got `str`", "$.results[0].idle_timeout"),
    ({"results": [{"id": "", "idle_timeout": True}]}, "Expected `int | null`, got `bool`", "$.results[0].idle_timeout"),
    ({"results": [], "metadata": {"total": SECRET}}, "Expected `int | null`, got `str`", "$.metadata.total"),
    ({"results": [{"id": "a", "created_at": SECRET}]}, "Invalid RFC3339 encoded datetime", "$.results[0].created_at"),
    ({"results": [{"id": "a", "activity_details": [SECRET]}]}, "Expected `object | null`, got `array`",
     "$.results[0].activity_details"),
]  # fmt: skip


def assert_tells_only(error: DecodeError, reason: str, path: str) -> None:
    """The error has this reason and place, says both, and neither it nor what it came from quotes the data."""
    assert error.reason.startswith(reason)
    assert error.path == path
    assert str(error) == f"{error.reason} (at {error.path})"
    assert error.__cause__ is None
    assert error.__context__ is None
    assert SECRET not in repr(error) + str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (again.reason, again.path, str(again)) == (error.reason, error.path, str(error))


@pytest.mark.parametrize("data", NOT_JSON)
def test_what_is_no_json_is_undecodable(data: bytes) -> None:
    """Malformed, truncated or wrongly encoded JSON, HTML and NaN are `DecodeError`."""
    with pytest.raises(DecodeError) as caught:
        Session.from_json(data)
    assert_tells_only(caught.value, NOT_JSON[data], "$")


@pytest.mark.parametrize(("data", "reason", "path"), NOT_IN_SHAPE)
def test_what_is_not_in_shape_is_undecodable(data: Any, reason: str, path: str) -> None:
    """JSON of another shape is `DecodeError`, with the place, from bytes as from plain data."""
    with pytest.raises(DecodeError) as from_dict:
        SessionListResponse.from_dict(data)
    with pytest.raises(DecodeError) as from_json:
        SessionListResponse.from_json(json.dumps(data).encode())
    for caught in (from_dict, from_json):
        assert_tells_only(caught.value, reason, path)


def test_rules_of_a_request_are_checked() -> None:
    """What the spec says of a value that is sent holds when it is read from a file, say."""
    with pytest.raises(DecodeError) as caught:
        PageQuery.from_dict({"count": -1})
    assert_tells_only(caught.value, "Expected `int` >= 0", "$.count")


def test_key_that_is_no_text_is_undecodable() -> None:
    """Plain data with a key that JSON could not have is `DecodeError`."""
    with pytest.raises(DecodeError) as caught:
        Session.from_dict({1: SECRET, "id": "a"})  # type: ignore[dict-item]
    assert_tells_only(caught.value, "Expected `str`", "$")


def test_numbers_of_any_size_are_read() -> None:
    """A whole number has no limit; one that is not whole, or that no float can hold, is `DecodeError`."""
    huge = b'{"id":"c","status_code":' + b"9" * 400 + b"}"
    assert SessionCommand.from_json(huge).status_code == 10**400 - 1
    for number in (b"1.5", b"1e999", b"-1e999"):
        with pytest.raises(DecodeError):
            SessionCommand.from_json(b'{"id":"c","status_code":' + number + b"}")


@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_undecodable(brackets: tuple[bytes, bytes]) -> None:
    """Data that is nested too deeply is `DecodeError`, wherever it stands, and no crash."""
    opening, closing = (bracket * 100_000 for bracket in brackets)
    deep = opening + b"1" + closing
    for data in (deep, b'{"id":"o","result":{"data":{"a":' + deep + b"}}}", b'{"id":"o","later":' + deep + b"}"):
        with pytest.raises(DecodeError) as caught:
            SessionOperation.from_json(data)
        assert caught.value.reason in ("nested too deeply", "Expected `object`, got `array`")


def test_round_data_is_undecodable() -> None:
    """Plain data that holds itself is `DecodeError` where a model is read from it."""
    round_data: dict[str, Any] = {"loc": []}
    round_data["detail"] = [round_data]
    round_data["loc"].append(round_data["loc"])
    with pytest.raises(DecodeError):
        HTTPValidationError.from_dict(round_data)


@given(data=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: json.dumps(text).encode()))
def test_any_bytes_are_a_model_or_undecodable(data: bytes) -> None:
    """Any bytes are read as a model or are `DecodeError`; nothing else is raised."""
    for model in MODELS:
        try:
            assert isinstance(model.from_json(data), model)
        except DecodeError:
            continue


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(data=st.data())
def test_any_value_in_any_field_is_a_model_or_undecodable(data: st.DataObject) -> None:
    """A model whose fields hold anything is read or is `DecodeError`; nothing else is raised."""
    model = data.draw(st.sampled_from(MODELS))
    names = list(model.__annotations__)
    values = data.draw(st.dictionaries(st.sampled_from(names), JSON, max_size=3))
    try:
        assert isinstance(model.from_dict(values), model)
    except DecodeError:
        return


def test_other_types_can_be_decoded() -> None:
    """`decode` reads any type that a response can have: a list of models, a map, a text."""
    assert decode(b'[{"id":"a"}]', list[Session]) == [Session.from_dict({"id": "a"})]
    assert decode(b'{"a":1}', dict[str, int]) == {"a": 1}
    with pytest.raises(DecodeError):
        decode(b"[1]", list[str])
