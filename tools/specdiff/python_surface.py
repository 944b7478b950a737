"""Compare the public Python names of two commits.

griffe finds what was removed, and parameters that changed. It does not compare annotations, return types and the
values of class attributes such as enum members: that is done here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import cast

import griffe

from spec.settings import PACKAGE

PUBLIC = "anyscale_sessions"
SOURCES = ("generated", "overrides")

Surface = tuple[griffe.Module, griffe.Module]
"""The public package, with only the names that users import from it, and the generated package."""


def load_baseline(root: Path, commit: str) -> Surface:
    """The surface at a commit of the repository."""
    return _surface(partial(griffe.load_git, ref=commit, repo=root), SOURCES)


def load_present(root: Path) -> Surface:
    """The surface of the files below the project's folder."""
    return _surface(griffe.load, [root / source for source in SOURCES])


def load_package(package: Path, overrides: Path) -> Surface:
    """The surface of a generated package, which may be in any folder, with overrides on top."""
    return _surface(griffe.load, [package.parent, overrides])


def breaking_changes(old: Surface, new: Surface) -> Iterator[str]:
    """A line for each use of the old surface that the new one does not support."""
    for before, after in zip(old, new, strict=True):
        for breakage in griffe.find_breaking_changes(before, after):
            was, now = (_shown(value) for value in (breakage.old_value, breakage.new_value))
            yield f"{breakage.obj.path}: {breakage.kind.value} (was {was}, is {now})"
        yield from _changed_types_and_values(before, after)


def _surface(load: Callable[..., griffe.Object | griffe.Alias], search_paths: Sequence[str | Path]) -> Surface:
    modules = griffe.ModulesCollection()
    generated, public = (
        load(
            name,
            search_paths=search_paths,
            modules_collection=modules,
            allow_inspection=False,
            resolve_aliases=True,
        )
        for name in (PACKAGE, PUBLIC)
    )
    offered = griffe.Module(PUBLIC)
    for name, member in public.members.items():
        if isinstance(member, griffe.Alias) and member.target_path.startswith(PUBLIC):
            target = member.final_target
            if not target.is_module:
                offered.members[name] = target
    return offered, cast("griffe.Module", generated)


def _shown(value: object) -> str:
    return value.name if isinstance(value, griffe.Object | griffe.Alias) else str(value)


def _changed_types_and_values(old: griffe.Object, new: griffe.Object) -> Iterator[str]:
    for name, was in old.members.items():
        now = new.members.get(name)
        if now is None or was.is_alias or now.is_alias or not was.is_public or was.kind is not now.kind:
            continue  # griffe has reported it, or it is private
        for attribute, noun in _compared(was, in_class=old.is_class).items():
            before, after = (str(getattr(side, attribute, None)) for side in (was, now))
            if before != after:
                yield f"{now.path}: the {noun} changed from {before} to {after}"
        yield from _changed_types_and_values(cast("griffe.Object", was), cast("griffe.Object", now))


def _compared(member: griffe.Object | griffe.Alias, *, in_class: bool) -> dict[str, str]:
    """The attributes of a member that are compared, each with its name in messages."""
    if member.is_function:
        return {"returns": "return type"}
    return {"annotation": "type", "value": "value"} if in_class else {"annotation": "type"}
