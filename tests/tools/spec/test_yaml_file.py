"""tools/spec/yaml_file.py: a YAML file as plain data, or one line that says why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spec import yaml_file as spec_file
from spec.yaml_file import RegenerationError, read_yaml

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

READ: dict[str, dict[Any, Any]] = {
    "a: 2026-11-02": {"a": "2026-11-02"},
    "a: 2026-13-45": {"a": "2026-13-45"},
    "a: 2026-11-02T09:00:00Z": {"a": "2026-11-02T09:00:00Z"},
    "'200': x\n404: y": {"200": "x", "404": "y"},
    "a: yes": {"a": "yes"},
    "a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}": {"a": {"b": 1}, "c": {"b": 1}, "d": {"b": 1, "e": 2}},
}
REFUSED = {
    "a: 1\na: 2": 'not YAML: found duplicate key "a"',
    "a: 1\n---\nb: 2": "not YAML: but found another document (line 2)",
    "a: b: c": "not YAML: mapping values are not allowed here (line 1)",
    "a: *b": "not YAML: found undefined alias 'b' (line 1)",
    "? {a: b}\n: c": "not YAML: found unhashable key (line 1)",
    "a: !!python/object:os.system x": "not YAML: could not determine a constructor for the tag",
    "a: !!int x": "not YAML: invalid literal for int() with base 10: 'x'",
    "a: !!bool maybe": "not YAML: 'maybe'",
    "a: \x80": "not YAML: unacceptable character #x0080: special characters are not allowed",
    "&a [*a]": "nested too deeply, or in a ring of aliases",
    "a: &a {b: *a}": "nested too deeply, or in a ring of aliases",
    "[" * 1500: "nested too deeply, or in a ring of aliases",
    "3": "a mapping is needed, found int",
}


def written(folder: Path, text: str) -> Path:
    """A file with this text."""
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", READ)
def test_values_are_those_of_json(tmp_path: Path, text: str) -> None:
    """Dates and days that are none are text, and keys are, too."""
    assert read_yaml(written(tmp_path, text)) == READ[text]


def test_merges_of_merges_are_bounded(tmp_path: Path) -> None:
    """Mappings that are merged again and again are refused before they fill the memory."""
    lines = ["a0: &a0 {" + ", ".join(f"k{number}: 1" for number in range(10)) + "}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 8)]
    with pytest.raises(RegenerationError, match="its aliases stand for more than"):
        read_yaml(written(tmp_path, "\n".join(lines)))


def test_places_share_nothing(tmp_path: Path) -> None:
    """What an alias repeats is a value of its own in each place."""
    content = read_yaml(written(tmp_path, "a: &x {b: [1]}\nc: *x"))
    content["a"]["b"].append(2)
    assert content["c"] == {"b": [1]}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, text: str) -> None:
    """A file that cannot be read is reported in one line with its name and the reason."""
    with pytest.raises(RegenerationError) as refused:
        read_yaml(written(tmp_path, text))
    assert str(refused.value).startswith(f"spec.yaml: {REFUSED[text]}")
    assert "\n" not in str(refused.value)


def test_aliases_cannot_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file whose aliases stand for millions of values is refused."""
    monkeypatch.setattr(spec_file, "MOST_VALUES", 10_000)
    with pytest.raises(RegenerationError, match=r"^spec\.yaml: its aliases stand for more than 10000 values$"):
        read_yaml(written(tmp_path, BOMB))


def test_long_file_is_refused_unread(tmp_path: Path) -> None:
    """A file of too many lines or bytes is refused with its size and the limit, before it is parsed."""
    path = written(tmp_path, "a:\n" + "- [\n" * spec_file.MOST_LINES)
    with pytest.raises(
        RegenerationError, match=r"spec\.yaml: 50001 lines, and at most 50000 can be read: split the API"
    ):
        read_yaml(path)
    path = written(tmp_path, "[" * (spec_file.MOST_BYTES + 1))
    with pytest.raises(RegenerationError, match=r"8388609 bytes, and at most 8388608 can be read: split the API"):
        read_yaml(path)
