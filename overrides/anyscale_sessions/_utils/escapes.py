"""Texts with the escapes of JSON, Python, HTML or URLs undone, and where each character stood before."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

# A server may quote JSON within JSON.
MAX_LEVELS: Final = 3

_BACKSLASH: Final = re.compile(
    r"\\(?:(?P<pair>u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<code>u[0-9a-fA-F]{4}|U00[01][0-9a-fA-F]{5}|x[0-9a-fA-F]{2})|(?P<one>.))",
    re.DOTALL,
)
_ENTITY: Final = re.compile(
    r"&(?:#(?P<decimal>[0-9]{1,7})|#[xX](?P<code>[0-9a-fA-F]{1,6})|(?P<name>amp|lt|gt|quot|apos));"
)
_PERCENT: Final = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_FORM: Final = re.compile(r"\+|(?:%[0-9a-fA-F]{2})+")
# The start of an escape, at the end of a text that was cut off.
_INCOMPLETE: Final = re.compile(
    r"(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u[0-9a-fA-F]{0,3})?)?|\\(?:u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|x[0-9a-fA-F]?)?"
    r"|&#?[0-9a-zA-Z]{0,7}|%[0-9a-fA-F]?)\Z"
)

_CONTROLS: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"}
_NAMES: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class Reading(NamedTuple):
    """One way to read a text.

    Attributes:
        text: the text as it is read.
        starts: where each character of `text` begins in the original, and at last where `text` ends there.
    """

    text: str
    starts: Sequence[int]


def readings(text: str, *, is_cut: bool) -> Iterator[Reading]:
    """The text as it is, and with each kind of escape undone that may be in it.

    If the text was cut off, an escape that is incomplete at its end is left out.
    """
    plain = Reading(text, range(len(text) + 1))
    yield plain
    whole = _INCOMPLETE.sub("", text) if is_cut else text
    if whole != text:
        plain = Reading(whole, range(len(whole) + 1))
        yield plain
    reading = plain
    for _ in range(MAX_LEVELS):
        if "\\" not in reading.text:
            break
        reading = _undo(reading, _BACKSLASH, _after_backslash)
        yield reading
    if "&" in plain.text:
        yield _undo(plain, _ENTITY, _of_entity)
    if "%" in plain.text:
        yield _undo(plain, _PERCENT, _of_percent)
    if "+" in plain.text:
        yield _undo(plain, _FORM, _of_percent)


def _undo(
    reading: Reading, escape: re.Pattern[str], characters: Callable[[re.Match[str]], Iterator[tuple[str, int]]]
) -> Reading:
    """The reading without its escapes; `characters` gives what one stands for, and where that begins in it."""
    pieces: list[str] = []
    starts: list[int] = []
    end = 0
    for match in escape.finditer(reading.text):
        pieces.append(reading.text[end : match.start()])
        starts.extend(reading.starts[end : match.start()])
        for character, offset in characters(match):
            pieces.append(character)
            starts.append(reading.starts[match.start() + offset])
        end = match.end()
    pieces.append(reading.text[end:])
    starts.extend(reading.starts[end:])
    return Reading("".join(pieces), starts)


def _after_backslash(match: re.Match[str]) -> Iterator[tuple[str, int]]:
    if match["pair"]:
        high, low = (int(part[-4:], 16) for part in match["pair"].split("\\"))
        yield chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)), 0
    elif match["code"]:
        yield _character(match["code"][1:], 16), 0
    else:
        yield _CONTROLS.get(match["one"], match["one"]), 0


def _of_entity(match: re.Match[str]) -> Iterator[tuple[str, int]]:
    if match["name"]:
        yield _NAMES[match["name"]], 0
    else:
        yield _character(match["code"] or match["decimal"], 16 if match["code"] else 10), 0


def _of_percent(match: re.Match[str]) -> Iterator[tuple[str, int]]:
    if match[0] == "+":
        yield " ", 0
        return
    offset = 0
    for character in bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "surrogateescape"):
        # The bytes at the end of a text that was cut off may be those of an incomplete character.
        if match.end() < len(match.string) or not "\udc80" <= character <= "\udcff":
            yield character, offset
        offset += 3 * len(character.encode("utf-8", "surrogateescape"))


def _character(digits: str, base: int) -> str:
    code = int(digits, base)
    return chr(code) if code <= 0x10FFFF else "\ufffd"
