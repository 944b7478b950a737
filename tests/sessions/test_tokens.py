"""User service tokens: how they are generated and checked."""

from __future__ import annotations

import base64
import binascii

from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions import is_user_service_token, make_user_service_token

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def stands_for_32_bytes(text: str) -> bool:
    """Whether a text is what base64 makes of exactly 32 bytes, by decoding and encoding it again."""
    try:
        data = base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return False
    return len(data) == 32 and base64.urlsafe_b64encode(data) == text.encode() + b"="


def test_tokens_that_are_made_are_well_formed_and_never_the_same() -> None:
    """A token is 43 characters for 32 bytes, another one each time."""
    tokens = {make_user_service_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(is_user_service_token(token) and stands_for_32_bytes(token) for token in tokens)


def test_every_last_character_is_judged() -> None:
    """Only sixteen characters can be the last one: the others have bits that stand for nothing."""
    allowed = [character for character in ALPHABET if is_user_service_token("A" * 42 + character)]
    assert allowed == [character for character in ALPHABET if stands_for_32_bytes("A" * 42 + character)]
    assert len(allowed) == 16


@given(st.binary(min_size=32, max_size=32))
def test_any_32_bytes_make_a_token(data: bytes) -> None:
    """What base64 makes of 32 bytes is a token, without the padding only."""
    encoded = base64.urlsafe_b64encode(data).decode()
    assert is_user_service_token(encoded.rstrip("="))
    assert not is_user_service_token(encoded)


@given(st.one_of(st.text(ALPHABET + "=+/ \n", max_size=45), st.text(ALPHABET, min_size=42, max_size=44), st.text()))
def test_the_check_is_that_of_base64(text: str) -> None:
    """A text is a token exactly where it is the canonical form of 32 bytes."""
    assert is_user_service_token(text) == stands_for_32_bytes(text)


@given(
    st.binary(min_size=32, max_size=32),
    st.integers(0, 43),
    st.sampled_from(["\n", " ", "\x00", "é", "\uff21", "\ud800"]),
)
def test_one_foreign_character_is_too_many(data: bytes, place: int, character: str) -> None:
    """Whitespace, line breaks and letters that are not ASCII are refused wherever they stand."""
    token = base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert not is_user_service_token(token[:place] + character + token[place:])
    assert not is_user_service_token(token[:place] + character + token[place + 1 :])


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.binary(), st.lists(st.text())))
def test_only_text_is_a_token(value: object) -> None:
    """Anything but text is no token."""
    assert not is_user_service_token(value)
    assert not is_user_service_token(b"A" * 43)
