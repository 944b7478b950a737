"""Check that the overrides work with a generated package: `python -m codegen.override_check PACKAGE OVERRIDES`.

It runs in a process of its own, because it imports both. What the overrides state in `_requires.py` has been compared
with the spec before, and their types have been checked (tools/contracts): this finds what neither shows.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

NAME = "anyscale_sessions"


def main(package: Path, overrides: Path) -> int:
    """Print a line for each module that cannot be used; 1 where there is one."""
    sys.dont_write_bytecode = True
    sys.path[:0] = [str(package.parent), str(overrides)]
    problems = list(_problems(overrides)) or list(_collisions(package.name))
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


def _problems(overrides: Path) -> Iterator[str]:
    seen: set[str] = set()
    for module in (NAME, *_modules(overrides)):
        try:
            imported = import_module(module)
            for name in imported.__all__ if module == NAME else ():
                getattr(imported, name)
        except Exception as error:  # noqa: BLE001 - every error is one line
            is_extra = isinstance(error, ModuleNotFoundError) and not str(error.name).startswith(NAME)
            reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
            if not is_extra and reason not in seen:  # a module that cannot be used takes those with it that import it
                yield f"{_place(error, overrides)}: cannot be used with what the spec gives: {reason}"
            seen.add(reason)


def _modules(overrides: Path) -> Iterator[str]:
    found = walk_packages([str(overrides / NAME)], f"{NAME}.", onerror=lambda _: None)
    return (module.name for module in found if not module.name.endswith("__main__"))


def _collisions(generated: str) -> Iterator[str]:
    """Where the overrides have something else of a name that the spec gives, which nobody could reach then."""
    ours, models = import_module(NAME), import_module(f"{generated}.models")
    for name in models.__all__:
        if not issubclass(_class(getattr(ours, name)), getattr(models, name)):
            yield f"components.schemas.{name}: the package has something else of this name; choose another"
    hidden: dict[str, str] = {}
    for kind in map(_class, (getattr(ours, name) for name in ours.__all__)):
        for name in (name for base in kind.__mro__ if _package(base.__module__) == generated for name in vars(base)):
            module = _home(kind, name)
            if not name.startswith("_") and _package(module) == NAME and name not in _meant(module, generated):
                hidden.setdefault(name, f"{module} has something else of the name {name}, which the spec gives as well")
    yield from (f"{problem}; choose another in the spec" for problem in hidden.values())


def _class(thing: object) -> type:
    return thing if isinstance(thing, type) else object


def _package(module: str) -> str:
    return module.partition(".")[0]


def _home(kind: type, name: str) -> str:
    """The module in which a class or one of those that it inherits from has what it calls so."""
    holder = next(base for base in kind.__mro__ if name in vars(base))
    return str(getattr(inspect.unwrap(vars(holder)[name]), "__module__", None) or holder.__module__)


def _meant(module: str, generated: str) -> set[str]:
    """What a module defines differently on purpose: the operations that it requires, and what all models inherit."""
    required: dict[str, Any] = import_module(f"{NAME}._requires").REQUIRES
    stated = [required[key] for key in required if f"{module}.".startswith(f"{NAME}.{key}.")]
    operations: set[str] = {name for entry in stated for name in entry.get("operations", ())}
    return {*operations, *vars(import_module(f"{generated}.types").Model)}


def _place(error: Exception, overrides: Path) -> str:
    """The last line of ours that an error came through."""
    place, trace = overrides.name, error.__traceback__
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.is_relative_to(overrides):
            place = f"{overrides.name}/{path.relative_to(overrides).as_posix()} (line {trace.tb_lineno})"
        trace = trace.tb_next
    return place


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
