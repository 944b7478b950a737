"""Texts that must not be shown, and where they occur in other texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from operator import itemgetter
from typing import Final, Self

from .escapes import Reading, readings

# A shorter text is no secret. To redact it everywhere would make messages unreadable.
MIN_SECRET_CHARACTERS: Final = 6
# How many places at the end of a text are tried as the beginning of a secret. A try searches all secrets.
MAX_TRIES: Final = 32
PIECE_LENGTHS: Final = (6, 12, 24, 48)
FEW_LINES: Final = 1000

_HEAD: Final = itemgetter(slice(MIN_SECRET_CHARACTERS))


class SecretTexts:
    """Texts that must not be shown. The repr shows none of them.

    Each line of a text is secret too, because a server may quote one line of a cluster config.
    """

    __slots__ = ("_lines", "_texts")

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts = tuple(texts)
        self._lines: list[str] | None = None

    @classmethod
    def of(cls, *groups: Iterable[str]) -> Self:
        """All texts of these groups."""
        return cls(text for group in groups for text in group)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretTexts) and other._texts == self._texts

    def __hash__(self) -> int:
        return hash(self._texts)

    def __repr__(self) -> str:
        return f"<{len(self._texts)} secret texts>"

    def spans(self, texts: Sequence[str], *, are_cut: Sequence[bool]) -> list[list[tuple[int, int]]]:
        """Where secrets occur in each text, as they are or escaped as in JSON, Python, HTML and URLs: starts and ends.

        If a text was cut off at its end, the beginning of a secret counts there as well. All texts are searched at
        once, because each search reads all secrets.
        """
        if self._lines is None:
            lines = {line for text in self._texts for line in map(str.strip, text.splitlines())}
            self._lines = [line for line in lines.difference(self._texts) if len(line) >= MIN_SECRET_CHARACTERS]
        read = [tuple(readings(text, is_cut=is_cut)) for text, is_cut in zip(texts, are_cut, strict=True)]
        whole_texts = [text for text in self._texts if len(text) >= MIN_SECRET_CHARACTERS]
        candidates = _with_known_head(self._lines, read)
        whole = [*whole_texts, *_with_known_ends(candidates, read)]
        found = [[span for reading in each for span in _occurrences(whole, reading)] for each in read]
        if any(are_cut):
            beginnings = _Beginnings(whole_texts, self._lines, candidates)
            for text, is_cut, each, spans in zip(texts, are_cut, read, found, strict=True):
                starts = [beginnings.find(reading) for reading in each if is_cut]
                spans += [(start, len(text)) for start in starts if start is not None]
        return [_merged(spans) for spans in found]


def _with_known_head(lines: list[str], read: Iterable[Iterable[Reading]]) -> list[str]:
    """The lines whose first characters occur in what was read."""
    known = _pieces(read, MIN_SECRET_CHARACTERS)
    return list(compress(lines, map(known.__contains__, map(_HEAD, lines))))


def _with_known_ends(lines: list[str], read: Iterable[Iterable[Reading]]) -> list[str]:
    """The lines of which longer and longer pieces at both ends occur in what was read. Few of the others are left."""
    for length in PIECE_LENGTHS:
        if len(lines) <= FEW_LINES:  # to search for these takes less time than to sort them out
            break
        known = _pieces(read, length)
        lines = [line for line in lines if len(line) < length or (line[:length] in known and line[-length:] in known)]
    return lines


def _pieces(read: Iterable[Iterable[Reading]], length: int) -> set[str]:
    """Every piece of this length of what was read."""
    texts = (reading.text for each in read for reading in each)
    return {text[start : start + length] for text in texts for start in range(len(text) - length + 1)}


def _occurrences(lines: Iterable[str], reading: Reading) -> Iterator[tuple[int, int]]:
    """Where lines begin and end in the original of a reading."""
    text, starts = reading
    for line in lines:
        start = text.find(line)
        while start >= 0:
            end = start + len(line)
            yield starts[start], starts[end]
            start = text.find(line, end)


class _Beginnings:
    """Finds the beginning of a secret at the end of a text that was cut off."""

    def __init__(self, texts: Sequence[str], lines: Sequence[str], candidates: Sequence[str]) -> None:
        self._texts = texts
        self._joined = "\n".join(("", *lines))
        by_length = sorted(candidates, key=len)
        self._longest = dict(zip(map(_HEAD, by_length), map(len, by_length), strict=True))

    def find(self, reading: Reading) -> int | None:
        """Where the longest beginning starts in the original of a reading; `None` if the text does not end with one."""
        text, starts = reading
        positions = (self._of_text(text), self._of_line(text), self._of_short_piece(text))
        return min((starts[position] for position in positions if position is not None), default=None)

    def _of_text(self, text: str) -> int | None:
        positions = [_overlap(text, secret) for secret in self._texts]
        return min((position for position in positions if position is not None), default=None)

    def _of_line(self, text: str) -> int | None:
        if text[-MIN_SECRET_CHARACTERS:] not in self._joined:
            return None
        end, tries = len(text), 0
        for position in range(text.rfind("\n") + 1, end - MIN_SECRET_CHARACTERS + 1):
            if self._longest.get(text[position : position + MIN_SECRET_CHARACTERS], 0) > end - position:
                tries += 1
                if tries > MAX_TRIES or self._is_beginning(text[position:]):
                    return position
        return None

    def _of_short_piece(self, text: str) -> int | None:
        end = len(text)
        for position in range(max(0, end - MIN_SECRET_CHARACTERS + 1), end):
            piece = text[position:]
            if self._is_beginning(piece) or any(secret.startswith(piece) for secret in self._texts):
                return position
        return None

    def _is_beginning(self, text: str) -> bool:
        return f"\n{text}" in self._joined


def _overlap(text: str, secret: str) -> int | None:
    """Where the end of a text begins that a secret begins with."""
    position = text.find(secret[:MIN_SECRET_CHARACTERS])
    while position >= 0:
        if secret.startswith(text[position:]):
            return position
        position = text.find(secret[:MIN_SECRET_CHARACTERS], position + 1)
    return None


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same spans in order, with those joined that overlap."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
