"""What is shown of a response: its beginning, without anything secret, however it is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from importlib.resources import files
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from anyscale_sessions._redaction import (
    MASK,
    MASKED_FIELDS,
    MAX_REQUEST_ID_CHARACTERS,
    redact,
    redacted_body,
    redacted_request_id,
)

LIMIT_BYTES = 4096
SECRET = "canary-4fd1"
SPEC = json.loads(files("anyscale_sessions_api").joinpath("openapi.json").read_text(encoding="utf-8"))
FIELDS = sorted(MASKED_FIELDS)


def test_the_secret_fields_are_those_of_the_spec() -> None:
    """The redacted fields are those that the spec marks as secret and the token that authenticates."""
    marked = {
        name
        for schema in SPEC["components"]["schemas"].values()
        for name, field in schema.get("properties", {}).items()
        if field.get("format") == "password"
    }
    assert marked | {"cli_token"} == MASKED_FIELDS
    assert {"access_token", "ssh_private_key", "user_service_token", "webterminal_auth_url"} <= marked


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "write",
    [
        json.dumps,
        lambda value: json.dumps(value, indent=2),
        lambda value: json.dumps({"detail": json.dumps(value)}),
        lambda value: json.dumps({"detail": json.dumps({"detail": json.dumps(value)})}),
        repr,
    ],
    ids=["json", "indented", "json in json", "json in json in json", "python"],
)
@pytest.mark.parametrize(
    "value", [SECRET, f'"{SECRET}"', f"'{SECRET}", f"\\{SECRET}\\", f"\n{SECRET}\n", f"é{SECRET}🎉"]
)
def test_values_of_secret_fields_are_redacted(field: str, write: Any, value: str) -> None:
    """The value of a secret field is redacted in JSON, in JSON within JSON and in Python's form."""
    text = redact(write({"first": 1, field: value, "last": 2}), ())
    assert SECRET not in text
    assert MASK in text
    assert field in text


def test_the_rest_stays_readable() -> None:
    """A text without secrets is shown unchanged."""
    body = {"name": "nightly", "access_token": SECRET, "n": 5, "cluster_config": None, "last": "x"}
    assert json.loads(redact(json.dumps(body), ())) == {**body, "access_token": MASK}


@pytest.mark.parametrize("cut", range(1, len(SECRET) + 1))
def test_a_value_that_is_cut_off_is_redacted(cut: int) -> None:
    """A secret at the end of a body is redacted although its end is cut off."""
    assert redact('{"ssh_private_key": "' + SECRET[:cut], ()) == '{"ssh_private_key": "' + MASK


@given(st.text(min_size=6), st.text(), st.text())
def test_known_secrets_are_redacted_anywhere(secret: str, before: str, after: str) -> None:
    """A secret of the request is redacted anywhere in a text, as it is and as JSON."""
    assume(MASK not in secret and secret not in MASK)
    assert secret not in redact(before + secret + after, [secret]).replace(MASK, "\udc00")
    for ensure_ascii in (True, False):
        quoted = json.dumps(secret, ensure_ascii=ensure_ascii)
        assert redact(f"said: {quoted}.", [secret]) == f'said: "{MASK}".'


@pytest.mark.parametrize("write", [str, json.dumps, repr, escape, quote, lambda text: quote(text, ""), quote_plus])
@pytest.mark.parametrize("secret", ["canary", "key: 'canary'", 'key: "canary" # <é> 100%\ta/b&c', "🎉 canary\\"])
def test_known_secrets_are_redacted_in_every_form(secret: str, write: Callable[[str], str]) -> None:
    """A secret is redacted as text, JSON, Python, HTML and in a URL."""
    written = write(secret)
    quotes = (written[0], written[-1]) if write in (json.dumps, repr) else ("", "")
    assert redact(f"refused: {written}.", [secret]) == f"refused: {quotes[0]}{MASK}{quotes[1]}."


def test_known_secrets_of_any_characters_are_redacted() -> None:
    """A secret that no URL can hold is redacted as it is."""
    assert redact("it is canary\ud800", ["canary\ud800"]) == f"it is {MASK}"


def test_lines_of_a_secret_are_secret() -> None:
    """A single line of a secret is redacted too."""
    secret = "provider:\r\n  key: canary-1 \n\n  - abcde\n  key: canary-2"
    assert redact("line 2: key: canary-1 , abcde, canary-", [secret]) == f"line 2: {MASK} , abcde, canary-"
    long = "\n".join(f"line {number:04}" for number in range(1001))
    assert redact("line 0999, line 1000, line 1001", [long]) == f"{MASK}, {MASK}, line 1001"


@pytest.mark.parametrize("piece", ["\\", '\\"', '"cli_token":"', '"cli_token" ', '\\"cli_token\\":\\"', "'", " "])
def test_redaction_takes_linear_time(piece: str) -> None:
    """Redaction of a hostile response takes time in proportion to its length."""
    assert redact(piece * (500_000 // len(piece)), [SECRET])


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        ({}, None),
        ({"x-request-id": ""}, ""),
        ({"x-request-id": "r1"}, "r1"),
        ({"x-request-id": f"{SECRET}; r1"}, f"{MASK}; r1"),
        ({"x-request-id": "r" * 500}, "r" * MAX_REQUEST_ID_CHARACTERS),
        ({"x-request-id": "r" * (MAX_REQUEST_ID_CHARACTERS - 5) + SECRET}, "r" * 195 + MASK),
    ],
)
def test_request_id_is_shown_without_secrets(headers: dict[str, str], shown: str | None) -> None:
    """A request id is redacted before it is cut."""
    assert redacted_request_id(headers, [SECRET]) == shown


def test_nested_secrets_are_redacted_as_a_whole() -> None:
    """A secret that contains another is redacted as a whole."""
    assert redact("xx abcdefgh-tail xx", ["abcdefgh", "abcdefgh-tail"]) == f"xx {MASK} xx"


@pytest.mark.parametrize("secret", ["", "a", "token"])
def test_short_texts_are_not_redacted(secret: str) -> None:
    """A text that is too short for a secret is not redacted."""
    assert redact("a token", [secret]) == "a token"


@given(st.binary(max_size=300).map(lambda data: data * 40))
def test_a_body_is_cut_to_its_limit(body: bytes) -> None:
    """A body of any bytes is shown as at most 4 KiB of UTF-8."""
    assert len(redacted_body(body, ()).encode()) <= LIMIT_BYTES


def test_a_short_body_is_shown_as_it_is() -> None:
    """A short body without secrets is shown unchanged."""
    assert redacted_body("é🎉".encode(), ()) == "é🎉"
    assert redacted_body(b"\xff", ()) == "\ufffd"
    assert redacted_body(b"it can", [SECRET]) == "it can"


def test_a_body_is_read_up_to_8_kib() -> None:
    """The part of a body after its first 8 KiB is never shown."""
    body = b'{"ssh_private_key": "' + b"k" * 2 * LIMIT_BYTES + b'", "x": "tail"}'
    assert redacted_body(body, ()) == '{"ssh_private_key": "***'


def test_a_character_at_the_limit_is_not_shown_in_part() -> None:
    """A character that does not fit into the limit is left out."""
    assert redacted_body("é".encode() * LIMIT_BYTES, ()) == "é" * (LIMIT_BYTES // 2)
    assert redacted_body(b"." + "é".encode() * LIMIT_BYTES, ()) == "." + "é" * (LIMIT_BYTES // 2 - 1)


@pytest.mark.parametrize("cut", range(-1, len(SECRET) + 3))
def test_a_secret_at_the_cut_is_not_shown_in_part(cut: int) -> None:
    """The start of a secret at the cut end of a body is redacted."""
    head = b'{"ssh_private_key": "' + b"k" * 6000 + b'", "x": "'
    dots = 2 * LIMIT_BYTES - len(head) - cut
    shown = redacted_body(head + b"." * dots + SECRET.encode() + b'"', [SECRET])
    rest = '"'[: max(0, cut - len(SECRET))]
    assert shown == '{"ssh_private_key": "***", "x": "' + "." * (dots + min(cut, 0)) + MASK * (cut > 0) + rest


def test_a_whole_body_keeps_its_end() -> None:
    """The end of a body that was not cut is shown, even if it looks like the start of a secret."""
    head = b'{"ssh_private_key": "' + b"k" * 6000 + b'", "x": "'
    body = head.ljust(2 * LIMIT_BYTES - 3, b".") + b"can"
    assert redacted_body(body, [SECRET]).endswith("..can")
