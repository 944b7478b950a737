"""The public Python surface of the packages: as data that can be kept, and what broke between two of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import griffe

_PUBLIC, _GENERATED = "anyscale_sessions", "anyscale_sessions_api"
# What a comparison does not need, and what changes without meaning anything.
_DROPPED = frozenset(
    {"docstring", "lineno", "endlineno", "filepath", "git_info", "source_link", "runtime", "imports", "decorators"}
    | {"analysis", "extra", "deprecated", "public"}
)

# Members with such names are part of how an object is used.
_CALLED = frozenset(
    {"__aenter__", "__call__", "__enter__", "__getitem__", "__init__", "__iter__", "__aiter__", "__len__"}
)

Surface = dict[str, griffe.Module]


def surface_of(root: Path, sources: tuple[str, ...], public: list[str]) -> dict[str, Any]:
    """The surface of the packages below `root`, as plain data.

    The public package offers its names lazily, and computes which; they are given in `public`. Each is kept as what it
    stands for, so that moving it within the package is no change.
    """
    loader = griffe.GriffeLoader(search_paths=[root / source for source in sources], allow_inspection=False)
    generated = cast("griffe.Module", loader.load(_GENERATED))
    package = cast("griffe.Module", loader.load(_PUBLIC))
    models = {
        name: member
        for module in generated["models"].modules.values()
        for name, member in module.classes.items()
        if not name.startswith("_")
    }
    offered: dict[str, Any] = {}
    for name in sorted(set(public) - {"__version__"}):
        found = package.members.get(name) or models[name]
        offered[name] = _data(found.final_target if isinstance(found, griffe.Alias) else found)
    head = {**_data(package), "members": offered}
    return {_PUBLIC: head, _GENERATED: _data(generated)}


def load_surface(packages: dict[str, Any]) -> Surface:
    """The packages of a surface, as griffe sees them."""
    return {name: cast("griffe.Module", _module(data)) for name, data in packages.items()}


def breakages(old: Surface, new: Surface) -> Iterator[str]:
    """A line for each thing that those who use the old surface cannot do with the new one."""
    for name, package in old.items():
        for breakage in griffe.find_breaking_changes(package, new[name]):
            was, now = (_shown(value) for value in (breakage.old_value, breakage.new_value))
            yield f"{breakage.obj.path}: {breakage.kind.value} (was {was}, is {now})"
        yield from _attribute_breakages(package, new[name])


def _shown(value: object) -> str:
    return value.name if isinstance(value, griffe.Object | griffe.Alias) else str(value)


def _attribute_breakages(old: griffe.Object, new: griffe.Object) -> Iterator[str]:
    """Attributes of another type or value and functions of another result, which griffe does not look at."""
    for name, was in old.members.items():
        now = new.members.get(name)
        if now is None or was.kind is not now.kind:
            continue  # griffe told
        for key, said in (("annotation", "type"), ("value", "value"), ("returns", "type")):
            values = [str(getattr(side, key, None)) for side in (was, now)]
            if values[0] != values[1] and not (was.is_function and key == "annotation"):
                yield f"{now.path}: the {said} changed from {values[0]} to {values[1]}"
        yield from _attribute_breakages(cast("griffe.Object", was), cast("griffe.Object", now))


def _data(found: griffe.Object, *, in_class: bool = False) -> dict[str, Any]:
    """An object and its public members as plain data. What the modules' own constants hold is nobody's business."""
    data = {key: _plain(value) for key, value in found.as_dict().items() if key not in _DROPPED | {"members"}}
    if found.is_attribute and not in_class:
        data.pop("value", None)
    if found.is_module or found.is_class:
        data["members"] = {
            name: _data(cast("griffe.Object", member), in_class=found.is_class)
            for name, member in found.members.items()
            if not member.is_alias and (not name.startswith("_") or name in _CALLED)
        }
    return data


def _plain(value: Any) -> Any:
    if isinstance(value, griffe.Expr):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | set):
        items = [_plain(item) for item in cast("list[Any]", value)]
        return sorted(items) if isinstance(value, set) else items
    return value.value if isinstance(value, griffe.Kind | griffe.ParameterKind) else value


def _module(data: dict[str, Any]) -> Any:
    return json.loads(json.dumps(data), object_hook=_decoded)


def _decoded(data: dict[str, Any]) -> Any:
    places = {"lineno": None, "endlineno": None, "filepath": "recorded.py"}  # griffe asks for them
    return griffe.json_decoder({**places, **data} if "kind" in data else data)
