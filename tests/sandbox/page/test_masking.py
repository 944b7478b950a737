"""What the page may show of documents and texts."""

from __future__ import annotations

import pytest

from anyscale_sessions_sandbox.journal.redaction import Redactor
from anyscale_sessions_sandbox.page.masking import MARGIN_CHARACTERS, MAX_MEMBERS, MAX_TOTAL_MEMBERS, Mask

TOKEN = "the-token-of-the-sandbox"
MASK = Mask(frozenset({"secret"}), Redactor(("secret",), (TOKEN,)))


def test_secret_fields_are_masked_at_any_depth() -> None:
    """A secret field is masked in objects and lists, whatever its type is; one without a value stays empty."""
    document = {"secret": "x", "a": [{"secret": {"b": 1}}], "c": {"secret": None}, "d": 1}
    assert MASK.document(document) == {"secret": "***", "a": [{"secret": "***"}], "c": {"secret": None}, "d": 1}


def test_the_token_and_given_secrets_are_masked_in_every_text() -> None:
    """The sandbox's token and the secrets of a session are masked wherever they are part of a text."""
    assert MASK.document({"a": f"-{TOKEN}-other"}, secrets=["other"]) == {"a": "-***-***"}


def test_long_texts_and_long_lists_are_cut() -> None:
    """A text is cut at its limit, and objects and lists have a limited number of members."""
    shown = MASK.document({"text": "x" * 11, "list": [0] * 1000, "short": "y" * 10}, 10)
    assert shown == {"text": "x" * 10 + "…", "list": [0] * MAX_MEMBERS, "short": "y" * 10}
    assert len(MASK.document({str(number): 1 for number in range(1000)})) == MAX_MEMBERS


def nested(depth: int) -> object:
    """A list of lists."""
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


def test_a_document_is_bounded_as_a_whole() -> None:
    """Of a document with many members at many places a limited number is shown, and what is too deep is not."""
    wide = {str(number): [0] * 200 for number in range(200)}
    assert len(str(MASK.document(wide))) < 10 * MAX_TOTAL_MEMBERS
    assert "…" in str(MASK.document(nested(900)))
    assert MASK.document({"x" * 300: 1}) == {"x" * 200 + "…": 1}


def test_a_copy_is_complete() -> None:
    """A value to be copied is not cut, but secrets are masked in it; one that is too deep is refused."""
    value = {"text": "x" * 10_000, "list": [TOKEN] * 1000, "secret": "x", TOKEN: 1}
    assert MASK.whole(value) == {"text": "x" * 10_000, "list": ["***"] * 1000, "secret": "***", "***": 1}
    assert MASK.whole(nested(49)) == nested(49)
    with pytest.raises(ValueError, match="too deeply"):
        MASK.whole(nested(900))


def test_a_secret_across_the_cut_is_not_shown() -> None:
    """No part of a secret is shown, wherever in a long text it is."""
    for before in range(60):
        text = "x" * before + TOKEN + "y" * 5000
        assert TOKEN[:4] not in MASK.short(text, 40)
    many = TOKEN * 100
    shown = MASK.short(many, MARGIN_CHARACTERS // 2)
    assert set(shown) <= {"*", "…"}


def test_the_secrets_of_a_document_are_its_secret_texts() -> None:
    """The secrets of a document are the texts of its secret fields at any depth, except short ones."""
    document = {"secret": "long enough", "a": {"secret": "also long enough"}, "b": {"secret": "short"}, "secrets": 1}
    assert MASK.secrets(document) == {"long enough", "also long enough"}
