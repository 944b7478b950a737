"""Check that the overrides can be used with a generated package: `python tools/override_check.py PACKAGE OVERRIDES`.

It runs in a process of its own, because it imports both. What the overrides state in `RELIES_ON` has been compared with
the spec before (tools/reliance.py): this is the last net, for what they do not state.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

NAME = "anyscale_sessions"


def main(package: Path, overrides: Path) -> int:
    """Print a line for each module that cannot be used; 1 where there is one."""
    sys.dont_write_bytecode = True
    sys.path[:0] = [str(package.parent), str(overrides)]
    problems = list(_problems(overrides))
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


def _problems(overrides: Path) -> Iterator[str]:
    seen: set[str] = set()
    for module in (NAME, *_modules(overrides)):
        try:
            imported = import_module(module)
            for name in imported.__all__ if module == NAME else ():
                getattr(imported, name)
        except Exception as error:  # noqa: BLE001 - whatever is wrong is a line
            is_extra = isinstance(error, ModuleNotFoundError) and not str(error.name).startswith(NAME)
            reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
            if not is_extra and reason not in seen:  # a module that cannot be used takes those with it that import it
                yield f"{_place(error, overrides)}: cannot be used with what the spec gives: {reason}"
            seen.add(reason)


def _modules(overrides: Path) -> Iterator[str]:
    found = walk_packages([str(overrides / NAME)], f"{NAME}.", onerror=lambda _: None)
    return (module.name for module in found if not module.name.endswith("__main__"))


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
