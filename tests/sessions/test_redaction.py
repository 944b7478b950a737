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
    MAX_SECRET_LINES,
    redact,
    redacted_body,
    redacted_request_id,
)

LIMIT_BYTES = 4096
SECRET = "canary-4fd1"
SPEC = json.loads(files("anyscale_sessions_api").joinpath("openapi.json").read_text(encoding="utf-8"))
FIELDS = sorted(MASKED_FIELDS)


def test_the_secret_fields_are_those_of_the_spec() -> None:
    """Whatever the spec marks as a password is redact, and the token that authenticates."""
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
def test_values_of_secret_fields_are_masked(field: str, write: Any, value: str) -> None:
    """In JSON, in JSON that is text within JSON, and in Python's own form, whatever the value holds."""
    text = redact(write({"first": 1, field: value, "last": 2}), ())
    assert SECRET not in text
    assert MASK in text
    assert field in text


def test_the_rest_stays_readable() -> None:
    """What is not secret is shown as it came."""
    body = {"name": "nightly", "access_token": SECRET, "n": 5, "cluster_config": None, "last": "x"}
    assert json.loads(redact(json.dumps(body), ())) == {**body, "access_token": MASK}


@pytest.mark.parametrize("cut", range(1, len(SECRET) + 1))
def test_a_value_that_is_cut_off_is_masked(cut: int) -> None:
    """A body that ends within a secret ends before it."""
    assert redact('{"ssh_private_key": "' + SECRET[:cut], ()) == '{"ssh_private_key": "' + MASK


@given(st.text(min_size=6), st.text(), st.text())
def test_known_secrets_are_masked_wherever_they_stand(secret: str, before: str, after: str) -> None:
    """A secret that the request carried does not come back, as it is or as JSON has it."""
    assume(MASK not in secret and secret not in MASK)
    assert secret not in redact(before + secret + after, [secret]).replace(MASK, "\udc00")
    for ensure_ascii in (True, False):
        quoted = json.dumps(secret, ensure_ascii=ensure_ascii)
        assert redact(f"said: {quoted}.", [secret]) == f'said: "{MASK}".'


@pytest.mark.parametrize("write", [str, json.dumps, repr, escape, quote, lambda text: quote(text, ""), quote_plus])
@pytest.mark.parametrize("secret", ["canary", "key: 'canary'", 'key: "canary" # <é> 100%\ta/b&c', "🎉 canary\\"])
def test_known_secrets_are_masked_however_they_are_written(secret: str, write: Callable[[str], str]) -> None:
    """As text, as JSON and Python have it, on a page, and in a URL."""
    written = write(secret)
    quotes = (written[0], written[-1]) if write in (json.dumps, repr) else ("", "")
    assert redact(f"refused: {written}.", [secret]) == f"refused: {quotes[0]}{MASK}{quotes[1]}."


def test_known_secrets_of_any_characters_are_masked() -> None:
    """One that no URL could hold is redact where it stands as it is."""
    assert redact("it is canary\ud800", ["canary\ud800"]) == f"it is {MASK}"


def test_lines_of_a_secret_are_secret() -> None:
    """A server that quotes the line of a config that it does not like gives nothing away of it."""
    secret = "provider:\r\n  key: canary-1 \n\n  - abcde\n  key: canary-2"
    assert redact("line 2: key: canary-1 , abcde, canary-", [secret]) == f"line 2: {MASK} , abcde, canary-"
    long = "\n".join(f"line {number:04}" for number in range(MAX_SECRET_LINES + 1))
    assert redact("line 0999, line 1000", [long]) == f"{MASK}, line 1000"


@pytest.mark.parametrize("piece", ["\\", '\\"', '"cli_token":"', '"cli_token" ', '\\"cli_token\\":\\"', "'", " "])
def test_masking_costs_as_much_as_the_text_is_long(piece: str) -> None:
    """No response makes it take long, since that would be beyond every deadline; this would go on for minutes."""
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
    """The server's id of a request is of its choice: secrets are redact in it before it is cut."""
    assert redacted_request_id(headers, [SECRET]) == shown


def test_of_secrets_within_secrets_nothing_is_left() -> None:
    """The longer one is redact as a whole."""
    assert redact("xx abcdefgh-tail xx", ["abcdefgh", "abcdefgh-tail"]) == f"xx {MASK} xx"


@pytest.mark.parametrize("secret", ["", "a", "token"])
def test_what_is_too_short_to_be_secret_is_not_masked(secret: str) -> None:
    """A message would be unreadable otherwise."""
    assert redact("a token", [secret]) == "a token"


@given(st.binary(max_size=300).map(lambda data: data * 40))
def test_a_body_is_cut_to_its_limit(body: bytes) -> None:
    """Whatever the bytes are, at most 4 KiB of UTF-8 are shown."""
    assert len(redacted_body(body, ()).encode()) <= LIMIT_BYTES


def test_a_short_body_is_shown_as_it_is() -> None:
    """Text is text."""
    assert redacted_body("é🎉".encode(), ()) == "é🎉"
    assert redacted_body(b"\xff", ()) == "\ufffd"
    assert redacted_body(b"it can", [SECRET]) == "it can"


def test_a_body_that_is_not_read_on_is_not_shown_on() -> None:
    """What comes after the first 8 KiB is not looked at, and not shown, however short masking makes what is before."""
    body = b'{"ssh_private_key": "' + b"k" * 2 * LIMIT_BYTES + b'", "x": "tail"}'
    assert redacted_body(body, ()) == '{"ssh_private_key": "***'


def test_a_character_at_the_limit_is_not_shown_in_part() -> None:
    """The limit counts bytes, and a character that does not fit is left out."""
    assert redacted_body("é".encode() * LIMIT_BYTES, ()) == "é" * (LIMIT_BYTES // 2)
    assert redacted_body(b"." + "é".encode() * LIMIT_BYTES, ()) == "." + "é" * (LIMIT_BYTES // 2 - 1)


@pytest.mark.parametrize("cut", range(-1, len(SECRET) + 3))
def test_a_secret_at_the_cut_is_not_shown_in_part(cut: int) -> None:
    """Where masking makes a body so short that its cut end is shown, no beginning of a secret is left there."""
    head = b'{"ssh_private_key": "' + b"k" * 6000 + b'", "x": "'
    dots = 2 * LIMIT_BYTES - len(head) - cut
    shown = redacted_body(head + b"." * dots + SECRET.encode() + b'"', [SECRET])
    rest = '"'[: max(0, cut - len(SECRET))]
    assert shown == '{"ssh_private_key": "***", "x": "' + "." * (dots + min(cut, 0)) + MASK * (cut > 0) + rest


def test_a_whole_body_keeps_its_end() -> None:
    """What looks like the beginning of a secret is none where nothing was cut off."""
    head = b'{"ssh_private_key": "' + b"k" * 6000 + b'", "x": "'
    body = head.ljust(2 * LIMIT_BYTES - 3, b".") + b"can"
    assert redacted_body(body, [SECRET]).endswith("..can")
