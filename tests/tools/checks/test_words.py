"""tools/checks/words.py: replaced words are found with their place, and ordinary words are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.words import REPLACED, wrong_words

REPLACED_USES = [
    "raise InvalidSession(problems)",
    "the server's reply is read",
    "max_reply_bytes=3",
    "class RawReply:",
    "on_reply = print",
    "replies",
    'SessionsClient(transport="httpx")',
    "with serve(moves=[rule]):",
    "from ..engine import journeys",
    "broken_reliances(root)",
    "mend it and send again",
    "A create may be sent twice: a create is not idempotent.",
    "must not hold half of a surrogate pair",
    "cannot become X unless somebody asks it to",
    "Sought",
]
ORDINARY_USES = [
    "raise InvalidSessionError(problems)",
    'headers["Origin"]',
    "the value that was given",
    "a create request is sent once",
    "a create_session call",
    "I recommend an amendment",
    "replace a replica simply, and multiply",
    "OutcomeUnknownError",
    "the moved file, the quota of the server",
    "give up after three attempts",
]


def found(root: Path, text: str, name: str = "docs/page.md") -> list[str]:
    """What is found in a project that has only this text."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return list(wrong_words(root))


@pytest.mark.parametrize("text", REPLACED_USES)
def test_replaced_word_is_found(tmp_path: Path, text: str) -> None:
    """A word that the project has replaced is found in code and in prose."""
    assert found(tmp_path, text)


@pytest.mark.parametrize("text", ORDINARY_USES)
def test_ordinary_use_is_not_found(tmp_path: Path, text: str) -> None:
    """A new name, a term of HTTP and a plain English word are no replaced words."""
    assert found(tmp_path, text) == []


def test_each_use_is_a_line_with_its_place_and_the_right_word(tmp_path: Path) -> None:
    """A use is reported with file, line, the word itself, and what to write instead."""
    assert found(tmp_path, "fine\nQuota and Lately\n", "overrides/a/b.py") == [
        'overrides/a/b.py:2: "Quota": write instead: RetryBudget',
        'overrides/a/b.py:2: "Lately": write instead: RecentWrites',
    ]


@pytest.mark.parametrize(
    "name", ["tools/checks/words.py", "tools/spec-lint/node_modules/a.js", "generated/a.py", "docs/a.png"]
)
def test_files_of_others_are_not_checked(tmp_path: Path, name: str) -> None:
    """The list itself, other people's code, generated code and pictures are not checked."""
    assert found(tmp_path, "Quota", name) == []


def test_no_replacement_is_a_replaced_word_itself(tmp_path: Path) -> None:
    """What the list proposes is not on the list."""
    assert found(tmp_path, "\n".join(REPLACED.values())) == []
